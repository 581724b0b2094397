import type { BudgetMeter } from '../budgets/budget-meter.ts'

/** Bounds what a tenant asks of servers at a time, beside runs and refreshes. */
export interface AskRoom {
  /**
   * Takes a place while `work` goes on.
   *
   * @throws LIMIT_EXCEEDED, retryable
   */
  within<Answer>(work: () => Promise<Answer>): Promise<Answer>
}

export function createAskRoom(meter: BudgetMeter): AskRoom {
  let asks = 0
  return {
    async within(work) {
      if (asks >= meter.budgets.asksPerTenant) {
        const what = 'reads, prompts and completions of the tenant'
        throw meter.exceeded('asksPerTenant', { what, got: asks + 1, retryable: true })
      }
      asks += 1
      try {
        return await work()
      } finally {
        asks -= 1
      }
    },
  }
}
