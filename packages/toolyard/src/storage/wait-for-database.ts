import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '@toolyard/core'

const firstPauseMs = 100
const maxPauseMs = 2_000

export interface WaitOptions {
  readonly waitMs: number
  /** Ends the wait. */
  readonly signal: AbortSignal
  /** Hears of the first failure, if another attempt follows. */
  readonly onFirst: (error: Error) => void
}

/**
 * What `open` answers, which is called again with growing pauses while the database cannot be reached, for about `waitMs`
 * from the first failure on: an attempt that has begun is not broken off, and the first one loads the driver. Rejects with what the last one failed with.
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
      // Ended early, it fails with what is known.
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw error
    }
  }
}
