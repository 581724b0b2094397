import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long one piece of work may hold the event loop, in ms. */
const sliceMs = 5

/** The slice of long work that has begun. Between two of them the event loop goes on. */
export interface Slice {
  /** When the slice that has begun is over, by `performance.now()`. */
  readonly endsAt: number
  readonly isOver: boolean
  /** Lets the event loop go on, and begins the next slice. */
  next(): Promise<void>
}

export interface Slices extends Slice {
  /** Begins a slice without giving way. */
  restart(): void
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
