import { invalidInput } from '../base/errors.ts'
import { integerWithin } from '../base/integer-within.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { McpTimeouts } from './server.ts'

const maxTimeoutMs = 86_400_000
const keys = ['connectMs', 'requestMs', 'maxTotalMs'] as const

/** A change of timeouts: omitted members stay, null clears. */
export type TimeoutsPatch = { readonly [Key in keyof McpTimeouts]?: number | null | undefined }

/** Throws INVALID_INPUT for a deadline beyond the operator's `deadlineMs`; `name` is its path. */
export function assertDeadline(meter: BudgetMeter, name: string, ms: number | null | undefined): void {
  if (ms === null || ms === undefined || ms <= meter.budgets.deadlineMs) return
  throw meter.exceeded('deadlineMs', { what: name, got: ms, code: 'INVALID_INPUT', path: name.split('.') })
}

function assertDeadlines(meter: BudgetMeter, timeouts: TimeoutsPatch): void {
  for (const key of keys) assertDeadline(meter, `timeouts.${key}`, timeouts[key])
}

/** Cuts stored timeouts, which an earlier limit may have allowed, to the current one. */
function cut({ connectMs, requestMs, maxTotalMs }: McpTimeouts, { budgets: { deadlineMs } }: BudgetMeter): McpTimeouts {
  return {
    connectMs: Math.min(connectMs, deadlineMs),
    requestMs: Math.min(requestMs, deadlineMs),
    maxTotalMs: Math.min(maxTotalMs, deadlineMs),
  }
}

/**
 * The timeouts of a server after a change: null resets one, or all of them, to `defaults`. Throws INVALID_INPUT for one
 * beyond `deadlineMs`, or a total shorter than one request.
 */
export function mergeTimeouts(
  meter: BudgetMeter,
  stored: McpTimeouts,
  patch: TimeoutsPatch | null | undefined,
  defaults: McpTimeouts,
): McpTimeouts {
  if (patch === undefined) return stored
  if (patch === null) return defaults
  assertDeadlines(meter, patch)
  const base = cut(stored, meter)
  const of = (key: keyof McpTimeouts) => (patch[key] === undefined ? base[key] : (patch[key] ?? defaults[key]))
  return checkTimeouts('timeouts', {
    connectMs: of('connectMs'),
    requestMs: of('requestMs'),
    maxTotalMs: of('maxTotalMs'),
  })
}

/** The deadlines of one refresh or run: the shorter of the server's and the caller's. Throws INVALID_INPUT. */
export function shortestTimeouts(
  meter: BudgetMeter,
  stored: McpTimeouts,
  caller: Partial<McpTimeouts> | undefined,
): McpTimeouts {
  const server = cut(stored, meter)
  if (caller === undefined) return server
  const { connectMs, requestMs, maxTotalMs } = checkPartialTimeouts('timeouts', caller)
  assertDeadlines(meter, { connectMs, requestMs, maxTotalMs })
  if (requestMs !== undefined && maxTotalMs !== undefined)
    checkTimeouts('timeouts', { ...server, requestMs, maxTotalMs })
  return {
    connectMs: Math.min(server.connectMs, connectMs ?? server.connectMs),
    requestMs: Math.min(server.requestMs, requestMs ?? server.requestMs),
    maxTotalMs: Math.min(server.maxTotalMs, maxTotalMs ?? server.maxTotalMs),
  }
}

/** Throws INVALID_INPUT if a member is out of range, or the total is shorter than one request. */
export function checkTimeouts(name: string, timeouts: McpTimeouts): McpTimeouts {
  const checked = { ...timeouts, ...checkPartialTimeouts(name, timeouts) }
  if (checked.maxTotalMs < checked.requestMs) {
    const message = `${name}.maxTotalMs: expected at least requestMs (${checked.requestMs}), got ${checked.maxTotalMs}`
    throw invalidInput([name, 'maxTotalMs'], message)
  }
  return Object.freeze(checked)
}

export function checkPartialTimeouts(name: string, timeouts: Partial<McpTimeouts>): Partial<McpTimeouts> {
  const range = { min: 1, max: maxTimeoutMs }
  const check = (key: keyof McpTimeouts) =>
    timeouts[key] === undefined ? {} : { [key]: integerWithin(`${name}.${key}`, timeouts[key], range) }
  return { ...check('connectMs'), ...check('requestMs'), ...check('maxTotalMs') }
}
