import { setImmediate as nextTurn } from 'node:timers/promises'

/** Time that a step may block the event loop, and so every run, in ms. */
const stepMs = 4
/** Items of the first step, and of the largest one. */
const firstStep = 10
const maxStep = 100

/**
 * Calls `step` with the number of items that it may handle, until it answers DONE or the signal aborts. Steps are as small
 * as `stepMs` requires, and other work runs between them.
 */
export async function inSteps(signal: AbortSignal, step: (limit: number) => Promise<'MORE' | 'DONE'>): Promise<void> {
  for (let limit = firstStep; !signal.aborted; ) {
    const startedAt = performance.now()
    if ((await step(limit)) === 'DONE') return
    const tookMs = performance.now() - startedAt
    limit = Math.max(1, Math.min(maxStep, tookMs > stepMs ? Math.floor(limit / 2) : limit * 2))
    // Other work that waits for the event loop runs first.
    await nextTurn()
  }
}

/** As `inSteps`, over a list. */
export async function eachInSteps<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (some: readonly Item[]) => Promise<void>,
): Promise<void> {
  let done = 0
  await inSteps(signal, async (limit) => {
    const some = items.slice(done, done + limit)
    if (some.length > 0) await work(some)
    done += some.length
    return done < items.length ? 'MORE' : 'DONE'
  })
}
