import type { RegistryError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { OutputStream } from '../model/events.ts'

/** One page of `tools/list`, its definitions as they came. */
export interface ToolListPage {
  readonly tools: readonly unknown[]
  readonly nextCursor: string | undefined
  /** Of the message in which it came. */
  readonly bytes: number
}

/** Something a server said beside its answers: a line on stderr, a log message, or a message that breaks the protocol. */
export interface SessionOutput {
  readonly stream: OutputStream | 'PROTOCOL'
  readonly text: string
}

export interface ToolProgress {
  readonly progress: number
  readonly total?: number | undefined
  readonly message?: string | undefined
}

/** How a call ended, so that nobody has to guess whether it took effect. */
export type CallOutcome =
  | { readonly kind: 'ANSWERED'; readonly result: JsonObject }
  /** The server said no: a JSON-RPC error, or an HTTP status that stands for one. */
  | { readonly kind: 'REFUSED'; readonly error: RegistryError }
  /** It certainly never reached the server. */
  | { readonly kind: 'NOT_SENT'; readonly error: RegistryError }
  /** It was sent, it may have taken effect, and no answer can come any more. */
  | { readonly kind: 'LOST'; readonly error: RegistryError }
  | { readonly kind: 'TIMED_OUT'; readonly error: RegistryError }
  | { readonly kind: 'CANCELED'; readonly error: RegistryError }

export interface RequestOptions {
  /** How long the server may take to answer. */
  readonly requestMs: number
  /** Aborting it cancels the request; the server is told with `notifications/cancelled`. */
  readonly signal: AbortSignal
}

export interface CallOptions extends RequestOptions {
  /** What a span of the call has, and what of its content it may have, where spans have content at all. */
  readonly observed: { readonly runId: RunId; readonly args: boolean; readonly result: boolean }
  /** Progress starts `requestMs` anew. */
  readonly onProgress: (progress: ToolProgress) => void
}

/** An initialised connection to an MCP server. Whoever dialled it closes it. */
export interface McpSession {
  readonly facts: SessionFacts
  /** Whether it can take another call. Once false, it stays false. */
  readonly isOpen: boolean
  /** The last lines that a stdio server wrote to stderr; empty for the other transports. */
  readonly stderrTail: readonly string[]
  /**
   * One page. A server that is busy is asked again when it says so, at most 3 times in all. Rejects with CANCELED,
   * TIMEOUT, CONNECT_FAILED, AUTH_REQUIRED, BUSY, LIMIT_EXCEEDED or PROTOCOL_ERROR.
   */
  listTools(cursor: string | undefined, options: RequestOptions): Promise<ToolListPage>
  /** Never rejects: every way for a call to end is an outcome. */
  callTool(name: string, args: JsonObject, options: CallOptions): Promise<CallOutcome>
  /** Asks for a sign of life (MCP 2025-11-25, ping). Rejects as `listTools`. */
  ping(options: RequestOptions): Promise<void>
  /** Answers the function that stops listening; so do the others. */
  onOutput(listener: (output: SessionOutput) => void): () => void
  /** Hears that the server's list of tools has changed (`notifications/tools/list_changed`). */
  onToolsChanged(listener: () => void): () => void
  /** Hears, once, that `isOpen` has become false, and why where the other side ended it. */
  onClose(listener: (error: RegistryError | undefined) => void): () => void
  /** Ends the connection and, over stdio, every process of the child's group. Resolves when they are gone. */
  close(): Promise<void>
}
