/** A timer that can be held: the time meanwhile does not count. The caller that starts it clears it. */
export class HeldTimer {
  readonly #onDue: () => void
  #timer: NodeJS.Timeout | undefined
  /** When it fires, by `performance.now()`. */
  #dueAt: number
  /** The time that was left when it was first held, in ms. */
  #leftMs = 0
  #holds = 0
  #isCleared = false

  constructor(ms: number, onDue: () => void, now = performance.now()) {
    this.#onDue = onDue
    this.#dueAt = now + ms
    this.#timer = setTimeout(onDue, ms)
  }

  /** Gives it `ms` from now on, or from when it is no longer held. */
  restart(ms: number): void {
    if (this.#isCleared) return
    this.#leftMs = ms
    if (this.#holds === 0) this.#start()
  }

  /** Answers the function that lets it go on, which may be called twice. It goes on once every hold is over. */
  hold(): () => void {
    if (this.#holds === 0) {
      clearTimeout(this.#timer)
      this.#leftMs = Math.max(0, this.#dueAt - performance.now())
    }
    this.#holds += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds -= 1
      if (this.#holds === 0 && !this.#isCleared) this.#start()
    }
  }

  clear(): void {
    this.#isCleared = true
    clearTimeout(this.#timer)
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#dueAt = performance.now() + this.#leftMs
    this.#timer = setTimeout(this.#onDue, this.#leftMs)
  }
}
