import type { IncomingHttpHeaders } from 'node:http'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { Dispatcher } from 'undici'
import type { RegistryError } from '../../base/errors.ts'
import type { ResolvedHttpConfig } from '../../model/resolve-config.ts'
import { createIncoming } from '../incoming/incoming.ts'
import type { SessionLimits } from '../limits.ts'
import { cancelledId, requestIdOf } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import { type Exchange, mediaTypeOf } from './exchange.ts'
import { createHttpClient, rpcErrorOf } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'
import { createResumableStream, type ResumableStreamOptions } from './resumable-stream.ts'
import type { EventListeners } from './sinks.ts'
import { StreamCut } from './stream-cut.ts'

/** How long a server may keep the stream of a request open that it has answered. */
const answeredGraceMs = 1_000
const cancellationMs = 1_000
// A request whose stream was cut waits: soon, and not for long.
const resumeRetry = { attempts: 3, firstMs: 100, maxMs: 400, withoutId: false }
// Nobody waits on the stream of notifications: patiently, and for as long as the session lasts.
const listenRetry = { attempts: Number.POSITIVE_INFINITY, firstMs: 1_000, maxMs: 30_000, withoutId: true }

interface Waiting {
  readonly method: string
  exchange: Exchange
  /** Its answer comes by an event stream. */
  isStream: boolean
}

/**
 * Streamable HTTP (MCP 2025-11-25, transports) as a transport of the SDK. It differs from the SDK's own in what this
 * registry needs: a cancelled request frees its connection, a stream that ends without its answer is resumed or fails its
 * request at once, messages have a cap, a stream that no request waits on has an idle limit, and a request costs less.
 */
