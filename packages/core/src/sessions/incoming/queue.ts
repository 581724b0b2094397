import type { Pauses } from './pauses.ts'

/** Items and bytes that wait before the source is paused: one chunk may bring several. */
const maxWaiting = 16
const maxWaitingBytes = 64 * 1024

/** Works through the items of a source one by one, and pauses the source while it is behind. */
export interface Queue<T> {
  push(item: T): void
  /** Resolves once no item waits and no work runs. */
  idle(): Promise<void>
  /** Drops all waiting items. */
  clear(): void
}

export interface QueueOptions<T> {
  readonly pauses: Pauses
  readonly bytesOf: (item: T) => number
  /** Returns undefined if the next item may be worked on at once. */
  readonly work: (item: T) => Promise<void> | undefined
  /** Gets each item that is dropped. */
  readonly drop: (item: T) => void
  /** Called when work on an item failed; all waiting items are dropped. */
  readonly onFailed: (error: unknown) => void
}

export function createQueue<T>({ pauses, bytesOf, work, drop, onFailed }: QueueOptions<T>): Queue<T> {
  /** The batch that is worked on; items that come meanwhile wait for the next. */
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
