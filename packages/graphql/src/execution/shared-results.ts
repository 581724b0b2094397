import type { ExecutionResult, GraphQLError } from 'graphql'
import { withoutStatus } from '../errors/redact.ts'
import type { HeldResult } from './answers.ts'
import { jsonPieces } from './json-pieces.ts'

/** One result of a subscription. Those who asked the same get the same object. */
export interface SharedResult extends ExecutionResult {
  /** The result as JSON, made once; undefined if it is long. */
  readonly text: string | undefined
  /** The result as JSON, made anew for each who reads it. */
  pieces(): Iterable<string>
  /** Keeps its place among the answers of the tenant, until the function is called that it answers. */
  hold(): () => void
}

/** Calls `release` once all that held it have let go. */
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
    // Until those who asked for it have taken hold of it themselves.
    setImmediate(hold())
    return { text: undefined, pieces: () => jsonPieces(value), hold }
  }
  const text = JSON.stringify(value)
  return { text, pieces: () => [text], hold }
}

/** The results of a subscription, each held until the next one is asked for: who asks for that has sent the one before. */
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
