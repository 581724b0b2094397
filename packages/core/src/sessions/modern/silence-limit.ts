import { RegistryError } from '../../base/errors.ts'
import type { AuthorizerWaits } from '../authorizer-waits.ts'

export interface SilenceLimit extends Disposable {
  /** Aborts with TIMEOUT, or as the caller's. */
  readonly signal: AbortSignal
}

/**
 * Aborts once a server was silent for `ms`. The time that a request waits for its authorizer does not count, and the server
 * has all of `ms` after each such wait. Dispose it to stop its timer.
 */
export function startSilenceLimit(caller: AbortSignal, ms: number, waits: AuthorizerWaits): SilenceLimit {
  const controller = new AbortController()
  const late = () => controller.abort(new RegistryError('TIMEOUT', `No answer to server/discover within ${ms} ms`))
  let timer = setTimeout(late, ms)
  const pause = () => clearTimeout(timer)
  const resume = () => {
    timer = setTimeout(late, ms)
  }
  const stopPausing = waits.pauses({ pause, resume })
  const onAbort = () => controller.abort(caller.reason)
  if (caller.aborted) onAbort()
  else caller.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      stopPausing()
      caller.removeEventListener('abort', onAbort)
    },
  }
}
