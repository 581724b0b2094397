import { GraphQLClientError } from './answer.ts'

/** Results of one operation that are held until they are read. */
const maxHeld = 10_000

interface End {
  readonly error?: unknown
}

/** The results of one operation from where they come to where they are read, which cannot tell a socket to wait. */
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
    // Who follows a log comes back behind what was read.
    const message = `${this.#url} sent more than ${maxHeld} results that were not read`
    this.end({ error: new GraphQLClientError('UNREACHABLE', message) })
  }

  /** Lets what is held be read, and then nothing or the error. The first end counts. */
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
