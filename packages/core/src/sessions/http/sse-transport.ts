import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { Dispatcher } from 'undici'
import type { RegistryError } from '../../base/errors.ts'
import type { ResolvedHttpConfig } from '../../model/resolve-config.ts'
import { textOf } from '../incoming/frame.ts'
import { createIncoming } from '../incoming/incoming.ts'
import type { SessionLimits } from '../limits.ts'
import { cancelledId, requestIdOf } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import type { Exchange } from './exchange.ts'
import { createHttpClient } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'

/** How long a server may leave a POST without a status whose request it has answered, or that was cancelled. */
const answeredGraceMs = 1_000
/** A longer one is no path. */
const maxEndpointBytes = 8 * 1024

interface Waiting {
  readonly method: string
  post?: Exchange
}

/**
 * HTTP with SSE (MCP 2024-11-05, transports) as a transport of the SDK: requests go by POST to the endpoint that the
 * stream names, and every answer comes by that stream. Its end is the end of the session: a stream that is opened anew
 * belongs to another session, which nobody has initialised.
 */
export function createSseTransport(
  config: ResolvedHttpConfig,
  dispatcher: Dispatcher,
  limits: SessionLimits,
): SessionTransport {
  const client = createHttpClient(dispatcher, new URL(config.serverUrl), limits)
  const custom = Object.fromEntries(config.headers.map(({ name, value }) => [name.toLowerCase(), value]))
  const { promise: endpoint, resolve: setEndpoint, reject: failEndpoint } = Promise.withResolvers<URL>()
  endpoint.catch(() => undefined)
  const waiting = new Map<RequestId, Waiting>()
  const posts = new Set<Exchange>()
  let headers: Readonly<Record<string, string>> = custom
  let stream: Exchange | undefined
  let ended: TransportEnd | undefined
  let isClosed = false
  let isInitialized = false
  const incoming = createIncoming({
    limits,
    awaited: { methodOf: (id) => waiting.get(id)?.method, answered: forget },
    onMessage: (message) => transport.onmessage?.(message),
    onFault: (error) => transport.onerror?.(error),
    send: async (answer) => {
      await (await post(answer)).answer
    },
    onStuck: fail,
  })

  /** A server that says nothing to a POST must not hold the connection. */
  function forget(id: RequestId): void {
    const sent = waiting.get(id)?.post
    waiting.delete(id)
    if (sent) endSoon(sent)
  }

  function endSoon(sent: Exchange): void {
    const timer = setTimeout(() => sent.abort(new Error('Nothing more is wanted of it')), answeredGraceMs).unref()
    void sent.over.then(() => clearTimeout(timer))
  }

  /** Ends the session, since nothing more can be taken from the server. */
  function fail(cause: RegistryError): void {
    ended ??= { words: 'the server broke the protocol', cause }
    void transport.close()
  }

  function takeEndpoint(data: string): void {
    const target = data !== '' && URL.canParse(data, client.url.href) ? new URL(data, client.url) : undefined
    if (target?.origin === client.url.origin) setEndpoint(target)
    else failEndpoint(new Error('The server named an endpoint that is not of its own origin'))
  }

  async function open(): Promise<void> {
    stream = client.send(
      { method: 'GET', wantsContent: true, headers: { ...headers, accept: 'text/event-stream' } },
      {
        onEvent({ type, parts, size }, release) {
          const data = { parts, size, release }
          if (type === 'message') return incoming.read(data)
          if (type === 'endpoint') takeEndpoint(size > maxEndpointBytes ? '' : textOf(data))
          release()
          return undefined
        },
        onRetry: () => undefined,
        // It is the session, and is kept for as long.
        endsInSilence: false,
      },
    )
    const answer = await stream.answer
    if (answer.kind !== 'EVENTS') {
      answer.body.release()
      throw new HttpStatusError({ status: answer.status, hadSession: false, lacksAnswer: true })
    }
    const end = (cause?: unknown) => {
      failEndpoint(cause ?? new Error('The event stream ended before it named an endpoint'))
      // Ended on this side: the server is not to blame for it.
      if (isClosed) return
      ended ??= { words: 'the event stream ended', cause }
      void transport.close()
    }
    answer.ended.then(end, end)
    await endpoint
  }

  async function post(message: JSONRPCMessage): Promise<Exchange> {
    const url = await endpoint
    const content = { 'content-type': 'application/json', accept: 'application/json' }
    const body = JSON.stringify(message)
    const sent = client.send({
      method: 'POST',
      wantsContent: false,
      url,
      headers: { ...headers, ...content },
      body,
      isOfSession: isInitialized,
    })
    posts.add(sent)
    void sent.over.then(() => posts.delete(sent))
    return sent
  }

  async function send(message: JSONRPCMessage): Promise<void> {
    const id = requestIdOf(message)
    const request: Waiting = { method: 'method' in message ? message.method : '' }
    if (id !== undefined) waiting.set(id, request)
    const cancelled = cancelledId(message)
    try {
      request.post = await post(message)
      if (cancelled !== undefined) endSoon(request.post)
      await request.post.answer
    } catch (error) {
      if (id !== undefined) waiting.delete(id)
      throw error
    } finally {
      if (cancelled !== undefined) forget(cancelled)
    }
  }

  const transport: SessionTransport = {
    get end() {
      return ended
    },
    start: open,
    send,
    setProtocolVersion(version) {
      isInitialized = true
      headers = { ...custom, 'mcp-protocol-version': version }
    },
    terminate: () => Promise.resolve(),
    async close() {
      if (isClosed) return
      isClosed = true
      incoming.close()
      const reason = new Error('The session was closed')
      stream?.abort(reason)
      for (const sent of posts) sent.abort(reason)
      waiting.clear()
      transport.onclose?.()
    },
  }
  return transport
}
