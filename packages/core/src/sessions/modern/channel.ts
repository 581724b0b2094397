import type { JsonObject } from '../../base/json.ts'
import type { Answer, ServerNotification } from '../pending-requests.ts'
import type { TransportEnd } from '../transport.ts'
import type { Envelope } from './envelope.ts'

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
  onNotification: ((notification: ServerNotification) => void) | undefined
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
