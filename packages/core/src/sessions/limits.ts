import type { BudgetMeter } from '../budgets/budget-meter.ts'

/** What a session takes from a server at most, whatever the transport. */
export interface MessageLimits {
  readonly meter: BudgetMeter
  /** How long an answer that has begun may stay without a byte, in ms. */
  readonly idleBytesMs: number
}
