import type { RegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'

/** Pauses after failures of an authorization server, in ms: within 5 s after it is well again, tokens are renewed. */
const backoff = { firstMs: 250, maxMs: 3_000 } as const
/**
 * Time for one answer, in ms. A refresh token that is shown again, because its answer was slow, may cost the owner's
 * consent: a server that was well gets longer, and the longest while the old token still serves.
 */
const answer = { whileServingMs: 15_000, firstMs: 6_000, againMs: 4_000 } as const

/** Which authorization servers fail, as this node has seen them: thousands of runs would only keep them from getting well. */
export interface RenewalPauses {
  /** The error of the last renewal, as long as no other one should be tried. */
  errorOf(serverId: ServerId): RegistryError | undefined
  /** Time to wait for one answer, in ms. `servesUntil`: the end of the old token, in epoch milliseconds. */
  patienceMs(serverId: ServerId, servesUntil: number | undefined): number
  /** `startedAt` by `performance.now()`: a request without an answer was a pause in itself. */
  failed(serverId: ServerId, error: RegistryError, startedAt: number): void
  end(serverId: ServerId): void
}

interface Failing {
  readonly error: RegistryError
  readonly failures: number
  /** By `performance.now()`. */
  readonly retryAt: number
}

export function createRenewalPauses(): RenewalPauses {
  const failing = new Map<ServerId, Failing>()
  return {
    errorOf(serverId) {
      const last = failing.get(serverId)
      return last && last.retryAt > performance.now() ? last.error : undefined
    },
    patienceMs(serverId, servesUntil = 0) {
      const leastMs = failing.has(serverId) ? answer.againMs : answer.firstMs
      return Math.min(answer.whileServingMs, Math.max(leastMs, servesUntil - Date.now()))
    },
    failed(serverId, error, startedAt) {
      const failures = (failing.get(serverId)?.failures ?? 0) + 1
      const pauseMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** (failures - 1))
      const retryAt = Math.max(startedAt + pauseMs, performance.now() + backoff.firstMs)
      failing.set(serverId, { error, failures, retryAt })
    },
    end(serverId) {
      failing.delete(serverId)
    },
  }
}
