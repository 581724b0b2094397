import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long one piece of work may hold the event loop, in ms. */
const sliceMs = 5

/** Cuts long work into slices, between which the event loop goes on. */
export interface Slices {
  /** When the slice that has begun is over, by `performance.now()`. */
  readonly endsAt: number
  readonly isOver: boolean
  /** Begins a slice without giving way. */
  restart(): void
  /** Lets the event loop go on, and begins the next slice. */
  next(): Promise<void>
}

export function createSlices(): Slices {
  let endsAt = performance.now() + sliceMs
  const restart = () => {
    endsAt = performance.now() + sliceMs
  }
  return {
    get endsAt() {
      return endsAt
    },
    get isOver() {
      return performance.now() >= endsAt
    },
    restart,
    async next() {
      await nextTurn()
      restart()
    },
  }
}
