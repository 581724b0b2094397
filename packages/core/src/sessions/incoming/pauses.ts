/** Where bytes come from: a socket, a pipe, a decompression. */
export interface Source {
  pause(): void
  resume(): void
}

/** Keeps a source paused for as long as there is a reason. */
export class Pauses {
  readonly #source: Source
  #reasons = 0

  constructor(source: Source) {
    this.#source = source
  }

  /** Answers the function that ends this reason. */
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
