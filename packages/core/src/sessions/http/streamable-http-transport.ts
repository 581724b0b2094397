import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { RegistryError } from '../../base/errors.ts'
import type { ResolvedHttpConfig } from '../../model/resolve-config.ts'
import { createIncoming, type Incoming } from '../incoming/incoming.ts'
import type { JsonRpcMessage, RequestId } from '../json-rpc.ts'
import type { SessionLimits } from '../limits.ts'
import { cancelledId, requestIdOf } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import { abortLater } from './abort-later.ts'
import type { RequestAccess } from './authorized-exchange.ts'
import { type Exchange, mediaTypeOf } from './exchange.ts'
import { createHttpClient, customHeaders, type HttpClient, rpcErrorOf } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'
import { NotificationStream } from './notification-stream.ts'
import { createResumableStream, type ResumableStreamOptions } from './resumable-stream.ts'
import type { EventListeners } from './sinks.ts'
import { StreamCut } from './stream-cut.ts'

/** Time for a server to end the stream of a request that it has answered, in ms. */
const answeredGraceMs = 1_000
/** Time for a server to take a cancellation, in ms. */
const cancellationMs = 1_000
// A request whose stream was cut waits for its answer: retry soon, and not for long.
const resumeRetry = { attempts: 3, firstMs: 100, maxMs: 400, withoutId: false }

interface PendingRequest {
  readonly method: string
  exchange: Exchange
  /** Whether its answer comes by an event stream. */
  isStream: boolean
}

/**
 * Streamable HTTP (MCP 2025-11-25, transports). A cancelled request frees its connection. A stream that ends without its
 * answer is resumed, or fails its request at once. Messages have a cap, and streams that no request waits on have an idle
 * limit.
 */
export function createStreamableHttpTransport(
  config: ResolvedHttpConfig,
  dispatcher: Dispatcher,
  limits: SessionLimits,
  access?: RequestAccess,
): SessionTransport {
  const client = createHttpClient(dispatcher, new URL(config.serverUrl), limits, access)
  return new StreamableHttpTransport(config, client, limits)
}

class StreamableHttpTransport implements SessionTransport {
  onmessage?: SessionTransport['onmessage']
  onrequest?: SessionTransport['onrequest']
  onerror?: (error: Error) => void
  onclose?: () => void
  onlistening?: SessionTransport['onlistening']
  readonly #client: HttpClient
  readonly #incoming: Incoming
  readonly #custom: Readonly<Record<string, string>>
  readonly #clamp: ResumableStreamOptions['retry']['clamp']
  readonly #pending = new Map<RequestId, PendingRequest>()
  /** Exchanges that no request waits on, which end with the session. */
  readonly #unawaited = new Set<Exchange>()
  readonly #closing = new AbortController()
  readonly #notifications: NotificationStream
  #headers: Readonly<Record<string, string>>
  #sessionId: string | undefined
  #protocolVersion: string | undefined
  #end: TransportEnd | undefined

