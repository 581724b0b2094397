import type { ExecutionResult, GraphQLError } from 'graphql'
import { withoutStatus } from '../errors/redact.ts'
import type { HeldResult } from './answers.ts'
import { jsonPieces } from './json-pieces.ts'

/** One result of a subscription. Clients with the same operation get the same object. */
export interface SharedResult extends ExecutionResult {
  /** Undefined if the result is long. */
  readonly short: SharedText | undefined
  /** Returns the result as JSON, made anew for each reader. */
  pieces(): Iterable<string>
  /** Holds the result's part of the tenant's budget until the returned function is called. */
  hold(): () => void
}

/** A result as JSON, made once. */
export class SharedText {
  readonly json: string
  #messageId = ''
  #message: Buffer | undefined

  constructor(json: string) {
    this.json = json
  }

  /**
   * The Next message (graphql-transport-ws) of an operation. Made once for all clients that name the operation alike, one
   * after the other; clients often count their operations.
   */
  message(id: string): Buffer {
    if (this.#message && this.#messageId === id) return this.#message
    const message = Buffer.from(`${nextHead(id)}${this.json}}`)
    this.#messageId = id
    this.#message = message
    return message
  }
}

/** The beginning of a Next message (graphql-transport-ws); the payload and a brace follow. */
export function nextHead(id: string): string {
  return `{"id":${JSON.stringify(id)},"type":"next","payload":`
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
    return { short: undefined, pieces: () => jsonPieces(value), hold }
  }
  const short = new SharedText(JSON.stringify(value))
  return { short, pieces: () => [short.json], hold }
}

/** The results of a subscription, each held until the next is requested: by then the transport has sent it. */
export class SharedResults implements AsyncIterableIterator<SharedResult, undefined, undefined> {
  readonly #events: AsyncIterator<unknown>
  readonly #execute: (event: unknown) => Promise<SharedResult>
  readonly #mask: (error: unknown) => GraphQLError
  readonly #onEnd: () => void
  #release: (() => void) | undefined
  #hasFailed = false

  constructor(
    events: AsyncIterable<unknown>,
    execute: (event: unknown) => Promise<SharedResult>,
    mask: (error: unknown) => GraphQLError,
    /** Called when the results end, fail or are closed; it may be called twice. */
    onEnd: () => void,
  ) {
    this.#events = events[Symbol.asyncIterator]()
    this.#execute = execute
    this.#mask = mask
    this.#onEnd = onEnd
  }

  async next(): Promise<IteratorResult<SharedResult, undefined>> {
    this.#release?.()
    if (this.#hasFailed) return { done: true, value: undefined }
    try {
      const step = await this.#events.next()
      if (step.done) {
        this.#onEnd()
        return { done: true, value: undefined }
      }
      const value = await this.#execute(step.value)
      this.#release = value.hold()
      return { done: false, value }
    } catch (error) {
      this.#hasFailed = true
      await this.#end()
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
    this.#onEnd()
    await this.#events.return?.()
  }
}
