/** How long one piece of long work may hold the event loop, in ms. */
const sliceMs = 8

/** One piece of long work: it looks now and then whether its slice is over, and waits for the next one. */
export interface Slice {
  readonly isOver: boolean
  /** Resolves in a later turn of the event loop, once the other work that waits has had a slice. */
  next(): Promise<void>
}

/** Begins long work, with a slice that starts now. */
export type Slices = () => Slice

/** Shares the event loop among long work: one slice in each turn of it, in the order in which they were asked for. */
export function createSlices(): Slices {
  const waiting: (() => void)[] = []

  function serve(): void {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(serve)
  }

  return () => {
    let until = performance.now() + sliceMs
    return {
      get isOver() {
        return performance.now() >= until
      },
      next() {
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.push(() => {
          until = performance.now() + sliceMs
          resolve()
        })
        if (waiting.length === 1) setImmediate(serve)
        return promise
      },
    }
  }
}
