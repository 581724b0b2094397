import { invalidInput } from '../base/errors.ts'
import { type BudgetName, type Budgets, budgetNames, budgetTable } from './budget-table.ts'

function checkedValue(name: BudgetName, value: unknown): number {
  const { min, max, default: fallback } = budgetTable[name]
  const got = value ?? fallback
  if (typeof got === 'number' && Number.isInteger(got) && got >= min && got <= max) return got
  const message = `budgets.${name}: expected a whole number from ${min} to ${max}, got ${String(got)}`
  throw invalidInput(['budgets', name], message)
}

/**
 * Completes the budgets with their defaults.
 * @throws INVALID_INPUT, also for a name that is not in the table.
 */
export function resolveBudgets(given: Partial<Budgets>): Budgets {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(budgetTable, name))
  if (unknown !== undefined) {
    throw invalidInput(['budgets', unknown], `budgets.${unknown}: expected one of ${budgetNames.join(', ')}`)
  }
  const entries = budgetNames.map((name) => [name, checkedValue(name, given[name])])
  // One entry for each name of the table.
  return Object.freeze(Object.fromEntries(entries)) as Budgets
}
