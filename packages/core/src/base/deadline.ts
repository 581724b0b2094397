import { isRegistryError, RegistryError } from './errors.ts'

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
  readonly #timers: NodeJS.Timeout[] = []
  #listeners: Set<(error: RegistryError) => void> | undefined
  #controller: AbortController | undefined
  #error: RegistryError | undefined
  #leaveCaller: (() => void) | undefined

  constructor(caller: AbortSignal | Deadline, specs: readonly DeadlineSpec[]) {
    this.#specs = specs
    let firstMs = Number.POSITIVE_INFINITY
    for (const spec of specs) {
      firstMs = Math.min(firstMs, spec.ms)
      this.#timers.push(this.#start(spec))
    }
    this.at = performance.now() + firstMs
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
    clearTimeout(this.#timers[0])
    this.#timers[0] = this.#start(first)
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#leaveCaller?.()
  }

  #start(spec: DeadlineSpec): NodeJS.Timeout {
    return setTimeout(endLate, spec.ms, this, spec)
  }

  #followCaller(caller: AbortSignal | Deadline): void {
    // Callers may bring signals of another realm, which are no instances of this one's AbortSignal.
    if ('onEnd' in caller) {
      if (caller.error) this.end(caller.error)
      else this.#leaveCaller = caller.onEnd((error) => this.end(error))
      return
    }
    const onAbort = () => this.end(canceledBy(caller.reason))
    if (caller.aborted) {
      onAbort()
      return
    }
    caller.addEventListener('abort', onAbort, { once: true })
    this.#leaveCaller = () => caller.removeEventListener('abort', onAbort)
  }

  end(error: RegistryError): void {
    if (this.#error) return
    this.#error = error
    this.#controller?.abort(error)
    if (this.#listeners) for (const listener of this.#listeners) listener(error)
  }
}

function endLate(deadline: TimedDeadline, { name, ms }: DeadlineSpec): void {
  deadline.end(new RegistryError('TIMEOUT', `No answer within ${name} (${ms} ms)`, { retryable: true }))
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
