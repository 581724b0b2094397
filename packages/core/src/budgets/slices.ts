import { setImmediate } from 'node:timers/promises'

/** How long work of one kind holds the event loop in one piece, unless a single part of it takes longer, in ms. */
const sliceMs = 10

/** Many short parts of work, between which the event loop goes round. */
export interface Slices {
  /** Does `work` at once, or in one of the next rounds of the loop if this one had its share. */
  run<T>(work: () => T): Promise<T>
}

export function createSlices(): Slices {
  let spentMs = 0
  let nextRound: Promise<void> | undefined

  async function toNextRound(): Promise<void> {
    await setImmediate()
    spentMs = 0
    nextRound = undefined
  }

  return {
    async run(work) {
      // Another part may have used up the round that this one waited for.
      while (spentMs >= sliceMs) {
        nextRound ??= toNextRound()
        await nextRound
      }
      // Work that comes later begins with a share of its own.
      nextRound ??= toNextRound()
      const begunAt = performance.now()
      try {
        return work()
      } finally {
        spentMs += performance.now() - begunAt
      }
    },
  }
}
