import { EventSourceParserStream } from 'eventsource-parser/stream'
import { GraphQLClientError, parseAnswer, requestText, toUnreachable } from './answer.ts'
import { type Operation, textOf } from './operation.ts'

export interface GraphQLClientOptions {
  /** URL of the GraphQL API. */
  readonly url: string
  /** Headers, or a function that returns them before each request, for a key that may change. @default none */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>)
  /** @default the global fetch */
  readonly fetch?: (request: Request) => Promise<Response>
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
}

export interface SubscribeOptions extends RequestOptions {
  /** Called when events can arrive: the server has accepted the subscription, or its socket. */
  readonly onOpen?: (() => void) | undefined
}

/** A client of a GraphQL API and its subscriptions. */
export interface GraphQLClient {
  /** Rejects with GraphQLClientError. */
  request<Result, Variables>(
    document: Operation<Result, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Result>
  /** Ends when the server completes it, or by `return()`. Rejects with GraphQLClientError, with `ABORTED` on the signal. */
  subscribe<Result, Variables>(
    document: Operation<Result, Variables>,
    variables: Variables,
    options?: SubscribeOptions,
  ): AsyncGenerator<Result, void, undefined>
}

const accepted = {
  one: 'application/graphql-response+json, application/json',
  stream: 'text/event-stream',
} as const

/**
 * Requests whose answers are not read to their end. Node.js follows the signal of a `Request` by a weak reference: if the
 * request were collected, an abort of the caller would reach neither the exchange nor the reader of its answer.
 */
const underWay = new Set<Request>()

interface Asked {
  readonly kind: keyof typeof accepted
  readonly query: string
  readonly variables: unknown
  readonly signal: AbortSignal | undefined
}

class Exchange {
  readonly #options: GraphQLClientOptions
  readonly #request: Request
  readonly #signal: AbortSignal | undefined

  constructor(options: GraphQLClientOptions, { kind, query, variables, signal }: Asked) {
    const { url, headers = {} } = options
    this.#options = options
    this.#signal = signal
    this.#request = new Request(url, {
      method: 'POST',
      headers: {
        ...(typeof headers === 'function' ? headers() : headers),
        'content-type': 'application/json',
        accept: accepted[kind],
      },
      body: requestText(query, variables),
      ...(signal ? { signal } : {}),
    })
    underWay.add(this.#request)
  }

  async send(): Promise<Response> {
    const { url, fetch = (request) => globalThis.fetch(request) } = this.#options
    try {
      return await fetch(this.#request)
    } catch (error) {
      throw toUnreachable(error, url, this.#signal)
    }
  }

  /** Ends it once its answer is read, or given up. */
  end(): void {
    underWay.delete(this.#request)
  }
}

async function readAnswer(response: Response, url: string, signal: AbortSignal | undefined): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw toUnreachable(error, url, signal)
  })
  return parseAnswer(text, response.status, url)
}

/** Reads the results of a subscription from an event stream (graphql-sse, distinct connections). */
async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { status }: Response,
  url: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown, void, undefined> {
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
  try {
    for await (const { event, data } of events) {
      if (event === 'complete') return
      if (event === 'next') yield parseAnswer(data, status, url)
    }
  } catch (error) {
    throw error instanceof GraphQLClientError ? error : toUnreachable(error, url, signal)
  }
  throw new GraphQLClientError('UNREACHABLE', `${url} ended the event stream before it was complete`)
}

/** Creates a client over HTTP, with event streams for subscriptions. It holds nothing open between requests. */
export function createGraphQLClient(options: GraphQLClientOptions): GraphQLClient {
  const { url } = options
  return {
    async request<Result, Variables>(
      document: Operation<Result, Variables>,
      variables: Variables,
      { signal }: RequestOptions = {},
    ) {
      const exchange = new Exchange(options, { kind: 'one', query: textOf(document), variables, signal })
      try {
        const response = await exchange.send()
        // The type that the document declares.
        return (await readAnswer(response, url, signal)) as Result
      } finally {
        exchange.end()
      }
    },
    async *subscribe<Result, Variables>(
      document: Operation<Result, Variables>,
      variables: Variables,
      { signal, onOpen }: SubscribeOptions = {},
    ) {
      const exchange = new Exchange(options, { kind: 'stream', query: textOf(document), variables, signal })
      try {
        const response = await exchange.send()
        const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
        if (!response.ok || !isStream || !response.body) {
          await readAnswer(response, url, signal)
          const message = `${url} did not answer the subscription with an event stream`
          throw new GraphQLClientError('UNREACHABLE', message)
        }
        onOpen?.()
        // As above.
        for await (const result of readEvents(response.body, response, url, signal)) yield result as Result
      } finally {
        exchange.end()
      }
    },
  }
}
