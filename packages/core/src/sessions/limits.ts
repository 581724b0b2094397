import type { TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { Turns } from '../budgets/turns.ts'
import { type Allowance, createAllowance, type Rate } from './incoming/rate.ts'
import type { KnownPages } from './known-pages.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** Limits of what a session takes from a server, whatever the transport. */
export interface MessageLimits {
  readonly meter: BudgetMeter
  /** Longest silence of a connection that no request waits on, in ms. */
  readonly bodyIdleMs: number
  /** Shared budgets that a message takes part of as it grows, in this order. */
  readonly readingSteps: readonly ReadingStep[]
  /** Pages of lists that need not be read again; undefined to read all of them. */
  readonly pages?: KnownPages | undefined
}

/** Unsolicited messages of all servers of a tenant, as a multiple of what one server may send. */
const unaskedServers = 4

/** Creates the allowance of each tenant when it is first needed. */
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
  /** Rate of unsolicited messages. */
  readonly rate: Rate
}

/**
 * A budget that all sessions share, for messages over a size. A message that holds a part never waits at an earlier
 * step.
 */
export interface ReadingStep {
  readonly beyondBytes: number
  readonly turns: Turns<TenantId>
  /** Weight of a message, by the length that its sender announced, if any. */
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
