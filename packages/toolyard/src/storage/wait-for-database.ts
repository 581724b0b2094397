import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '@toolyard/core'

/** Pauses between attempts, in ms: each is twice the one before, up to the maximum. */
const firstPauseMs = 100
const maxPauseMs = 2_000

export interface WaitOptions {
  readonly waitMs: number
  /** Ends the wait. */
  readonly signal: AbortSignal
  /** Receives the first failure, if another attempt follows. */
  readonly onFirst: (error: Error) => void
}

/**
 * Calls `open` until it reaches the database, with growing pauses, for about `waitMs` from the first failure on. A
 * running attempt is not broken off, and the first one loads the driver. Rejects with the error of the last attempt.
 */
export async function waitForDatabase<Value>(open: () => Promise<Value>, options: WaitOptions): Promise<Value> {
  const { waitMs, signal, onFirst } = options
  let until: number | undefined
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await open()
    } catch (error) {
      const now = performance.now()
      until ??= now + waitMs
      const leftMs = until - now
      if (!isRegistryError(error, 'STORAGE_UNAVAILABLE') || leftMs <= 0 || signal.aborted) throw error
      if (attempt === 0) onFirst(error)
      const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** attempt, leftMs)
      // An aborted pause ends the wait below, with the last error.
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw error
    }
  }
}
