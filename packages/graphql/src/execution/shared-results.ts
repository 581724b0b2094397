import type { ExecutionResult, GraphQLError } from 'graphql'
import { withoutStatus } from '../errors/redact.ts'
import type { HeldResult } from './answers.ts'
import { jsonPieces } from './json-pieces.ts'

/** One result of a subscription. Clients with the same operation get the same object. */
export interface SharedResult extends ExecutionResult {
  /** The result as JSON, made once; undefined if it is long. */
  readonly text: string | undefined
  /** Returns the result as JSON, made anew for each reader. */
  pieces(): Iterable<string>
  /** Holds the result's part of the tenant's budget until the returned function is called. */
  hold(): () => void
}

/** Calls `release` once, after the last holder has released its hold. */
function createHolds(release: (() => void) | undefined): () => () => void {
  let holds = 0
  return () => {
    if (!release) return () => undefined
    holds += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      holds -= 1
      if (holds === 0) release()
    }
  }
}

export function toShared({ result: { data, errors, extensions }, release }: HeldResult): SharedResult {
  const value = {
    ...(data === undefined ? {} : { data }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(errors ? { errors: errors.map(withoutStatus) } : {}),
  }
  const hold = createHolds(release)
  if (release) {
    // Until the subscribers have taken holds of their own.
    setImmediate(hold())
    return { text: undefined, pieces: () => jsonPieces(value), hold }
  }
  const text = JSON.stringify(value)
  return { text, pieces: () => [text], hold }
}

/** The results of a subscription, each held until the next is requested: by then the transport has sent it. */
export class SharedResults implements AsyncIterableIterator<SharedResult, undefined, undefined> {
  readonly #events: AsyncIterator<unknown>
  readonly #execute: (event: unknown) => Promise<SharedResult>
  readonly #mask: (error: unknown) => GraphQLError
  #release: (() => void) | undefined
  #hasFailed = false

  constructor(
    events: AsyncIterable<unknown>,
    execute: (event: unknown) => Promise<SharedResult>,
    mask: (error: unknown) => GraphQLError,
  ) {
    this.#events = events[Symbol.asyncIterator]()
    this.#execute = execute
    this.#mask = mask
  }

  async next(): Promise<IteratorResult<SharedResult, undefined>> {
    this.#release?.()
    if (this.#hasFailed) return { done: true, value: undefined }
    try {
      const step = await this.#events.next()
      if (step.done) return { done: true, value: undefined }
      const value = await this.#execute(step.value)
      this.#release = value.hold()
      return { done: false, value }
    } catch (error) {
      this.#hasFailed = true
      throw this.#mask(error)
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#end()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<never> {
    await this.#end()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #end(): Promise<void> {
    this.#release?.()
    await this.#events.return?.()
  }
}
