import type { JsonObject } from '../base/json.ts'
import type { JsonRpcMessage, RequestId } from './json-rpc.ts'

/** Why the other side of a transport ended. */
export interface TransportEnd {
  /** As the end of a sentence: "the server exited with code 1". */
  readonly words: string
  readonly cause?: unknown
}

/** A request of a server, which its session answers. */
export interface ServerAsk {
  readonly method: string
  readonly params: JsonObject
  /** The request of ours on whose stream it came, if the transport can tell. */
  readonly relatedTo: RequestId | undefined
  /** Aborts once the server has withdrawn it, or the session has ended: no answer is sent then. */
  readonly signal: AbortSignal
}

/** Answers a request with a result, or rejects with an RpcError. Undefined for a method that it does not know. */
export type AnswerAsk = (ask: ServerAsk) => Promise<JsonObject> | undefined

/** Carries the messages of one session. The caller that created it closes it. */
export interface SessionTransport {
  onmessage?: ((message: JsonRpcMessage) => void) | undefined
  /** Answers the server's requests beside pings; without it, none are known. */
  onrequest?: AnswerAsk | undefined
  /** Receives what breaks the protocol; the transport goes on. */
  onerror?: ((error: Error) => void) | undefined
  onclose?: (() => void) | undefined
  /** Connects. Call it once the callbacks are set, or messages may be lost. */
  start(): Promise<void>
  send(message: JsonRpcMessage): Promise<void>
  close(): Promise<void>
  /** Sets the revision that was negotiated, for the transports that repeat it. */
  setProtocolVersion?: ((version: string) => void) | undefined
  /**
   * Whether messages come that no request asked for: not yet, now, or never again. Undefined if they come for as long as the
   * other side is up.
   */
  readonly listening?: 'OPENING' | 'OPEN' | 'OVER' | undefined
  /** Called when `listening` has changed, and when it is OPEN again after an interruption, which may have lost messages. */
  onlistening?: (() => void) | undefined
  /** Undefined while the other side is up. */
  readonly end: TransportEnd | undefined
  /** The server's id of the session, if the transport has such ids (MCP 2025-11-25, session management). */
  readonly mcpSessionId?: string | undefined
  /** Tells the server that the session has ended, if the transport has such a message. Rejects if that fails. */
  terminate(): Promise<void>
}
