import type { McpResourceUpdate } from './api.ts'

export interface FollowerOptions {
  readonly signal: AbortSignal | undefined
  /** Called at the first step; what it rejects with ends the follower. */
  readonly begin: (follower: Follower) => Promise<void>
  /** Called once, when a follower that has begun has ended. */
  readonly onEnd: (follower: Follower) => void
}

/**
 * Yields updates of resources to one caller. It holds one update of each of its resources at most, the newest, however slow
 * the caller is. Its `return()` also ends a `next()` that is waiting.
 */
export class Follower implements AsyncIterableIterator<McpResourceUpdate, undefined, undefined> {
  readonly #options: FollowerOptions
  readonly #pending = new Map<string, McpResourceUpdate>()
  #hasHeard = false
  #state: 'NEW' | 'FOLLOWING' | 'ENDED' = 'NEW'
  /** What it ended with, until its caller has received it. */
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: FollowerOptions) {
    this.#options = options
    if (options.signal?.aborted) this.#state = 'ENDED'
  }

  get hasEnded(): boolean {
    return this.#state === 'ENDED'
  }

  /** Whether it has been told of any update. */
  get hasHeard(): boolean {
    return this.#hasHeard
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Steps follow one another, also if the caller does not wait for the one before. */
  next(): Promise<IteratorResult<McpResourceUpdate, undefined>> {
    const result = this.#last.then(this.#step, this.#step)
    this.#last = result
    return result
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#pending.clear()
    this.#end()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<never> {
    await this.return()
    throw error
  }

  tell(update: McpResourceUpdate): void {
    if (this.#state !== 'FOLLOWING') return
    this.#hasHeard = true
    this.#pending.set(update.uri, update)
    this.#wake?.()
  }

  /** Ends it once the caller has received what there is. */
  complete(): void {
    this.#end()
  }

  /** Ends it with an error, which the caller receives after what there is. */
  fail(error: unknown): void {
    if (this.#state === 'ENDED') return
    this.#failure = { error }
    this.#end()
  }

  readonly #end = (): void => {
    const { signal, onEnd } = this.#options
    const hadBegun = this.#state === 'FOLLOWING'
    this.#state = 'ENDED'
    signal?.removeEventListener('abort', this.#end)
    if (hadBegun) onEnd(this)
    this.#wake?.()
  }

  readonly #step = async (): Promise<IteratorResult<McpResourceUpdate, undefined>> => {
    if (this.#state === 'NEW') this.#begin()
    while (this.#pending.size === 0 && this.#state === 'FOLLOWING') {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
    this.#wake = undefined
    const [update] = this.#pending.values()
    if (update) {
      this.#pending.delete(update.uri)
      return { done: false, value: update }
    }
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw failure.error
    return { done: true, value: undefined }
  }

  #begin(): void {
    const { signal, begin } = this.#options
    this.#state = 'FOLLOWING'
    signal?.addEventListener('abort', this.#end, { once: true })
    begin(this).catch((error: unknown) => this.fail(error))
  }
}
