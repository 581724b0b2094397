import type { RegistryError } from './errors.ts'

/** What may end work before its time: a caller that cancels it, or a deadline. */
export interface Ending {
  /** The error that ended it; undefined until then. */
  readonly error: RegistryError | undefined
  /** Calls `listener` at the end, unless it has come; returns the function that stops listening. */
  onEnd(listener: (error: RegistryError) => void): () => void
}

/** Ends work early, once. */
export class Cancellation implements Ending {
  #error: RegistryError | undefined
  /** Called in the order in which they came. */
  #listeners: ((error: RegistryError) => void)[] | undefined
  #controller: AbortController | undefined

  get error(): RegistryError | undefined {
    return this.#error
  }

  /** Aborts at the end. Its reason is `error`. Made when it is first read: most work is never cancelled, and needs none. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#error) this.#controller.abort(this.#error)
    }
    return this.#controller.signal
  }

  onEnd(listener: (error: RegistryError) => void): () => void {
    const listeners = this.#listeners ?? []
    this.#listeners = listeners
    listeners.push(listener)
    return () => {
      const at = listeners.indexOf(listener)
      if (at >= 0) listeners.splice(at, 1)
    }
  }

  /** Ends it, unless it has ended. */
  end(error: RegistryError): void {
    if (this.#error) return
    this.#error = error
    this.#controller?.abort(error)
    // A listener may stop others from listening.
    for (let next = this.#listeners?.shift(); next; next = this.#listeners?.shift()) next(error)
  }
}
