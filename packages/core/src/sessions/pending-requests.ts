import { isRegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { StreamCut } from './http/stream-cut.ts'
import type { JsonRpcMessage, RequestId } from './json-rpc.ts'
import { RepeatedPage } from './known-pages.ts'
import { RpcError } from './rpc-error.ts'

/** A result as it came. */
export interface Answer {
  readonly result: JsonObject
  /** Length of the message in which it came. */
  readonly bytes: number
  /** The text of a page of a list, if it came before. Of a known page, the result has no entries. */
  readonly repeated?: RepeatedPage | undefined
}

export interface ServerNotification {
  readonly method: string
  readonly params: JsonObject
}

/** A request as its answer, and its progress, find it. */
export interface PendingRequest {
  readonly method: string
  readonly id: number
  readonly onProgress?: ((params: JsonObject) => void) | undefined
}

interface Pending extends PromiseWithResolvers<Answer> {
  readonly method: string
  readonly onProgress: PendingRequest['onProgress']
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

  add({ id, method, onProgress }: PendingRequest, onAnswered?: () => void): Promise<Answer> {
    const pending = { method, onProgress, onAnswered, ...Promise.withResolvers<Answer>() }
    this.#pending.set(id, pending)
    return pending.promise
  }

  /** Whether a message is an answer to one of the requests, or its progress. */
  isFor(message: JsonRpcMessage): boolean {
    if (!('method' in message)) return message.id !== undefined && this.#pending.has(message.id)
    return message.method === 'notifications/progress' && this.#pending.has(Number(message.params?.progressToken))
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
  take(message: JsonRpcMessage): ServerNotification | undefined {
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

  #takeNotification(method: string, given: unknown): ServerNotification | undefined {
    const params = isJsonObject(given) ? given : {}
    if (method !== 'notifications/progress') return { method, params }
    this.#pending.get(Number(params.progressToken))?.onProgress?.(params)
    return undefined
  }
}

/** What `answerMessage` has boxed. */
function answerOf({ boxed, bytes, repeated }: { readonly [key: string]: unknown }): Answer {
  return {
    result: isJsonObject(boxed) ? boxed : {},
    bytes: typeof bytes === 'number' ? bytes : 0,
    repeated: repeated instanceof RepeatedPage ? repeated : undefined,
  }
}

/** The data of a fault that a transport, or `answerMessage`, puts in place of the answer is its error. */
function errorOf({ code, message, data }: { code: number; message: string; data?: unknown }): Error {
  if (isRegistryError(data) || data instanceof StreamCut) return data
  return new RpcError(code, message, isJsonObject(data) ? data : undefined)
}
