import type { Dispatcher } from 'undici'
import type { RegistryError } from '../../base/errors.ts'
import type { ResolvedHttpConfig } from '../../model/resolve-config.ts'
import { textOf } from '../incoming/frame.ts'
import { createIncoming, type Incoming } from '../incoming/incoming.ts'
import type { JsonRpcMessage, RequestId } from '../json-rpc.ts'
import type { SessionLimits } from '../limits.ts'
import { cancelledId, requestIdOf } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import { abortLater } from './abort-later.ts'
import type { RequestAccess } from './authorized-exchange.ts'
import type { Exchange } from './exchange.ts'
import { createHttpClient, customHeaders, type HttpClient } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'
import type { EventListeners } from './sinks.ts'

/** Time for a server to give a POST its status once the request was answered or cancelled, in ms. */
const answeredGraceMs = 1_000
/** Longest path of an endpoint. */
const maxEndpointBytes = 8 * 1024

interface PendingRequest {
  readonly method: string
  post?: Exchange
}

/**
 * HTTP with SSE (MCP 2024-11-05, transports) as a transport: requests go by POST to the endpoint that the stream
 * names, and every answer comes by that stream. Its end ends the session: a stream that is opened anew would belong to
 * another session, which was never initialised.
 */
export function createSseTransport(
  config: ResolvedHttpConfig,
  dispatcher: Dispatcher,
  limits: SessionLimits,
  access?: RequestAccess,
): SessionTransport {
  const client = createHttpClient(dispatcher, new URL(config.serverUrl), limits, access)
  return new SseTransport(config, client, limits)
}

class SseTransport implements SessionTransport {
  onmessage?: SessionTransport['onmessage']
  onrequest?: SessionTransport['onrequest']
  onerror?: (error: Error) => void
  onclose?: () => void
  readonly #client: HttpClient
  readonly #incoming: Incoming
  readonly #custom: Readonly<Record<string, string>>
  readonly #endpoint = Promise.withResolvers<URL>()
  readonly #pending = new Map<RequestId, PendingRequest>()
  readonly #posts = new Set<Exchange>()
  #headers: Readonly<Record<string, string>>
  #stream: Exchange | undefined
  #end: TransportEnd | undefined
  #isClosed = false
  #isInitialized = false

  constructor(config: ResolvedHttpConfig, client: HttpClient, limits: SessionLimits) {
    this.#client = client
    this.#custom = customHeaders(config)
    this.#headers = this.#custom
    this.#endpoint.promise.catch(() => undefined)
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
        await (await this.#post(answer)).answer
      },
      onStuck: (error) => this.#fail(error),
    })
  }

  get end() {
    return this.#end
  }

  async start(): Promise<void> {
    const headers = { ...this.#headers, accept: 'text/event-stream' }
    this.#stream = this.#client.send({ method: 'GET', wantsContent: true, headers }, this.#listeners)
    const answer = await this.#stream.answer
    if (answer.kind !== 'EVENTS') {
      answer.body.release()
      throw new HttpStatusError({ status: answer.status, hadSession: false, lacksAnswer: true })
    }
    const onEnd = (cause?: unknown) => this.#onStreamEnd(cause)
    answer.ended.then(onEnd, onEnd)
    await this.#endpoint.promise
  }

  async send(message: JsonRpcMessage): Promise<void> {
    const id = requestIdOf(message)
    const request: PendingRequest = { method: 'method' in message ? message.method : '' }
    if (id !== undefined) this.#pending.set(id, request)
    const cancelled = cancelledId(message)
    try {
      request.post = await this.#post(message)
      if (cancelled !== undefined) this.#abortSoon(request.post)
      await request.post.answer
    } catch (error) {
      if (id !== undefined) this.#pending.delete(id)
      throw error
    } finally {
      if (cancelled !== undefined) this.#settle(cancelled)
    }
  }

  setProtocolVersion(version: string): void {
    this.#isInitialized = true
    this.#headers = { ...this.#custom, 'mcp-protocol-version': version }
  }

  /** This transport has no message for it. */
  terminate(): Promise<void> {
    return Promise.resolve()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#incoming.close()
    const reason = new Error('The session was closed')
    this.#stream?.abort(reason)
    for (const post of this.#posts) post.abort(reason)
    this.#pending.clear()
    this.onclose?.()
  }

  /** A request needs no more: a server that leaves its POST without a status must not hold the connection. */
  #settle(id: RequestId): void {
    const post = this.#pending.get(id)?.post
    this.#pending.delete(id)
    if (post) this.#abortSoon(post)
  }

  #abortSoon(post: Exchange): void {
    abortLater(post, answeredGraceMs, 'Nothing more is wanted of it')
  }

  /** Ends the session: nothing more can be taken from the server. */
  #fail(cause: RegistryError): void {
    this.#end ??= { words: 'the server broke the protocol', cause }
    void this.close()
  }

  #onStreamEnd(cause: unknown): void {
    this.#endpoint.reject(cause ?? new Error('The event stream ended before it named an endpoint'))
    // If this side ended the stream, the server is not to blame.
    if (this.#isClosed) return
    this.#end ??= { words: 'the event stream ended', cause }
    void this.close()
  }

  readonly #listeners: EventListeners = {
    onEvent: ({ type, parts, size }, release) => {
      const data = { parts, size, release }
      if (type === 'message') return this.#incoming.read(data)
      if (type === 'endpoint') this.#takeEndpoint(size > maxEndpointBytes ? '' : textOf(data))
      release()
      return undefined
    },
    onRetry: () => undefined,
    // The stream is the session, and is kept as long.
    endsInSilence: false,
  }

  #takeEndpoint(data: string): void {
    const { url } = this.#client
    const endpoint = data !== '' && URL.canParse(data, url.href) ? new URL(data, url) : undefined
    if (endpoint?.origin === url.origin) this.#endpoint.resolve(endpoint)
    else this.#endpoint.reject(new Error('The server named an endpoint that is not of its own origin'))
  }

  async #post(message: JsonRpcMessage): Promise<Exchange> {
    const url = await this.#endpoint.promise
    const post = this.#client.send({
      method: 'POST',
      wantsContent: false,
      url,
      headers: { ...this.#headers, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(message),
      isOfSession: this.#isInitialized,
    })
    this.#posts.add(post)
    void post.over.then(() => this.#posts.delete(post))
    return post
  }
}
