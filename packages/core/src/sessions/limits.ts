import type { TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { Turns } from '../budgets/turns.ts'
import { type Allowance, createAllowance, type Rate } from './incoming/rate.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** What a session takes from a server at most, whatever the transport. */
export interface MessageLimits {
  readonly meter: BudgetMeter
  /** How long a connection may be silent while no request waits on it, in ms. */
  readonly bodyIdleMs: number
  /** What messages take part of as they grow, in this order. */
  readonly readingSteps: readonly ReadingStep[]
}

/** What the servers of one tenant may say unasked, in terms of what one of them may. */
const unaskedServers = 4

/** The allowance of each tenant, made when it is first asked for. */
export function createTenantAllowances(unaskedPerSecond: number): (tenantId: TenantId) => Allowance {
  const allowances = new Map<TenantId, Allowance>()
  return (tenantId) => {
    const allowance = allowances.get(tenantId) ?? createAllowance(unaskedServers * unaskedPerSecond)
    allowances.set(tenantId, allowance)
    return allowance
  }
}

/** The limits of one session. */
export interface SessionLimits extends MessageLimits {
  readonly tenantId: TenantId
  /** Of what the server says unasked. */
  readonly rate: Rate
}

/** Messages over a size take part of what all sessions share. A message that has a part waits for none of an earlier step. */
export interface ReadingStep {
  readonly beyondBytes: number
  readonly turns: Turns<TenantId>
  /** What a message takes of it, by the length that its sender has told, where it has. */
  readonly weight: (expectedBytes: number | undefined) => number
}

/** The steps of a registry: many messages that are not small, few that are large. */
export function readingSteps(
  { largeMessageBytes, messageBytes }: BudgetMeter['budgets'],
  createTurns: (max: number) => Turns<TenantId>,
): readonly ReadingStep[] {
  const part = Math.min(MiB, messageBytes)
  return [
    { beyondBytes: 64 * KiB, turns: createTurns(largeMessageBytes), weight: () => part },
    {
      beyondBytes: MiB,
      turns: createTurns(largeMessageBytes),
      weight: (expected) => Math.min(messageBytes, Math.max(MiB, expected ?? messageBytes)),
    },
  ]
}
