import { RegistryError } from '../errors.ts'

/** What ended a wait: the caller's own signal, or the deadline named. */
export type EndedBy = { readonly by: 'caller' } | { readonly by: 'deadline'; readonly error: RegistryError }

/** A signal that aborts with the caller's, or when a deadline passes. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** Undefined while neither has happened. */
  readonly endedBy: EndedBy | undefined
  /** Starts the first deadline anew; the others stay. */
  extend(): void
}

export interface DeadlineSpec {
  /** As it reads in the message: "connectMs". */
  readonly name: string
  readonly ms: number
}

/** Aborts at the first of `specs` that passes, or with `caller`. Dispose it to stop its timers. */
export function startDeadline(caller: AbortSignal, specs: readonly DeadlineSpec[]): Deadline {
  const controller = new AbortController()
  let endedBy: EndedBy | undefined
  const end = (reason: EndedBy, cause: unknown) => {
    if (endedBy) return
    endedBy = reason
    controller.abort(cause)
  }
  const start = ({ name, ms }: DeadlineSpec) =>
    setTimeout(() => {
      const error = new RegistryError('TIMEOUT', `No answer within ${name} (${ms} ms)`, { retryable: true })
      end({ by: 'deadline', error }, error)
    }, ms)
  const timers = specs.map(start)
  const onCallerAbort = () => end({ by: 'caller' }, caller.reason)
  if (caller.aborted) onCallerAbort()
  else caller.addEventListener('abort', onCallerAbort, { once: true })
  return {
    signal: controller.signal,
    get endedBy() {
      return endedBy
    },
    extend() {
      const [first] = specs
      if (!first || endedBy) return
      clearTimeout(timers[0])
      timers[0] = start(first)
    },
    [Symbol.dispose]() {
      for (const timer of timers) clearTimeout(timer)
      caller.removeEventListener('abort', onCallerAbort)
    },
  }
}

/** `promise`, unless `signal` aborts before it settles: then it rejects with the signal's reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
