import { EventSourceParserStream } from 'eventsource-parser/stream'
import { GraphQLClientError, parseAnswer, requestText, toUnreachable } from './answer.ts'
import { type Operation, textOf } from './operation.ts'

export interface GraphQLClientOptions {
  /** Of the GraphQL API. */
  readonly url: string
  /** As they are, or asked for before each request, as where a key may change. @default none */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>)
  /** @default the global one */
  readonly fetch?: (request: Request) => Promise<Response>
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
}

export interface SubscribeOptions extends RequestOptions {
  /** Called once events can come: the server has accepted the subscription, or the socket that it goes over. */
  readonly onOpen?: (() => void) | undefined
}

/** Asks a GraphQL API, and follows its subscriptions. */
export interface GraphQLClient {
  /** Rejects with GraphQLClientError. */
  request<Result, Variables>(
    document: Operation<Result, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Result>
  /** Ends when the server completes it, or by `return()`. Rejects with GraphQLClientError, of code `ABORTED` with the signal. */
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

/** Over HTTP, and event streams for subscriptions. It holds nothing open between requests. */
export function createGraphQLClient(options: GraphQLClientOptions): GraphQLClient {
  const { url, headers = {}, fetch = (request) => globalThis.fetch(request) } = options

  async function post(kind: keyof typeof accepted, query: string, variables: unknown, signal: AbortSignal | undefined) {
    const request = new Request(url, {
      method: 'POST',
      headers: {
        ...(typeof headers === 'function' ? headers() : headers),
        'content-type': 'application/json',
        accept: accepted[kind],
      },
      body: requestText(query, variables),
      ...(signal ? { signal } : {}),
    })
    return fetch(request).catch((error: unknown) => {
      throw toUnreachable(error, url, signal)
    })
  }

  async function bodyOf(response: Response, signal: AbortSignal | undefined): Promise<string> {
    return response.text().catch((error: unknown) => {
      throw toUnreachable(error, url, signal)
    })
  }

  return {
    async request<Result, Variables>(
      document: Operation<Result, Variables>,
      variables: Variables,
      { signal }: RequestOptions = {},
    ) {
      const response = await post('one', textOf(document), variables, signal)
      // What a server of this schema answers to this document.
      return parseAnswer(await bodyOf(response, signal), response.status, url) as Result
    },
    async *subscribe<Result, Variables>(
      document: Operation<Result, Variables>,
      variables: Variables,
      { signal, onOpen }: SubscribeOptions = {},
    ) {
      const response = await post('stream', textOf(document), variables, signal)
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
      if (!response.ok || !isStream || !response.body) {
        parseAnswer(await bodyOf(response, signal), response.status, url)
        throw new GraphQLClientError(
          'UNREACHABLE',
          `${url} answered a subscription with something else than an event stream`,
        )
      }
      onOpen?.()
      const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
      try {
        for await (const { event, data } of events) {
          if (event === 'complete') return
          // As above.
          if (event === 'next') yield parseAnswer(data, response.status, url) as Result
        }
      } catch (error) {
        throw error instanceof GraphQLClientError ? error : toUnreachable(error, url, signal)
      }
      throw new GraphQLClientError('UNREACHABLE', `${url} ended the event stream before it was complete`)
    },
  }
}
