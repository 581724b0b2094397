import { type Client, createClient } from 'graphql-ws/client'
import { aborted, dataOf, GraphQLClientError, requestText, toUnreachable } from './answer.ts'
import type { GraphQLClient, GraphQLClientOptions, RequestOptions, SubscribeOptions } from './graphql-client.ts'
import { type Operation, textOf } from './operation.ts'
import { ResultQueue } from './result-queue.ts'

export interface WebSocketClientOptions extends Pick<GraphQLClientOptions, 'headers'> {
  /** Of the GraphQL API: `ws:` or `wss:`, or as it is for HTTP. */
  readonly url: string
}

/**
 * One socket for all that is asked and followed: what a page wants, whose browser opens few connections to a server over
 * HTTP/1.1. Whoever made it closes it.
 */
export interface WebSocketClient extends GraphQLClient {
  /** Ends what goes on, and refuses what is asked from then on, with the code `ABORTED`. A second call does nothing more. */
  close(): Promise<void>
}

/** How long a server may take to let the socket in, and to answer a ping, in ms. */
const openWithinMs = 10_000
const pongWithinMs = 5_000
const pingEveryMs = 10_000
/** How long a socket stays open that nobody uses, in ms: what is asked one after the other goes over one. */
const idleMs = 1_000
/** Of graphql-transport-ws. */
const forbidden = 4403

interface CloseReason {
  readonly code: number
  readonly reason: string
}

function isCloseReason(error: unknown): error is CloseReason {
  return typeof error === 'object' && error !== null && 'code' in error && 'reason' in error
}

function faultOf(event: unknown): Error {
  const { error, message }: { readonly error?: unknown; readonly message?: unknown } = Object(event)
  if (error instanceof Error) return error
  return new Error(typeof message === 'string' && message !== '' ? message : 'the connection failed')
}

function toClientError(error: unknown, url: string): GraphQLClientError {
  if (error instanceof GraphQLClientError) return error
  // Of a socket that failed there is an event, which says little.
  if (!isCloseReason(error)) return toUnreachable(error instanceof Error ? error : faultOf(error), url, undefined)
  const { code, reason } = error
  const cause = new Error(`${code} ${reason}`.trimEnd())
  return code === forbidden
    ? new GraphQLClientError('UNAUTHENTICATED', `${url} let nobody in: expected a key that it knows`, { cause })
    : new GraphQLClientError('UNREACHABLE', `${url} has closed the connection: ${cause.message}`, { cause })
}

function noAnswer(url: string): GraphQLClientError {
  return new GraphQLClientError('UNREACHABLE', `${url} is no GraphQL API: over its socket came something else`)
}

class SocketClient implements WebSocketClient {
  readonly #url: string
  readonly #socket: Client
  readonly #closing = new AbortController()
  #overdue: ReturnType<typeof setTimeout> | undefined
  #isOpen = false

  constructor(url: string, headers: NonNullable<WebSocketClientOptions['headers']>) {
    this.#url = url
    this.#socket = createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams: typeof headers === 'function' ? headers : () => headers,
      keepAlive: pingEveryMs,
      lazyCloseTimeout: idleMs,
      // Whoever follows a log comes back behind its cursor.
      retryAttempts: 0,
      on: {
        connecting: () => this.#endUnlessHeard(openWithinMs),
        connected: () => this.#onHeard(true),
        ping: (isReceived) => isReceived || this.#endUnlessHeard(pongWithinMs),
        pong: (isReceived) => isReceived && clearTimeout(this.#overdue),
        closed: () => this.#onHeard(false),
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
      // What a server of this schema answers to this document.
      for await (const result of results) yield dataOf(result, () => noAnswer(this.#url)) as Result
    } catch (error) {
      throw toClientError(error, this.#url)
    } finally {
      forget()
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#overdue)
    if (this.#isOpen) await this.#socket.dispose()
    else this.#socket.terminate()
  }

  /** What comes for one operation. Not `iterate` of graphql-ws, which waits for a socket that is being opened before it ends. */
  async *#operate(query: string, variables: unknown, signal: AbortSignal): AsyncGenerator<unknown, void, undefined> {
    const url = this.#url
    const ends = [signal, this.#closing.signal]
    for (const { aborted: isOver, reason } of ends) if (isOver) throw aborted(url, reason)
    // Of what cannot be printed, the socket would tell as of a connection that broke.
    requestText(query, variables)
    const results = new ResultQueue(url)
    const leave = ({ target }: Event) => {
      const reason: unknown = target instanceof AbortSignal ? target.reason : undefined
      results.end({ error: aborted(url, reason) })
    }
    // What the document declares: a JSON object.
    const payload = { query, variables: variables as Record<string, unknown> }
    const release = this.#socket.subscribe(payload, {
      next: (result) => results.push(result),
      error(error) {
        // Of the operation, which never began.
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

  /** Tells at once where the socket is open. Answers what forgets the listener. */
  #whenOpen(listener: () => void): () => void {
    if (!this.#isOpen) return this.#socket.on('connected', listener)
    listener()
    return () => undefined
  }

  #onHeard(isOpen: boolean): void {
    clearTimeout(this.#overdue)
    this.#isOpen = isOpen
  }

  /** A connection can die without a word, as when a laptop sleeps. */
  #endUnlessHeard(withinMs: number): void {
    clearTimeout(this.#overdue)
    this.#overdue = setTimeout(() => this.#socket.terminate(), withinMs)
  }
}

/** Opened by the first operation, and closed a second behind the last. `headers` go into the `connectionParams`. */
export function createWebSocketClient({ url, headers = {} }: WebSocketClientOptions): WebSocketClient {
  return new SocketClient(url, headers)
}
