import { type Client, createClient } from 'graphql-ws/client'
import { aborted, dataOf, GraphQLClientError, requestText, toUnreachable } from './answer.ts'
import type { GraphQLClient, GraphQLClientOptions, RequestOptions, SubscribeOptions } from './graphql-client.ts'
import { type Operation, textOf } from './operation.ts'
import { ResultQueue } from './result-queue.ts'

export interface WebSocketClientOptions extends Pick<GraphQLClientOptions, 'headers'> {
  /** URL of the GraphQL API: `ws:`, `wss:`, `http:` or `https:`. */
  readonly url: string
}

/**
 * A client with one socket for all requests and subscriptions. It suits pages, as browsers open few connections to a
 * server over HTTP/1.1. Its creator closes it.
 */
export interface WebSocketClient extends GraphQLClient {
  /** Ends running operations, and refuses later ones, with the code `ABORTED`. A second call does nothing. */
  close(): Promise<void>
}

/** Time that a server has to accept the socket, and to answer a ping, in ms. */
const openWithinMs = 10_000
const pongWithinMs = 5_000
/** Interval between pings, in ms: a connection can die without a Close. */
const pingEveryMs = 10_000
/** Time that an idle socket stays open, in ms, so that successive requests share it. */
const idleMs = 1_000
/** Close code of graphql-transport-ws. */
const forbidden = 4403

interface CloseReason {
  readonly code: number
  readonly reason: string
}

function isCloseReason(error: unknown): error is CloseReason {
  return typeof error === 'object' && error !== null && 'code' in error && 'reason' in error
}

function errorOf(event: unknown): Error {
  const { error, message }: { readonly error?: unknown; readonly message?: unknown } = Object(event)
  if (error instanceof Error) return error
  return new Error(typeof message === 'string' && message !== '' ? message : 'the connection failed')
}

function toClientError(error: unknown, url: string): GraphQLClientError {
  if (error instanceof GraphQLClientError) return error
  // A socket that failed leaves only an event, which says little.
  if (!isCloseReason(error)) return toUnreachable(error instanceof Error ? error : errorOf(error), url, undefined)
  const { code, reason } = error
  const cause = new Error(`${code} ${reason}`.trimEnd())
  return code === forbidden
    ? new GraphQLClientError('UNAUTHENTICATED', `${url} rejected the API key`, { cause })
    : new GraphQLClientError('UNREACHABLE', `${url} closed the connection: ${cause.message}`, { cause })
}

function noAnswer(url: string): GraphQLClientError {
  return new GraphQLClientError('UNREACHABLE', `${url} did not answer as a GraphQL API (graphql-transport-ws)`)
}

class SocketClient implements WebSocketClient {
  readonly #url: string
  readonly #socket: Client
  readonly #closing = new AbortController()
  #deadline: ReturnType<typeof setTimeout> | undefined
  #isOpen = false

  constructor(url: string, headers: NonNullable<WebSocketClientOptions['headers']>) {
    this.#url = url
    this.#socket = createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams: typeof headers === 'function' ? headers : () => headers,
      keepAlive: pingEveryMs,
      lazyCloseTimeout: idleMs,
      // `followEvents` resumes a log behind its cursor.
      retryAttempts: 0,
      on: {
        connecting: () => this.#terminateAfter(openWithinMs),
        connected: () => this.#onOpenChange(true),
        ping: (isReceived) => isReceived || this.#terminateAfter(pongWithinMs),
        pong: (isReceived) => isReceived && clearTimeout(this.#deadline),
        closed: () => this.#onOpenChange(false),
      },
    })
  }

  async request<Result, Variables>(
    document: Operation<Result, Variables>,
    variables: Variables,
    options: RequestOptions = {},
  ): Promise<Result> {
    for await (const result of this.subscribe(document, variables, options)) return result
    throw noAnswer(this.#url)
  }

  async *subscribe<Result, Variables>(
    document: Operation<Result, Variables>,
    variables: Variables,
    { signal = new AbortController().signal, onOpen = () => undefined }: SubscribeOptions = {},
  ): AsyncGenerator<Result, void, undefined> {
    const results = this.#operate(textOf(document), variables, signal)
    const forget = this.#whenOpen(onOpen)
    try {
      // The type that the document declares.
      for await (const result of results) yield dataOf(result, () => noAnswer(this.#url)) as Result
    } catch (error) {
      throw toClientError(error, this.#url)
    } finally {
      forget()
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#deadline)
    if (this.#isOpen) await this.#socket.dispose()
    else this.#socket.terminate()
  }

  /** Yields the results of one operation. Unlike `iterate` of graphql-ws, it can end while the socket is being opened. */
  async *#operate(query: string, variables: unknown, signal: AbortSignal): AsyncGenerator<unknown, void, undefined> {
    const url = this.#url
    const ends = [signal, this.#closing.signal]
    for (const { aborted: hasEnded, reason } of ends) if (hasEnded) throw aborted(url, reason)
    // Checked here: graphql-ws would report variables that cannot be printed as a broken connection.
    requestText(query, variables)
    const results = new ResultQueue(url)
    const leave = ({ target }: Event) => {
      const reason: unknown = target instanceof AbortSignal ? target.reason : undefined
      results.end({ error: aborted(url, reason) })
    }
    // The variables that the document declares are a JSON object.
    const payload = { query, variables: variables as Record<string, unknown> }
    const release = this.#socket.subscribe(payload, {
      next: (result) => results.push(result),
      error(error) {
        // The server refused the operation.
        if (Array.isArray(error)) results.push({ errors: error })
        results.end({ error })
      },
      complete: () => results.end({}),
    })
    for (const each of ends) each.addEventListener('abort', leave, { once: true })
    try {
      yield* results.read()
    } finally {
      for (const each of ends) each.removeEventListener('abort', leave)
      release()
    }
  }

  /** Calls the listener when the socket is open, at once if it is. Returns the function that removes the listener. */
  #whenOpen(listener: () => void): () => void {
    if (!this.#isOpen) return this.#socket.on('connected', listener)
    listener()
    return () => undefined
  }

  #onOpenChange(isOpen: boolean): void {
    clearTimeout(this.#deadline)
    this.#isOpen = isOpen
  }

  /** Terminates the socket unless the server answers in time: a connection can die silently, as when a laptop sleeps. */
  #terminateAfter(withinMs: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#socket.terminate(), withinMs)
  }
}

/**
 * Creates a client whose socket opens with the first operation, and closes a second after the last.
 * `headers` become the `connectionParams`.
 */
export function createWebSocketClient({ url, headers = {} }: WebSocketClientOptions): WebSocketClient {
  return new SocketClient(url, headers)
}
