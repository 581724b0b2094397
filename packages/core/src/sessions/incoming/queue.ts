import type { Pauses } from './pauses.ts'

/** What may wait before the source is paused: what came in one chunk is there anyway. */
const maxWaiting = 16
const maxWaitingBytes = 64 * 1024

/** Works through what a source brings, one after the other, and keeps the source paused while it is behind. */
export interface Queue<T> {
  push(item: T): void
  /** Resolves once nothing waits and nothing is worked on. */
  idle(): Promise<void>
  /** Drops what waits. */
  clear(): void
}

export interface QueueOptions<T> {
  readonly pauses: Pauses
  readonly bytesOf: (item: T) => number
  /** Undefined once the next may be worked on at once. */
  readonly work: (item: T) => Promise<void> | undefined
  /** Gets each item that is not worked on. */
  readonly drop: (item: T) => void
  /** Hears that work on one failed; what waits is dropped. */
  readonly onFailed: (error: unknown) => void
}

export function createQueue<T>({ pauses, bytesOf, work, drop, onFailed }: QueueOptions<T>): Queue<T> {
  /** Worked on now; what comes meanwhile waits in the next batch. */
  let batch: T[] = []
  let taken = 0
  let waiting: T[] = []
  let running: Promise<void> | undefined
  let resume: (() => void) | undefined

  function clear(): void {
    const dropped = [...batch.splice(taken), ...waiting]
    waiting = []
    for (const item of dropped) drop(item)
  }

  async function run(first: Promise<void>): Promise<void> {
    try {
      await first
      while (waiting.length > 0) {
        batch = waiting
        waiting = []
        taken = 0
        for (const item of batch) {
          taken += 1
          await work(item)
        }
      }
    } catch (error) {
      clear()
      onFailed(error)
    } finally {
      batch = []
      running = undefined
      resume?.()
      resume = undefined
    }
  }

  return {
    push(item) {
      if (running) {
        waiting.push(item)
        if (waiting.length >= maxWaiting || bytesOf(item) >= maxWaitingBytes) resume ??= pauses.hold()
        return
      }
      try {
        const done = work(item)
        if (!done) return
        running = run(done)
        if (bytesOf(item) >= maxWaitingBytes) resume = pauses.hold()
      } catch (error) {
        onFailed(error)
      }
    },
    idle: () => running ?? Promise.resolve(),
    clear,
  }
}
