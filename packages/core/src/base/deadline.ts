import { isRegistryError, RegistryError } from './errors.ts'
import { HeldTimer } from './held-timer.ts'

/** Ends with the caller, or when the first deadline passes. */
export interface Deadline extends Disposable {
  /** Aborts at the end. Its reason is `error`. Made when it is first read: what ends often needs none. */
  readonly signal: AbortSignal
  /** When the first deadline passes, by `performance.now()`. */
  readonly at: number
  /** The error that ended it: TIMEOUT naming the deadline, the caller's own RegistryError, or else CANCELED. */
  readonly error: RegistryError | undefined
  /** Calls `listener` at the end, unless it has come; returns the function that stops listening. */
  onEnd(listener: (error: RegistryError) => void): () => void
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

/** Ends at the first of `specs` that passes, or with `caller`. Dispose it to stop its timers. */
export function startDeadline(caller: AbortSignal | Deadline, specs: readonly DeadlineSpec[]): Deadline {
  return new TimedDeadline(caller, specs)
}

class TimedDeadline implements Deadline {
  readonly at: number
  readonly #specs: readonly DeadlineSpec[]
  readonly #timers: HeldTimer[] = []
  #listeners: Set<(error: RegistryError) => void> | undefined
  #controller: AbortController | undefined
  #error: RegistryError | undefined
  #leaveCaller: (() => void) | undefined

  constructor(caller: AbortSignal | Deadline, specs: readonly DeadlineSpec[]) {
    this.#specs = specs
    const startedAt = performance.now()
    let firstMs = Number.POSITIVE_INFINITY
    for (const spec of specs) {
      firstMs = Math.min(firstMs, spec.ms)
      this.#timers.push(new HeldTimer(spec.ms, () => this.#endWith(late(spec)), startedAt))
    }
    this.at = startedAt + firstMs
    this.#followCaller(caller)
  }

  get signal() {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#error) this.#controller.abort(this.#error)
    }
    return this.#controller.signal
  }

  get error() {
    return this.#error
  }

  onEnd(listener: (error: RegistryError) => void): () => void {
    const listeners = this.#listeners ?? new Set()
    this.#listeners = listeners
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  extend(): void {
    const [first] = this.#specs
    if (!first || this.#error) return
    this.#timers[0]?.restart(first.ms)
  }

  hold(): () => void {
    const held = this.#timers.map((timer) => timer.hold())
    return () => {
      for (const goOn of held) goOn()
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer.clear()
    this.#leaveCaller?.()
  }

  #followCaller(caller: AbortSignal | Deadline): void {
    // Callers may bring signals of another realm, which are no instances of this one's AbortSignal.
    if ('onEnd' in caller) {
      if (caller.error) this.#endWith(caller.error)
      else this.#leaveCaller = caller.onEnd((error) => this.#endWith(error))
      return
    }
    const onAbort = () => this.#endWith(canceledBy(caller.reason))
    if (caller.aborted) {
      onAbort()
      return
    }
    caller.addEventListener('abort', onAbort, { once: true })
    this.#leaveCaller = () => caller.removeEventListener('abort', onAbort)
  }

  #endWith(error: RegistryError): void {
    if (this.#error) return
    this.#error = error
    this.#controller?.abort(error)
    if (this.#listeners) for (const listener of this.#listeners) listener(error)
  }
}

function late({ name, ms }: DeadlineSpec): RegistryError {
  return new RegistryError('TIMEOUT', `No answer within ${name} (${ms} ms)`, { retryable: true })
}

function canceledBy(reason: unknown): RegistryError {
  if (isRegistryError(reason)) return reason
  return new RegistryError('CANCELED', 'The caller cancelled the request', { cause: reason })
}

/** Resolves as `promise`, unless `signal` aborts before: then rejects with the signal's reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
