import { EventSourceParserStream } from 'eventsource-parser/stream'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

export interface SubscriptionRequest {
  readonly query: string
  readonly variables: object
}

/** One result of a subscription. */
export interface StreamedResult {
  // biome-ignore lint/suspicious/noExplicitAny: the document of the test decides what a result holds, and the test says what it expects
  readonly data?: any
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: unknown } }[]
}

/** The results of a subscription over graphql-transport-ws; `url` as `serveHandler` has it. */
export async function* overWebSocket(
  url: string,
  { query, variables }: SubscriptionRequest,
): AsyncGenerator<StreamedResult, undefined> {
  const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })
  try {
    // The answers of the server that the test has started.
    for await (const result of client.iterate({ query, variables: { ...variables } })) yield result as StreamedResult
  } catch (errors) {
    // The errors of an operation come as a rejection.
    if (!Array.isArray(errors)) throw errors
    yield { errors }
  } finally {
    await client.dispose()
  }
}

/** The results of a subscription over server-sent events (GraphQL over SSE, distinct connections mode). */
export async function* overEventStream(
  url: string,
  request: SubscriptionRequest,
  signal?: AbortSignal,
): AsyncGenerator<StreamedResult, undefined> {
  const leaving = new AbortController()
  const response = await fetch(`http://${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(request),
    signal: signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal,
  })
  try {
    const events = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
    for await (const { event, data } of events ?? []) if (event === 'next') yield JSON.parse(data)
  } finally {
    leaving.abort()
  }
}

/** Each transport by its name. */
export const transports = [
  ['WebSocket', overWebSocket],
  ['SSE', overEventStream],
] as const
