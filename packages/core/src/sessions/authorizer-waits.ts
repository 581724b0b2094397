/** A measure of how long a server takes, which stands still while a request waits for its authorizer. */
export interface Pausable {
  pause(): void
  resume(): void
}

/** The waits of one dial's requests for their authorizer. */
export class AuthorizerWaits {
  readonly #onBegin: () => void
  readonly #measures = new Set<Pausable>()
  #waiting = 0

  /** `onBegin` is called at the beginning of each wait. */
  constructor(onBegin: () => void) {
    this.#onBegin = onBegin
  }

  /** Begins a wait; returns the function that ends it. */
  readonly begin = (): (() => void) => {
    this.#onBegin()
    this.#waiting += 1
    if (this.#waiting === 1) for (const measure of this.#measures) measure.pause()
    return () => {
      this.#waiting -= 1
      if (this.#waiting === 0) for (const measure of this.#measures) measure.resume()
    }
  }

  /** Pauses `measure` during each wait; returns the function that no longer does. */
  pauses(measure: Pausable): () => void {
    this.#measures.add(measure)
    return () => this.#measures.delete(measure)
  }
}
