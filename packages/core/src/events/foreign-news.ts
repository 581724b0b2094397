import type { Storage } from '../storage/storage.ts'
import type { EventBus } from './bus.ts'

/** How late somebody hears of what another process wrote, in ms. */
const everyMs = 200

/**
 * Wakes those who follow a log when another process has written to the storage, and goes on where it could not be asked.
 * Answers the function that stops it.
 */
export function watchForeignWrites(storage: Storage, bus: EventBus, onError: (error: unknown) => void): () => void {
  let version: number | undefined
  const timer = setInterval(() => {
    if (bus.subscribers === 0) return
    try {
      const now = storage.foreignVersion()
      if (now === version) return
      version = now
      bus.notifyAll()
    } catch (error) {
      onError(error)
    }
  }, everyMs).unref()
  return () => clearInterval(timer)
}
