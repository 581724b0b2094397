import { isRegistryError, type RegistryError } from '../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import type { JsonRpcMessage, RequestId } from '../json-rpc.ts'
import { RpcError } from '../rpc-error.ts'
import type { TransportEnd } from '../transport.ts'
import type { Envelope } from './envelope.ts'

/** A result as it came. */
export interface Answer {
  readonly result: JsonObject
  /** Length of the message in which it came. */
  readonly bytes: number
}

export interface ChannelNotification {
  readonly method: string
  readonly params: JsonObject
}

/** One request, which is one POST or one line. */
export interface ChannelRequest extends Envelope {
  readonly method: string
  readonly id: number
  /** Aborting it cancels the request on the wire as well, and rejects with the signal's reason. */
  readonly signal: AbortSignal
  readonly onProgress?: ((params: JsonObject) => void) | undefined
  /** Whether a silent stream is ended, since it can be opened anew. @default false */
  readonly endsInSilence?: boolean
}

/** Carries requests that are whole in themselves (MCP 2026-07-28, transports). Its creator closes it. */
export interface ModernChannel {
  /** Undefined while the other side is there. */
  readonly end: TransportEnd | undefined
  /** An id for the next request, for its progress token as well. */
  nextId(): number
  /**
   * Sends a request, and resolves with its result. Rejects with the signal's reason, RpcError, HttpStatusError,
   * ExchangeError, AuthorizationError, {@link AnswerCut}, or a RegistryError for an answer that breaks the protocol or a budget.
   */
  request(request: ChannelRequest): Promise<Answer>
  /** Receives what belongs to no request: log messages, changes of lists, acknowledgements of subscriptions. */
  onNotification: ((notification: ChannelNotification) => void) | undefined
  /** Receives what breaks the protocol; the channel goes on. */
  onFault: ((error: Error) => void) | undefined
  /** Called once, when no answer can come any more. */
  onClose: (() => void) | undefined
}

/** The stream of a request, or the whole connection, ended before the answer. */
export class AnswerCut extends Error {
  override readonly name = 'AnswerCut'
  constructor(cause?: unknown) {
    super('The connection ended before the answer', { cause })
  }
}

interface Pending extends PromiseWithResolvers<Answer> {
  readonly method: string
  readonly onProgress: ChannelRequest['onProgress']
  /** Called when the answer has come. */
  readonly onAnswered: (() => void) | undefined
}

/** Requests without an answer. */
export class PendingRequests {
  readonly #pending = new Map<RequestId, Pending>()

  methodOf(id: number): string | undefined {
    return this.#pending.get(id)?.method
  }

  has(id: number): boolean {
    return this.#pending.has(id)
  }

  add({ id, method, onProgress }: ChannelRequest, onAnswered?: () => void): Promise<Answer> {
    const pending = { method, onProgress, onAnswered, ...Promise.withResolvers<Answer>() }
    this.#pending.set(id, pending)
    return pending.promise
  }

  /** Rejects a request, unless it was answered. */
  fail(id: number, error: unknown): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.reject(error)
  }

  failAll(error: unknown): void {
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  /** Gives an answer to its request; answers a notification that belongs to none. */
  take(message: JsonRpcMessage): ChannelNotification | undefined {
    if ('method' in message) return this.#takeNotification(message.method, message.params)
    const { id } = message
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || !pending) return undefined
    this.#pending.delete(id)
    pending.onAnswered?.()
    if ('error' in message) pending.reject(errorOf(message.error))
    else pending.resolve(answerOf(message.result))
    return undefined
  }

  #takeNotification(method: string, given: unknown): ChannelNotification | undefined {
    const params = isJsonObject(given) ? given : {}
    if (method !== 'notifications/progress') return { method, params }
    this.#pending.get(Number(params.progressToken))?.onProgress?.(params)
    return undefined
  }
}

/** What `answerMessage` has boxed. */
function answerOf({ boxed, bytes }: { readonly [key: string]: unknown }): Answer {
  return { result: isJsonObject(boxed) ? boxed : {}, bytes: typeof bytes === 'number' ? bytes : 0 }
}

/** The data of a broken answer is the error that says how. */
function errorOf({ code, message, data }: { code: number; message: string; data?: unknown }): RpcError | RegistryError {
  if (isRegistryError(data)) return data
  return new RpcError(code, message, isJsonObject(data) ? data : undefined)
}