export function createStreamableHttpTransport(
  config: ResolvedHttpConfig,
  dispatcher: Dispatcher,
  limits: SessionLimits,
): SessionTransport {
  const client = createHttpClient(dispatcher, new URL(config.serverUrl), limits)
  const custom = Object.fromEntries(config.headers.map(({ name, value }) => [name.toLowerCase(), value]))
  const waiting = new Map<RequestId, Waiting>()
  const others = new Set<Exchange>()
  const closing = new AbortController()
  let listening: Exchange | undefined
  let headers: Readonly<Record<string, string>> = custom
  let sessionId: string | undefined
  let protocolVersion: string | undefined
  let ended: TransportEnd | undefined
  const { reconnectMinMs, reconnectMaxMs } = limits.meter.budgets
  const clamp = { minMs: reconnectMinMs, maxMs: reconnectMaxMs }
  const incoming = createIncoming({
    limits,
    awaited: { methodOf: (id) => waiting.get(id)?.method, answered },
    onMessage: (message) => transport.onmessage?.(message),
    onFault: (error) => transport.onerror?.(error),
    send: async (answer) => {
      await track(post(answer, false)).answer
    },
    onStuck: fail,
  })

  function setHeaders(): void {
    headers = {
      ...custom,
      ...(sessionId === undefined ? {} : { 'mcp-session-id': sessionId }),
      ...(protocolVersion === undefined ? {} : { 'mcp-protocol-version': protocolVersion }),
    }
  }

  /** Before the first message of the session is handed over, since what is sent next has to name it. */
  function takeSessionId({ 'mcp-session-id': given }: IncomingHttpHeaders): void {
    if (typeof given !== 'string' || given === sessionId) return
    sessionId = given
    setHeaders()
  }

  function answered(id: RequestId): void {
    const request = waiting.get(id)
    waiting.delete(id)
    if (request?.isStream) endSoon(request.exchange)
  }

  /** Ends the session, since nothing more can be taken from the server. */
  function fail(cause: RegistryError): void {
    ended ??= { words: 'the server broke the protocol', cause }
    void transport.close()
  }

  /** A server that leaves the stream open after the answer must not hold the connection. */
  function endSoon(exchange: Exchange): void {
    const timer = setTimeout(() => exchange.abort(new Error('The request was answered')), answeredGraceMs).unref()
    const stop = () => clearTimeout(timer)
    void exchange.over.then(stop)
  }

  function resumable(
    own: Pick<ResumableStreamOptions, 'endsInSilence' | 'isWanted' | 'onExchange'>,
    retry: Omit<ResumableStreamOptions['retry'], 'clamp'>,
  ): ReturnType<typeof createResumableStream> {
    return createResumableStream({
      client,
      headers: () => headers,
      onData: incoming.read,
      signal: closing.signal,
      retry: { ...retry, clamp },
      ...own,
    })
  }

  function post(message: JSONRPCMessage, wantsContent: boolean, listeners?: EventListeners): Exchange {
    const request = {
      method: 'POST',
      wantsContent,
      onHead: wantsContent ? takeSessionId : undefined,
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'accept-encoding': 'gzip, deflate, br',
      },
      body: JSON.stringify(message),
    } as const
    return client.send(request, listeners)
  }

  async function sendRequest(message: JSONRPCMessage, id: RequestId, method: string): Promise<void> {
    const stream = resumable(
      {
        endsInSilence: false,
        isWanted: () => waiting.has(id),
        onExchange(exchange) {
          request.exchange = exchange
        },
      },
      resumeRetry,
    )
    const request: Waiting = { method, exchange: post(message, true, stream.listeners), isStream: false }
    waiting.set(id, request)
    try {
      const answer = await request.exchange.answer
      if (answer.kind === 'EVENTS') {
        request.isStream = true
        void stream.follow(answer).then((cause) => failUnanswered(id, cause))
        return
      }
      if (mediaTypeOf(answer.headers) === 'application/json') await incoming.read(answer.body)
      else answer.body.release()
      if (waiting.has(id)) {
        const hadSession = method !== 'initialize' && sessionId !== undefined
        const rpcError = rpcErrorOf(answer.body)
        throw new HttpStatusError({ status: answer.status, hadSession, lacksAnswer: true, rpcError })
      }
    } catch (error) {
      waiting.delete(id)
      throw error
    }
  }

  function failUnanswered(id: RequestId, cause: unknown): void {
    if (!waiting.delete(id)) return
    const error = { code: -32000, message: 'The event stream ended without the answer', data: new StreamCut(cause) }
    transport.onmessage?.({ jsonrpc: '2.0', id, error })
  }

  /** Keeps an exchange that no request waits on, so that the end of the session ends it. */
  function track(exchange: Exchange): Exchange {
    others.add(exchange)
    void exchange.over.then(() => others.delete(exchange))
    return exchange
  }

  async function sendNotification(message: JSONRPCMessage): Promise<void> {
    await track(post(message, false)).answer
    if ('method' in message && message.method === 'notifications/initialized') void listen()
  }

  /** Tells the server, waits a little for it to hear, and frees the request's connection either way. */
  async function sendCancellation(message: JSONRPCMessage, id: RequestId): Promise<void> {
    const exchange = track(post(message, false))
    const timer = setTimeout(
      () => exchange.abort(new Error('The server did not take the cancellation')),
      cancellationMs,
    )
    // A server that does not hear it has nobody any more who waits for its answer.
    await exchange.answer.catch(() => undefined)
    clearTimeout(timer)
    // Only now: a server may take the end of the connection for the end of the session.
    const request = waiting.get(id)
    waiting.delete(id)
    request?.exchange.abort(new Error('The request was cancelled'))
  }

  /** Opens the stream by which a server says what no request asked for; a server need not have one. */
  async function listen(): Promise<void> {
    const stream = resumable(
      {
        endsInSilence: true,
        isWanted: () => !closing.signal.aborted,
        onExchange(exchange) {
          listening = exchange
        },
      },
      listenRetry,
    )
    const request = { method: 'GET', wantsContent: true, headers: { ...headers, accept: 'text/event-stream' } } as const
    listening = client.send(request, stream.listeners)
    try {
      const answer = await listening.answer
      if (answer.kind === 'EVENTS') await stream.follow(answer)
      else answer.body.release()
    } catch (error) {
      // 405 is the answer of a server without such a stream, and others say it by another status.
      if (!(error instanceof HttpStatusError) && !closing.signal.aborted) transport.onerror?.(asError(error))
    }
  }

  const transport: SessionTransport = {
    // Unless it broke the protocol, each request finds out for itself.
    get end() {
      return ended
    },
    get mcpSessionId() {
      return sessionId
    },
    start: () => Promise.resolve(),
    send(message) {
      const id = requestIdOf(message)
      if (id !== undefined && 'method' in message) return sendRequest(message, id, message.method)
      const cancelled = cancelledId(message)
      return cancelled === undefined ? sendNotification(message) : sendCancellation(message, cancelled)
    },
    setProtocolVersion(version) {
      protocolVersion = version
      setHeaders()
    },
    async terminate() {
      if (sessionId === undefined) return
      await track(client.send({ method: 'DELETE', wantsContent: false, headers })).answer
    },
    async close() {
      if (closing.signal.aborted) return
      const reason = new Error('The session was closed')
      closing.abort(reason)
      incoming.close()
      listening?.abort(reason)
      for (const exchange of others) exchange.abort(reason)
      for (const { exchange } of waiting.values()) exchange.abort(reason)
      waiting.clear()
      transport.onclose?.()
    },
  }
  return transport
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
