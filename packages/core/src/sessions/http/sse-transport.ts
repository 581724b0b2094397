import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { Dispatcher } from 'undici'
import type { ResolvedHttpConfig } from '../../servers/resolve-config.ts'
import type { MessageLimits } from '../limits.ts'
import { answeredId, cancelledId, inTurns, readMessages, requestIdOf } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import type { Exchange } from './exchange.ts'
import { createHttpClient } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'

/**
 * HTTP with SSE (MCP 2024-11-05, transports) as a transport of the SDK: requests go by POST to the endpoint that the
 * stream names, and every answer comes by that stream. Its end is the end of the session: a stream that is opened anew
 * belongs to another session, which nobody has initialised.
 */
export function createSseTransport(
  config: ResolvedHttpConfig,
  dispatcher: Dispatcher,
  limits: MessageLimits,
): SessionTransport {
  const client = createHttpClient(dispatcher, new URL(config.serverUrl), limits)
  const custom = Object.fromEntries(config.headers.map(({ name, value }) => [name.toLowerCase(), value]))
  const { promise: endpoint, resolve: setEndpoint, reject: failEndpoint } = Promise.withResolvers<URL>()
  endpoint.catch(() => undefined)
  const waiting = new Map<RequestId, number>()
  let headers: Readonly<Record<string, string>> = custom
  let stream: Exchange | undefined
  let ended: TransportEnd | undefined
  let isClosed = false
  const deliver = inTurns((message) => transport.onmessage?.(message))

  function take(message: JSONRPCMessage): void {
    const id = answeredId(message)
    if (id !== undefined) waiting.delete(id)
    deliver(message)
  }

  function takeEndpoint(data: string): void {
    const target = URL.canParse(data, client.url.href) ? new URL(data, client.url) : undefined
    if (target?.origin === client.url.origin) setEndpoint(target)
    else failEndpoint(new Error('The server named an endpoint that is not of its own origin'))
  }

  async function open(): Promise<void> {
    stream = client.send(
      { method: 'GET', headers: { ...headers, accept: 'text/event-stream' } },
      {
        onEvent: ({ type, data }) => {
          if (type === 'endpoint') takeEndpoint(data)
          else if (type === 'message') readMessages(data, take, (error) => transport.onerror?.(error))
        },
        onRetry: () => undefined,
        awaitedSince: () => (waiting.size === 0 ? undefined : Math.min(...waiting.values())),
      },
    )
    const answer = await stream.answer
    if (answer.kind !== 'EVENTS') {
      throw new HttpStatusError({ status: answer.status, hadSession: false, lacksAnswer: true })
    }
    const end = (cause?: unknown) => {
      failEndpoint(cause ?? new Error('The event stream ended before it named an endpoint'))
      ended ??= { words: 'the event stream ended', cause }
      void transport.close()
    }
    answer.ended.then(end, end)
    await endpoint
  }

  async function send(message: JSONRPCMessage): Promise<void> {
    const id = requestIdOf(message)
    if (id !== undefined) waiting.set(id, performance.now())
    try {
      const url = await endpoint
      const request = { 'content-type': 'application/json', accept: 'application/json' }
      await client.send({ method: 'POST', url, headers: { ...headers, ...request }, body: JSON.stringify(message) })
        .answer
    } catch (error) {
      if (id !== undefined) waiting.delete(id)
      throw error
    }
    const cancelled = cancelledId(message)
    if (cancelled !== undefined) waiting.delete(cancelled)
  }

  const transport: SessionTransport = {
    get end() {
      return ended
    },
    start: open,
    send,
    setProtocolVersion(version) {
      headers = { ...custom, 'mcp-protocol-version': version }
    },
    terminate: () => Promise.resolve(),
    async close() {
      if (isClosed) return
      isClosed = true
      stream?.abort(new Error('The session was closed'))
      waiting.clear()
      transport.onclose?.()
    },
  }
  return transport
}
