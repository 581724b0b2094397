import { GraphQLClientError } from './answer.ts'

/** Most results of one operation that are held until they are read. */
const maxHeld = 10_000

interface End {
  readonly error?: unknown
}

/** Holds the results of one operation until they are read: a browser's socket cannot be paused. */
export class ResultQueue {
  readonly #url: string
  readonly #results: unknown[] = []
  #end: End | undefined
  #wake: () => void = () => undefined

  constructor(url: string) {
    this.#url = url
  }

  push(result: unknown): void {
    if (this.#results.length < maxHeld) {
      this.#results.push(result)
      this.#wake()
      return
    }
    // `followEvents` resumes behind the last event that was read.
    const message = `${this.#url} sent more than ${maxHeld} results that were not read`
    this.end({ error: new GraphQLClientError('UNREACHABLE', message) })
  }

  /** Ends the queue, with or without an error, behind the results that it holds. The first end counts. */
  end(how: End): void {
    this.#end ??= how
    this.#wake()
  }

  async *read(): AsyncGenerator<unknown, void, undefined> {
    for (;;) {
      while (this.#results.length > 0) yield this.#results.shift()
      if (this.#end) break
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
    if ('error' in this.#end) throw this.#end.error
  }
}
