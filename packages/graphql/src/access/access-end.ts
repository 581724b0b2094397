import type { ExecutionResult } from 'graphql'
import { unauthenticated } from './authenticate.ts'
import type { Caller } from './caller.ts'

/** Longest delay of a Node.js timer, in ms: a longer one fires at once. */
const maxTimerMs = 2 ** 31 - 1

/** Calls `end` once the caller expires or is revoked, never within this call. Returns the function that stops the wait. */
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
    // The connection that it would end keeps the process alive itself.
    timer.unref()
  }

  revoked?.addEventListener('abort', onEnd)
  wait()
  return stop
}

/** Passes results on until the caller's access ends: then an UNAUTHENTICATED error is the last one. */
export function endWithAccess(
  caller: Caller,
  results: AsyncIterable<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const source = results[Symbol.asyncIterator]()
  let state: 'open' | 'refused' | 'ended' = 'open'
  let wake: ((step: IteratorResult<ExecutionResult>) => void) | undefined

  function lastStep(): IteratorResult<ExecutionResult> {
    state = 'ended'
    return { done: false, value: { errors: [unauthenticated()] } }
  }

  const stop = whenAccessEnds(caller, () => {
    if (state === 'ended') return
    state = 'refused'
    wake?.(lastStep())
    // As for a client that disconnects, its errors are not reported.
    source.return?.().catch(() => undefined)
  })

  async function finish(): Promise<IteratorResult<ExecutionResult>> {
    state = 'ended'
    stop()
    await source.return?.()
    return { done: true, value: undefined }
  }

  const iterator: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      if (state === 'ended') return { done: true, value: undefined }
      if (state === 'refused') return lastStep()
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<ExecutionResult>>()
      wake = resolve
      source.next().then(resolve, reject)
      try {
        const step = await promise
        if (step.done) {
          state = 'ended'
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
