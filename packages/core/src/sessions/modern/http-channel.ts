import type { Dispatcher } from 'undici'
import type { RegistryError } from '../../base/errors.ts'
import type { ResolvedHttpConfig } from '../../model/resolve-config.ts'
import { abortLater } from '../http/abort-later.ts'
import type { RequestAccess } from '../http/authorized-exchange.ts'
import { type Exchange, type HttpAnswer, mediaTypeOf } from '../http/exchange.ts'
import { createHttpClient, type HttpClient, rpcErrorOf } from '../http/http-client.ts'
import { HttpStatusError } from '../http/http-errors.ts'
import type { EventListeners } from '../http/sinks.ts'
import { createIncoming, type Incoming } from '../incoming/incoming.ts'
import type { SessionLimits } from '../limits.ts'
import { type Answer, PendingRequests } from '../pending-requests.ts'
import { RpcError } from '../rpc-error.ts'
import type { TransportEnd } from '../transport.ts'
import { AnswerCut, type ChannelRequest, type ModernChannel } from './channel.ts'

/** Time that a server may keep the stream of an answered request open, in ms. */
const answeredGraceMs = 1_000
/** Their meaning comes before that of a JSON-RPC error in the body. */
const statusFirst = [401, 403, 408, 429, 503]

/** Streamable HTTP of the modern revisions: one POST a request, no session, no GET. */
export class HttpChannel implements ModernChannel {
  onNotification: ModernChannel['onNotification']
  onFault: ModernChannel['onFault']
  onClose: ModernChannel['onClose']
  readonly #client: HttpClient
  readonly #headers: Readonly<Record<string, string>>
  readonly #incoming: Incoming
  readonly #pending = new PendingRequests()
  readonly #exchanges = new Set<Exchange>()
  #end: TransportEnd | undefined
  #lastId = 0
  #isClosed = false

  constructor(config: ResolvedHttpConfig, dispatcher: Dispatcher, limits: SessionLimits, access?: RequestAccess) {
    this.#client = createHttpClient(dispatcher, new URL(config.serverUrl), limits, access)
    this.#headers = {
      ...Object.fromEntries(config.headers.map(({ name, value }) => [name.toLowerCase(), value])),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'gzip, deflate, br',
    }
    this.#incoming = createIncoming({
      limits,
      awaited: { methodOf: (id) => this.#pending.methodOf(id), answered: () => undefined },
      onMessage: (message) => {
        const notification = this.#pending.take(message)
        if (notification) this.onNotification?.(notification)
      },
      onFault: (error) => this.onFault?.(error),
      send: () => Promise.reject(new Error('Received a request; a server of this revision sends none')),
      onStuck: (error) => this.#fail(error),
    })
  }

  get end(): TransportEnd | undefined {
    return this.#end
  }

  nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  async request(request: ChannelRequest): Promise<Answer> {
    const { id, method, params, headers, signal } = request
    signal.throwIfAborted()
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params })
    const exchange = this.#client.send(
      { method: 'POST', wantsContent: true, isOfSession: false, headers: { ...this.#headers, ...headers }, body },
      this.#listeners(request),
    )
    this.#exchanges.add(exchange)
    void exchange.over.then(() => this.#exchanges.delete(exchange))
    const answer = this.#pending.add(request, () => abortLater(exchange, answeredGraceMs, 'The request was answered'))
    const onAbort = () => {
      this.#pending.fail(id, signal.reason)
      exchange.abort(toError(signal.reason))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      void this.#follow(request, exchange)
      return await answer
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  close(): void {
    this.#incoming.close()
    const reason = new Error('The session was closed')
    for (const exchange of this.#exchanges) exchange.abort(reason)
    this.#tellClosed()
  }

  /** Brings what comes of an exchange to its request. */
  async #follow({ id }: ChannelRequest, exchange: Exchange): Promise<void> {
    try {
      const answer = await exchange.answer
      if (answer.kind === 'BODY') await this.#readBody(id, answer)
      else {
        let cause: unknown
        await answer.ended.catch((error: unknown) => {
          cause = error
        })
        this.#pending.fail(id, new AnswerCut(cause))
      }
    } catch (error) {
      this.#pending.fail(id, rpcErrorIn(error))
    }
  }

  async #readBody(id: number, { status, headers, body }: HttpAnswer & { readonly kind: 'BODY' }): Promise<void> {
    if (mediaTypeOf(headers) === 'application/json') await this.#incoming.read(body)
    else body.release()
    if (!this.#pending.has(id)) return
    const rpcError = rpcErrorOf(body)
    this.#pending.fail(id, new HttpStatusError({ status, hadSession: false, lacksAnswer: true, rpcError }))
  }

  #listeners({ endsInSilence = false }: ChannelRequest): EventListeners {
    return {
      endsInSilence,
      // Streams cannot be resumed: what a server asks of reconnections is void.
      onRetry: () => undefined,
      onEvent: ({ type, parts, size }, release) => {
        if (type === 'message' && size > 0) return this.#incoming.read({ parts, size, release })
        release()
        return undefined
      },
    }
  }

  /** Ends the channel, since nothing more can be taken from the server. */
  #fail(cause: RegistryError): void {
    this.#end ??= { words: 'the server broke the protocol', cause }
    this.close()
  }

  #tellClosed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#pending.failAll(new AnswerCut(this.#end?.cause))
    this.onClose?.()
  }
}

/** The JSON-RPC error in the body of a status, if it says more than the status. */
function rpcErrorIn(error: unknown): unknown {
  if (!(error instanceof HttpStatusError)) return error
  const { status, rpcError } = error.details
  if (!rpcError?.hasId || rpcError.code === undefined || statusFirst.includes(status)) return error
  return new RpcError(rpcError.code, rpcError.message, rpcError.data, status)
}

const toError = (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason)))
