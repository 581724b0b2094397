import type { ExecutionResult } from 'graphql'
import { unauthenticated } from './authenticate.ts'
import type { Caller } from './caller.ts'

/** Timers of Node.js fire at once beyond it. */
const maxTimerMs = 2 ** 31 - 1

/**
 * Calls `end` once the caller has expired or is revoked, never within this call. Whoever called it calls what it
 * answers when it is no longer of interest.
 */
export function whenAccessEnds({ expiresAt, revoked }: Caller, end: () => void): () => void {
  let timer: NodeJS.Timeout | undefined

  function stop(): void {
    clearTimeout(timer)
    revoked?.removeEventListener('abort', onEnd)
  }
  function onEnd(): void {
    stop()
    end()
  }
  function left(): number {
    return revoked?.aborted ? 0 : (expiresAt ?? Number.POSITIVE_INFINITY) - Date.now()
  }
  function wait(): void {
    const ms = Math.max(0, left())
    if (ms === Number.POSITIVE_INFINITY) return
    timer = setTimeout(() => (left() <= 0 ? onEnd() : wait()), Math.min(ms, maxTimerMs))
    // What it would end holds the process up itself.
    timer.unref()
  }

  revoked?.addEventListener('abort', onEnd)
  wait()
  return stop
}

/** The results, until the caller's access ends: then an UNAUTHENTICATED error, and no more. */
export function endWithAccess(
  caller: Caller,
  results: AsyncIterable<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const source = results[Symbol.asyncIterator]()
  let state: 'open' | 'refused' | 'over' = 'open'
  let wake: ((step: IteratorResult<ExecutionResult>) => void) | undefined

  function lastStep(): IteratorResult<ExecutionResult> {
    state = 'over'
    return { done: false, value: { errors: [unauthenticated()] } }
  }

  const stop = whenAccessEnds(caller, () => {
    if (state === 'over') return
    state = 'refused'
    wake?.(lastStep())
    // It ends as it does for a client that goes away, who is told of no error either.
    source.return?.().catch(() => undefined)
  })

  async function finish(): Promise<IteratorResult<ExecutionResult>> {
    state = 'over'
    stop()
    await source.return?.()
    return { done: true, value: undefined }
  }

  const iterator: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      if (state === 'over') return { done: true, value: undefined }
      if (state === 'refused') return lastStep()
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<ExecutionResult>>()
      wake = resolve
      source.next().then(resolve, reject)
      try {
        const step = await promise
        if (step.done) {
          state = 'over'
          stop()
        }
        return step
      } finally {
        wake = undefined
      }
    },
    return: finish,
    async throw(error) {
      await finish()
      throw error
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
