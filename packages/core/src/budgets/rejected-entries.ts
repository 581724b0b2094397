import type { BudgetMeter } from './budget-meter.ts'
import type { ListBudget } from './listings.ts'

/** Longest reason, in characters. */
const maxReasonLength = 500
/** Memory of an entry beside its texts, in bytes. */
const entryBytes = 256

interface RejectedEntry {
  readonly name: string
  readonly reason: string
}

/** The entries of a list that were not accepted: the first ones by name, within `rejectedTools`, and how many came after. */
export interface RejectedEntries {
  add(name: string, reason: string): void
  drop(): void
  end(): readonly RejectedEntry[]
}

export const createRejectedEntries = (budget: ListBudget, meter: BudgetMeter): RejectedEntries =>
  new CountedRejections(budget, meter)

class CountedRejections implements RejectedEntries {
  readonly #budget: ListBudget
  readonly #meter: BudgetMeter
  readonly #named: RejectedEntry[] = []
  #count = 0

  constructor(budget: ListBudget, meter: BudgetMeter) {
    this.#budget = budget
    this.#meter = meter
  }

  add(name: string, reason: string): void {
    this.#count += 1
    if (this.#count > this.#meter.budgets.rejectedTools) return
    const cut = reason.slice(0, maxReasonLength)
    this.#budget.hold(entryBytes + 2 * (name.length + cut.length))
    this.#named.push({ name, reason: cut })
  }

  drop(): void {
    this.#named.length = 0
  }

  end(): readonly RejectedEntry[] {
    const unnamed = this.#count - this.#named.length
    if (unnamed === 0) return this.#named
    this.#meter.count('rejectedTools')
    const { rejectedTools } = this.#meter.budgets
    const reason = `rejected as well; at most ${rejectedTools} are listed by name (rejectedTools)`
    return [...this.#named, { name: `${unnamed} more`, reason }]
  }
}
