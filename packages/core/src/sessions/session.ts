import type { RegistryError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { OutputStream } from '../model/events.ts'

/** One page of `tools/list`, its definitions as they came. */
export interface ToolListPage {
  readonly tools: readonly unknown[]
  readonly nextCursor: string | undefined
  /** Length of the message in which it came. */
  readonly bytes: number
  /** How long the server says that the page stays as it is, in ms; undefined if it does not. */
  readonly ttlMs?: number | undefined
}

/** Output of a server beside its answers: a line on stderr, a log message, or a message that breaks the protocol. */
export interface SessionOutput {
  readonly stream: OutputStream | 'PROTOCOL'
  readonly text: string
}

export interface ToolProgress {
  readonly progress: number
  readonly total?: number | undefined
  readonly message?: string | undefined
}

/** The outcome of a call, so that the caller need not guess whether it took effect. */
export type CallOutcome =
  | { readonly kind: 'ANSWERED'; readonly result: JsonObject }
  /** The server refused: a JSON-RPC error, or an HTTP status that stands for one. */
  | { readonly kind: 'REFUSED'; readonly error: RegistryError }
  /** It cannot be put on the wire: an arg or a name that no header can carry. Nothing was sent, and the server is not at fault. */
  | { readonly kind: 'UNSENDABLE'; readonly error: RegistryError }
  /** The server asks for something before it does what was called. */
  | { readonly kind: 'INPUT_REQUIRED'; readonly error: RegistryError }
  /** It certainly never reached the server. */
  | { readonly kind: 'NOT_SENT'; readonly error: RegistryError }
  /** It was sent, it may have taken effect, and no answer can come any more. */
  | { readonly kind: 'LOST'; readonly error: RegistryError }
  | { readonly kind: 'TIMED_OUT'; readonly error: RegistryError }
  | { readonly kind: 'CANCELED'; readonly error: RegistryError }

export interface RequestOptions {
  /** Time for the server to answer, in ms. */
  readonly requestMs: number
  /** Aborting it cancels the request, and sends the server `notifications/cancelled`. */
  readonly signal: AbortSignal
}

export interface CallOptions extends RequestOptions {
  /** Attributes of the call's span; args and result only if spans have content at all. */
  readonly observed: { readonly runId: RunId; readonly args: boolean; readonly result: boolean }
  /** The tool's, which may have args sent as headers as well. */
  readonly inputSchema?: JsonObject | undefined
  /** Called for each progress notification, which restarts `requestMs`. */
  readonly onProgress: (progress: ToolProgress) => void
}

/** An initialised connection to an MCP server. The caller that dialled it closes it. */
export interface McpSession {
  readonly facts: SessionFacts
  /** Whether it can take another call. Once false, it stays false. */
  readonly isOpen: boolean
  /** The last lines that a stdio server wrote to stderr; empty for the other transports. */
  readonly stderrTail: readonly string[]
  /**
   * Lists one page. A busy server is asked again when it says so, at most 3 times in all.
   * @throws CANCELED, TIMEOUT, CONNECT_FAILED, AUTH_REQUIRED, BUSY, LIMIT_EXCEEDED, PROTOCOL_ERROR
   */
  listTools(cursor: string | undefined, options: RequestOptions): Promise<ToolListPage>
  /** Calls a tool. Never rejects: every way for a call to end is an outcome. */
  callTool(name: string, args: JsonObject, options: CallOptions): Promise<CallOutcome>
  /**
   * Why a listed definition cannot be called over this session, though it is sound otherwise; undefined if it can.
   * `definitionText`: the same as JSON.
   */
  definitionFault(definition: unknown, definitionText: string): string | undefined
  /** Asks for a sign of life (MCP 2025-11-25, ping). Rejects as `listTools`. */
  ping(options: RequestOptions): Promise<void>
  /** Returns the function that stops listening, as the listeners below do. */
  onOutput(listener: (output: SessionOutput) => void): () => void
  /** Calls `listener` when the server's list of tools has changed (`notifications/tools/list_changed`). */
  onToolsChanged(listener: () => void): () => void
  /** Calls `listener` once `isOpen` has become false, with the error if the other side ended it. */
  onClose(listener: (error: RegistryError | undefined) => void): () => void
  /** Ends the connection and, over stdio, every process of the child's group. Resolves once they have ended. */
  close(): Promise<void>
}
