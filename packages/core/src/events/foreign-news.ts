import type { Storage } from '../storage/storage.ts'
import type { EventBus } from './bus.ts'

/** How late somebody hears of what another process wrote, in ms. */
const everyMs = 200

/**
 * Wakes those who follow a log when another process has written to the storage. Answers the function that stops it.
 */
export function watchForeignWrites(storage: Storage, bus: EventBus): () => void {
  let version = storage.foreignVersion()
  const timer = setInterval(() => {
    if (bus.subscribers === 0) return
    const now = storage.foreignVersion()
    if (now === version) return
    version = now
    bus.notifyAll()
  }, everyMs).unref()
  return () => clearInterval(timer)
}
