/**
 * Ends parts in reverse order, as `AsyncDisposableStack` does, which Node.js 22 does not have. Ends each part even if
 * another one fails to end, then rethrows the failure, or an AggregateError of several.
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
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} parts failed to end`)
    if (failures.length === 1) throw failures[0]
  }
}
