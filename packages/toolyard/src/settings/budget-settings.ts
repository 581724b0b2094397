import { type Budget, type BudgetName, type Budgets, budgetNames, budgetTable } from '@toolyard/core/internal/budgets'
import { integer } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

const inWords = (name: string, separator: string) =>
  name.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`)

function settingOf(name: BudgetName): Setting<number> {
  const { unit, default: fallback, min, max, bounds }: Budget = budgetTable[name]
  const parse = integer(max)
  return {
    flag: inWords(name, '-'),
    variable: `TOOLYARD_${inWords(name, '_').toUpperCase()}`,
    placeholder: 'number',
    fallback: String(fallback),
    description: `${unit}: ${bounds}`,
    takes: `a whole number from ${min} to ${max}`,
    parse(text) {
      const value = parse(text)
      return value === undefined || value < min ? undefined : value
    },
  }
}

/** The budgets of a registry, each with its setting. */
export const budgetSettings: ReadonlyMap<BudgetName, Setting<number>> = new Map(
  budgetNames.map((name) => [name, settingOf(name)]),
)

export function readBudgets(read: ReadSetting): Budgets {
  const entries = [...budgetSettings].map(([name, setting]) => [name, read(setting)])
  // One entry for each name of the table.
  return Object.fromEntries(entries) as Budgets
}
