import type { Slice } from './slices.ts'

/** How long one piece of work may hold the event loop, in ms. */
const sliceMs = 8

/** Begins work in slices, with one that starts now. */
export type SliceTurns = () => Slice

/** Shares the event loop among long work of many: one slice in each turn of it, in the order in which they were asked for. */
export function createSliceTurns(): SliceTurns {
  const waiting: (() => void)[] = []

  function serve(): void {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(serve)
  }

  return () => {
    let endsAt = performance.now() + sliceMs
    return {
      get endsAt() {
        return endsAt
      },
      get isOver() {
        return performance.now() >= endsAt
      },
      next() {
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.push(() => {
          endsAt = performance.now() + sliceMs
          resolve()
        })
        if (waiting.length === 1) setImmediate(serve)
        return promise
      },
    }
  }
}
