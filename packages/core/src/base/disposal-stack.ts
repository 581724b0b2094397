/**
 * Ends what was started, the last first; as `AsyncDisposableStack`, which Node.js 22 does not have. Each part is ended even
 * if another one fails to end; the first failure is rethrown once all were tried.
 */
export class DisposalStack implements AsyncDisposable {
  readonly #ends: (() => void | Promise<void>)[] = []

  /** Calls `end` when the stack is disposed of. */
  defer(end: () => void | Promise<void>): void {
    this.#ends.push(end)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) {
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
