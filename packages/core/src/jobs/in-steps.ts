import { setImmediate as nextTurn } from 'node:timers/promises'

/** A step may hold up the event loop, and with it every run, for about so long, in ms. */
const stepMs = 4
const firstStep = 10
const maxStep = 100

/**
 * Calls `step` with how much it may do, until it answers that nothing is left or the signal aborts; everything else goes on
 * between the steps, which are as small as they have to be.
 */
export async function inSteps(signal: AbortSignal, step: (limit: number) => Promise<'MORE' | 'DONE'>): Promise<void> {
  for (let limit = firstStep; !signal.aborted; ) {
    const startedAt = performance.now()
    if ((await step(limit)) === 'DONE') return
    const tookMs = performance.now() - startedAt
    limit = Math.max(1, Math.min(maxStep, tookMs > stepMs ? Math.floor(limit / 2) : limit * 2))
    // So that whatever waits for its turn gets it first.
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
