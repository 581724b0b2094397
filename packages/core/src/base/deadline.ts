import { Cancellation, type Ending } from './cancellation.ts'
import { isRegistryError, RegistryError } from './errors.ts'
import { HeldTimer } from './held-timer.ts'

/** Ends with the caller, or when the first deadline passes: with TIMEOUT naming it, the caller's own RegistryError, or CANCELED. */
export interface Deadline extends Ending, Disposable {
  /** As that of a {@link Cancellation}. */
  readonly signal: AbortSignal
  /** When the first deadline passes, by `performance.now()`. */
  readonly at: number
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
export function startDeadline(caller: AbortSignal | Ending, specs: readonly DeadlineSpec[]): Deadline {
  return new TimedDeadline(caller, specs)
}

class TimedDeadline extends Cancellation implements Deadline {
  readonly at: number
  readonly #specs: readonly DeadlineSpec[]
  readonly #timers: HeldTimer[] = []
  #leaveCaller: (() => void) | undefined

  constructor(caller: AbortSignal | Ending, specs: readonly DeadlineSpec[]) {
    super()
    this.#specs = specs
    const startedAt = performance.now()
    let firstMs = Number.POSITIVE_INFINITY
    for (const spec of specs) {
      firstMs = Math.min(firstMs, spec.ms)
      this.#timers.push(new HeldTimer(spec.ms, () => this.end(late(spec)), startedAt))
    }
    this.at = startedAt + firstMs
    this.#followCaller(caller)
  }

  extend(): void {
    const [first] = this.#specs
    if (!first || this.error) return
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

  #followCaller(caller: AbortSignal | Ending): void {
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
}

function late({ name, ms }: DeadlineSpec): RegistryError {
  return new RegistryError('TIMEOUT', `No answer within ${name} (${ms} ms)`, { retryable: true })
}

function canceledBy(reason: unknown): RegistryError {
  if (isRegistryError(reason)) return reason
  return new RegistryError('CANCELED', 'The caller canceled the request', { cause: reason })
}

/** Resolves as `promise`, unless `signal` aborts before: then rejects with the signal's reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
