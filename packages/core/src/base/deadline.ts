import { isRegistryError, RegistryError } from './errors.ts'
import { HeldTimer } from './held-timer.ts'

/** A signal that aborts with the caller's, or when the first deadline passes. */
export interface Deadline extends Disposable {
  /** Its reason is the error: TIMEOUT naming the deadline, the caller's own RegistryError, or else CANCELED. */
  readonly signal: AbortSignal
  /** When the first deadline passes, by `performance.now()`. */
  readonly at: number
  /** The error that ended it; undefined until then. */
  readonly error: RegistryError | undefined
  /** Restarts the first of the deadlines given; the rest keep running. */
  extend(): void
  /** Holds all of them: time meanwhile does not count. Answers the function that lets them go on, which may be called twice. */
  hold(): () => void
}

export interface DeadlineSpec {
  /** Name of the deadline in the message: "connectMs". */
  readonly name: string
  readonly ms: number
}

/** Aborts at the first of `specs` that passes, or with `caller`. Dispose it to stop its timers. */
export function startDeadline(caller: AbortSignal, specs: readonly DeadlineSpec[]): Deadline {
  const controller = new AbortController()
  const startedAt = performance.now()
  let error: RegistryError | undefined
  const end = (reason: RegistryError) => {
    if (error) return
    error = reason
    controller.abort(reason)
  }
  const late = ({ name, ms }: DeadlineSpec) =>
    end(new RegistryError('TIMEOUT', `No answer within ${name} (${ms} ms)`, { retryable: true }))
  const timers = specs.map((spec) => new HeldTimer(spec.ms, () => late(spec), startedAt))
  const onCallerAbort = () =>
    end(
      isRegistryError(caller.reason)
        ? caller.reason
        : new RegistryError('CANCELED', 'The caller cancelled the request', { cause: caller.reason }),
    )
  if (caller.aborted) onCallerAbort()
  else caller.addEventListener('abort', onCallerAbort, { once: true })
  return {
    signal: controller.signal,
    at: startedAt + Math.min(...specs.map(({ ms }) => ms)),
    get error() {
      return error
    },
    extend() {
      const [first] = specs
      if (first && !error) timers[0]?.restart(first.ms)
    },
    hold() {
      const held = timers.map((timer) => timer.hold())
      return () => {
        for (const goOn of held) goOn()
      }
    },
    [Symbol.dispose]() {
      for (const timer of timers) timer.clear()
      caller.removeEventListener('abort', onCallerAbort)
    },
  }
}

/** Resolves as `promise`, unless `signal` aborts before: then rejects with the signal's reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
