import type { Storage } from '../storage/storage.ts'
import type { Tenants } from './tenants.ts'

/** Longest interval between two reads, in ms: another node may have died before the pauses that it stored expire. */
const everyMs = 30_000
/** Pauses read at a time. */
const pageSize = 100

export interface PauseExpiryDeps {
  readonly storage: Storage
  readonly tenants: () => Pick<Tenants, 'of'>
  readonly onError: (error: unknown) => void
}

/** Ends the pauses of all tenants whose time has passed, by one timer for however many there are. */
export interface PauseExpiry {
  /** A run that was just paused expires at this time, in epoch ms. */
  expect(expiresAt: number): void
  /** Reads what is stored, and begins to expect it. */
  start(): void
  /** Resolves once nothing is under way. */
  close(): Promise<void>
}

export function createPauseExpiry(deps: PauseExpiryDeps): PauseExpiry {
  return new TimedPauseExpiry(deps)
}

class TimedPauseExpiry implements PauseExpiry {
  readonly #deps: PauseExpiryDeps
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires, in epoch ms. */
  #nextAt = Number.POSITIVE_INFINITY
  #going: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(deps: PauseExpiryDeps) {
    this.#deps = deps
  }

  start(): void {
    this.expect(Date.now())
  }

  expect(expiresAt: number): void {
    if (this.#isClosed || expiresAt >= this.#nextAt) return
    clearTimeout(this.#timer)
    this.#nextAt = expiresAt
    const ms = Math.min(everyMs, Math.max(0, expiresAt - Date.now()))
    this.#timer = setTimeout(() => {
      this.#nextAt = Number.POSITIVE_INFINITY
      this.#going = this.#going.then(() => this.#sweep())
    }, ms).unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#going
  }

  async #sweep(): Promise<void> {
    const { onError } = this.#deps
    let nextAt = Date.now() + everyMs
    try {
      nextAt = Math.min(nextAt, await this.#endDue())
    } catch (error) {
      onError(error)
    }
    this.expect(nextAt)
  }

  /** Answers when the next pause expires, in epoch ms. */
  async #endDue(): Promise<number> {
    const { storage, tenants } = this.#deps
    let first: string | undefined
    while (!this.#isClosed) {
      const soonest = await storage.crossTenant.soonestPauses(pageSize)
      const now = Date.now()
      const due = soonest.filter(({ record }) => record.expiresAt <= now)
      // One that could not be ended is tried again later.
      if (first !== undefined && first === due[0]?.record.runId) return now + everyMs
      first = due[0]?.record.runId
      for (const { tenantId, record } of due) await tenants().of(tenantId).pausedRuns.expire(record.runId)
      if (due.length < soonest.length || soonest.length < pageSize) {
        return soonest[due.length]?.record.expiresAt ?? Number.POSITIVE_INFINITY
      }
    }
    return Number.POSITIVE_INFINITY
  }
}