  constructor(config: ResolvedHttpConfig, client: HttpClient, limits: SessionLimits) {
    const { reconnectMinMs, reconnectMaxMs } = limits.meter.budgets
    this.#client = client
    this.#custom = customHeaders(config)
    this.#headers = this.#custom
    this.#clamp = { minMs: reconnectMinMs, maxMs: reconnectMaxMs }
    this.#incoming = createIncoming({
      limits,
      awaited: {
        methodOf: (id) => this.#pending.get(id)?.method,
        answered: (id) => this.#settle(id),
      },
      onMessage: (message) => this.onmessage?.(message),
      onAsk: (ask) => this.onrequest?.(ask),
      onFault: (error) => this.onerror?.(error),
      send: async (answer) => {
        await this.#track(this.#post(answer, false)).answer
      },
      onStuck: (error) => this.#fail(error),
    })
    this.#notifications = new NotificationStream({
      client,
      headers: () => this.#headers,
      onData: (data) => this.#incoming.read(data),
      signal: this.#closing.signal,
      clamp: this.#clamp,
      onState: () => this.onlistening?.(),
      onFault: (error) => this.onerror?.(error),
    })
  }

  /** Set only if the server broke the protocol: otherwise each request finds out for itself. */
  get end() {
    return this.#end
  }

  get listening() {
    return this.#notifications.state
  }

  get mcpSessionId() {
    return this.#sessionId
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  send(message: JsonRpcMessage): Promise<void> {
    const id = requestIdOf(message)
    if (id !== undefined && 'method' in message) return this.#sendRequest(message, id, message.method)
    const cancelled = cancelledId(message)
    return cancelled === undefined ? this.#sendNotification(message) : this.#sendCancellation(message, cancelled)
  }

  setProtocolVersion(version: string): void {
    this.#protocolVersion = version
    this.#setHeaders()
  }

  async terminate(): Promise<void> {
    if (this.#sessionId === undefined) return
    await this.#track(this.#client.send({ method: 'DELETE', wantsContent: false, headers: this.#headers })).answer
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    const reason = new Error('The session was closed')
    this.#closing.abort(reason)
    this.#incoming.close()
    this.#notifications.abort(reason)
    for (const exchange of this.#unawaited) exchange.abort(reason)
    for (const { exchange } of this.#pending.values()) exchange.abort(reason)
    this.#pending.clear()
    this.onclose?.()
  }

  #setHeaders(): void {
    this.#headers = {
      ...this.#custom,
      ...(this.#sessionId === undefined ? {} : { 'mcp-session-id': this.#sessionId }),
      ...(this.#protocolVersion === undefined ? {} : { 'mcp-protocol-version': this.#protocolVersion }),
    }
  }

  /** Called before the first message of the session is handed over: what is sent next has to name the session. */
  readonly #takeSessionId = ({ 'mcp-session-id': given }: IncomingHttpHeaders): void => {
    if (typeof given !== 'string' || given === this.#sessionId) return
    this.#sessionId = given
    this.#setHeaders()
  }

  /** A request has its answer: a server that leaves the stream open must not hold the connection. */
  #settle(id: RequestId): void {
    const request = this.#pending.get(id)
    this.#pending.delete(id)
    if (request?.isStream) abortLater(request.exchange, answeredGraceMs, 'The request was answered')
  }

  /** Ends the session: nothing more can be taken from the server. */
  #fail(cause: RegistryError): void {
    this.#end ??= { words: 'the server broke the protocol', cause }
    void this.close()
  }

  #post(message: JsonRpcMessage, wantsContent: boolean, listeners?: EventListeners): Exchange {
    const request = {
      method: 'POST',
      wantsContent,
      onHead: wantsContent ? this.#takeSessionId : undefined,
      headers: {
        ...this.#headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'accept-encoding': 'gzip, deflate, br',
      },
      body: JSON.stringify(message),
    } as const
    return this.#client.send(request, listeners)
  }

  async #sendRequest(message: JsonRpcMessage, id: RequestId, method: string): Promise<void> {
    const stream = createResumableStream({
      client: this.#client,
      headers: () => this.#headers,
      onData: (data) => this.#incoming.read(data, id),
      signal: this.#closing.signal,
      retry: { ...resumeRetry, clamp: this.#clamp },
      endsInSilence: false,
      isWanted: () => this.#pending.has(id),
      onExchange(exchange) {
        request.exchange = exchange
      },
    })
    const request: PendingRequest = { method, exchange: this.#post(message, true, stream.listeners), isStream: false }
    this.#pending.set(id, request)
    try {
      const answer = await request.exchange.answer
      if (answer.kind === 'EVENTS') {
        request.isStream = true
        void stream.follow(answer).then((cause) => this.#failUnanswered(id, cause))
        return
      }
      if (mediaTypeOf(answer.headers) === 'application/json') await this.#incoming.read(answer.body)
      else answer.body.release()
      if (this.#pending.has(id)) {
        const hadSession = method !== 'initialize' && this.#sessionId !== undefined
        const rpcError = rpcErrorOf(answer.body)
        throw new HttpStatusError({ status: answer.status, hadSession, lacksAnswer: true, rpcError })
      }
    } catch (error) {
      this.#pending.delete(id)
      throw error
    }
  }

  #failUnanswered(id: RequestId, cause: unknown): void {
    if (!this.#pending.delete(id)) return
    const error = { code: -32000, message: 'The event stream ended without the answer', data: new StreamCut(cause) }
    this.onmessage?.({ jsonrpc: '2.0', id, error })
  }

  #track(exchange: Exchange): Exchange {
    this.#unawaited.add(exchange)
    void exchange.over.then(() => this.#unawaited.delete(exchange))
    return exchange
  }

  async #sendNotification(message: JsonRpcMessage): Promise<void> {
    await this.#track(this.#post(message, false)).answer
    if ('method' in message && message.method === 'notifications/initialized') void this.#notifications.follow()
  }

  /** Sends the cancellation, gives the server a moment to take it, and frees the request's connection either way. */
  async #sendCancellation(message: JsonRpcMessage, id: RequestId): Promise<void> {
    const exchange = this.#track(this.#post(message, false))
    const late = () => exchange.abort(new Error('The server did not take the cancellation'))
    const timer = setTimeout(late, cancellationMs)
    // The caller no longer waits for the answer, whether the server takes it or not.
    await exchange.answer.catch(() => undefined)
    clearTimeout(timer)
    // Not earlier: a server may take the end of the connection for the end of the session.
    const request = this.#pending.get(id)
    this.#pending.delete(id)
    request?.exchange.abort(new Error('The request was cancelled'))
  }
}
