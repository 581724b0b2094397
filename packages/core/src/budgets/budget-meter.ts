import { type ErrorCode, RegistryError } from '../base/errors.ts'
import { type BudgetName, type Budgets, budgetNames, budgetTable } from './budget-table.ts'

/** Details of one refusal. */
export interface Refusal {
  /** The subject that was too large, as the beginning of a sentence: "tools/list". */
  readonly what: string
  /** The value that came, as far as it was counted; undefined if counting on would have cost what the budget saves. */
  readonly got?: number
  /** @default LIMIT_EXCEEDED */
  readonly code?: ErrorCode
  readonly path?: readonly string[]
  /** Whether the same call may succeed later. @default false */
  readonly retryable?: boolean
}

/** The budgets of one registry, and how often each has refused something. */
export interface BudgetMeter {
  readonly budgets: Budgets
  /** Refusals since the registry was opened. */
  readonly refusals: Readonly<Record<BudgetName, number>>
  /** Counts a refusal for which no caller gets an error. */
  count(budget: BudgetName): void
  /** Counts a refusal; returns the error that names the budget, its value, and what came. */
  exceeded(budget: BudgetName, refusal: Refusal): RegistryError
}

/** The text of messages: what is over, by how much, and the name of the budget to look up. */
export function overBudget(budgets: Budgets, name: BudgetName, { what, got }: Pick<Refusal, 'what' | 'got'>): string {
  const came = got === undefined ? 'got more' : `got ${got}`
  return `${what}: expected at most ${budgets[name]} ${budgetTable[name].unit} (${name}), ${came}`
}

export function createBudgetMeter(budgets: Budgets): BudgetMeter {
  // One entry for each name of the table.
  const refusals = Object.fromEntries(budgetNames.map((name) => [name, 0])) as Record<BudgetName, number>
  const count = (name: BudgetName) => {
    refusals[name] += 1
  }
  return {
    budgets,
    refusals,
    count,
    exceeded(name, { code = 'LIMIT_EXCEEDED', path, retryable = false, ...refusal }) {
      count(name)
      const message = overBudget(budgets, name, refusal)
      return new RegistryError(code, message, { retryable, ...(path ? { path } : {}) })
    },
  }
}
