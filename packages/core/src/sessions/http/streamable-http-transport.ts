import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { Dispatcher } from 'undici'
import type { ResolvedHttpConfig } from '../../servers/resolve-config.ts'
import type { MessageLimits } from '../limits.ts'
import { answeredId, cancelledId, inTurns, readMessages, requestIdOf } from '../messages.ts'
import type { SessionTransport } from '../transport.ts'
import { type EventListeners, type Exchange, mediaTypeOf } from './exchange.ts'
import { createHttpClient } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'
import { createResumableStream, type ResumableStreamOptions } from './resumable-stream.ts'
import { StreamCut } from './stream-cut.ts'

/** How long a server may keep the stream of a request open that it has answered. */
const answeredGraceMs = 1_000
const cancellationMs = 1_000
// A request whose stream was cut waits: soon, and not for long.
const resumeRetry = { attempts: 3, firstMs: 100, maxMs: 400, withoutId: false }
// Nobody waits on the stream of notifications: patiently, and for as long as the session lasts.
const listenRetry = { attempts: Number.POSITIVE_INFINITY, firstMs: 1_000, maxMs: 30_000, withoutId: true }

interface Waiting {
  readonly since: number
  exchange: Exchange
  /** Its answer comes by an event stream. */
  isStream: boolean
}

/**
 * Streamable HTTP (MCP 2025-11-25, transports) as a transport of the SDK. It differs from the SDK's own in what this
 * registry needs: a cancelled request frees its connection, a stream that ends without its answer is resumed or fails its
 * request at once, messages have a cap and answers an idle limit, and a request costs less.
 */
export function createStreamableHttpTransport(
  config: ResolvedHttpConfig,
  dispatcher: Dispatcher,
  limits: MessageLimits,
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
  const deliver = inTurns((message) => transport.onmessage?.(message))

  function setHeaders(): void {
    headers = {
      ...custom,
      ...(sessionId === undefined ? {} : { 'mcp-session-id': sessionId }),
      ...(protocolVersion === undefined ? {} : { 'mcp-protocol-version': protocolVersion }),
    }
  }

  function take(message: JSONRPCMessage): void {
    const id = answeredId(message)
    const request = id === undefined ? undefined : waiting.get(id)
    if (request && id !== undefined) {
      waiting.delete(id)
      if (request.isStream) endSoon(request.exchange)
    }
    deliver(message)
  }

  const takeText = (text: string) => readMessages(text, take, (error) => transport.onerror?.(error))

  /** A server that leaves the stream open after the answer must not hold the connection. */
  function endSoon(exchange: Exchange): void {
    const timer = setTimeout(() => exchange.abort(new Error('The request was answered')), answeredGraceMs).unref()
    const stop = () => clearTimeout(timer)
    exchange.answer.then((answer) => (answer.kind === 'EVENTS' ? answer.ended : undefined)).then(stop, stop)
  }

  function resumable(
    own: Pick<ResumableStreamOptions, 'awaitedSince' | 'isWanted' | 'onExchange' | 'retry'>,
  ): ReturnType<typeof createResumableStream> {
    return createResumableStream({
      client,
      headers: () => headers,
      onText: takeText,
      signal: closing.signal,
      ...own,
    })
  }

  function post(message: JSONRPCMessage, listeners?: EventListeners): Exchange {
    const request = {
      method: 'POST',
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

  async function sendRequest(message: JSONRPCMessage, id: RequestId): Promise<void> {
    const since = performance.now()
    const stream = resumable({
      awaitedSince: () => (waiting.has(id) ? since : undefined),
      isWanted: () => waiting.has(id),
      onExchange(exchange) {
        request.exchange = exchange
      },
      retry: resumeRetry,
    })
    const request: Waiting = { since, exchange: post(message, stream.listeners), isStream: false }
    waiting.set(id, request)
    try {
      const answer = await request.exchange.answer
      const { 'mcp-session-id': given } = answer.headers
      if (typeof given === 'string' && given !== sessionId) {
        sessionId = given
        setHeaders()
      }
      if (answer.kind === 'EVENTS') {
        request.isStream = true
        void stream.follow(answer).then((cause) => failUnanswered(id, cause))
        return
      }
      if (mediaTypeOf(answer.headers) === 'application/json') takeText(answer.text)
      if (waiting.has(id)) throw new HttpStatusError({ status: answer.status, hadSession: false, lacksAnswer: true })
    } catch (error) {
      waiting.delete(id)
      throw error
    }
  }

  function failUnanswered(id: RequestId, cause: unknown): void {
    if (!waiting.delete(id)) return
    const error = { code: -32000, message: 'The event stream ended without the answer', data: new StreamCut(cause) }
    deliver({ jsonrpc: '2.0', id, error })
  }

  /** Keeps an exchange that no request waits on, so that the end of the session ends it. */
  function track(exchange: Exchange): Exchange {
    others.add(exchange)
    const forget = () => others.delete(exchange)
    exchange.answer.then(forget, forget)
    return exchange
  }

  async function sendNotification(message: JSONRPCMessage): Promise<void> {
    await track(post(message)).answer
    if ('method' in message && message.method === 'notifications/initialized') void listen()
  }

  /** Tells the server, waits a little for it to hear, and frees the request's connection either way. */
  async function sendCancellation(message: JSONRPCMessage, id: RequestId): Promise<void> {
    const exchange = track(post(message))
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
    const stream = resumable({
      awaitedSince: () => undefined,
      isWanted: () => !closing.signal.aborted,
      onExchange(exchange) {
        listening = exchange
      },
      retry: listenRetry,
    })
    listening = client.send({ method: 'GET', headers: { ...headers, accept: 'text/event-stream' } }, stream.listeners)
    try {
      const answer = await listening.answer
      if (answer.kind === 'EVENTS') await stream.follow(answer)
    } catch (error) {
      // 405 is the answer of a server without such a stream, and others say it by another status.
      if (!(error instanceof HttpStatusError) && !closing.signal.aborted) transport.onerror?.(asError(error))
    }
  }

  const transport: SessionTransport = {
    // Each request finds out for itself.
    end: undefined,
    get mcpSessionId() {
      return sessionId
    },
    start: () => Promise.resolve(),
    send(message) {
      const id = requestIdOf(message)
      if (id !== undefined) return sendRequest(message, id)
      const cancelled = cancelledId(message)
      return cancelled === undefined ? sendNotification(message) : sendCancellation(message, cancelled)
    },
    setProtocolVersion(version) {
      protocolVersion = version
      setHeaders()
    },
    async terminate() {
      if (sessionId === undefined) return
      await track(client.send({ method: 'DELETE', headers })).answer
    },
    async close() {
      const reason = new Error('The session was closed')
      closing.abort(reason)
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
