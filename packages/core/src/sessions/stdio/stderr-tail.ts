const maxLines = 100

/** The last lines of stderr: at most 100, and at most `maxLength` characters unless one line alone has more. */
export class StderrTail {
  readonly #maxLength: number
  readonly #lines: string[] = []
  #length = 0

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** Grows and shrinks as lines are added. */
  get lines(): readonly string[] {
    return this.#lines
  }

  add(line: string): void {
    const lines = this.#lines
    lines.push(line)
    this.#length += line.length
    while (lines.length > maxLines || (this.#length > this.#maxLength && lines.length > 1)) {
      this.#length -= lines.shift()?.length ?? 0
    }
  }
}
