/** A source of bytes: a socket, a pipe, a decompression. */
export interface Source {
  pause(): void
  resume(): void
}

/** Keeps a source paused as long as there is a reason. */
export class Pauses {
  readonly #source: Source
  #reasons = 0

  constructor(source: Source) {
    this.#source = source
  }

  /** Adds a reason; returns the function that ends it. */
  hold(): () => void {
    this.#reasons += 1
    if (this.#reasons === 1) this.#source.pause()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#reasons -= 1
      if (this.#reasons === 0) this.#source.resume()
    }
  }
}
