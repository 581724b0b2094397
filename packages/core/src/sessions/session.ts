import type { Deadline } from '../base/deadline.ts'
import type { RegistryError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { OutputStream } from '../model/events.ts'
import type { FeatureKind } from '../model/feature.ts'
import type { InputAnswer, InputRequest } from '../model/input-request.ts'
import type { ListPage } from './list-page.ts'

/** A server's answer to a request that changes nothing. */
export interface SessionAnswer {
  readonly result: JsonObject
  /** How long the server says that the answer stays as it is, in ms; undefined if it does not. */
  readonly ttlMs?: number | undefined
}

/** What a completion is for. */
export type CompletionRef =
  | { readonly type: 'ref/prompt'; readonly name: string }
  | { readonly type: 'ref/resource'; readonly uri: string }

export interface CompletionRequest {
  readonly ref: CompletionRef
  readonly argument: { readonly name: string; readonly value: string }
  /** Values of other arguments, by name. */
  readonly context: Readonly<Record<string, string>>
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
  | { readonly kind: 'INPUT_REQUIRED'; readonly asked: InputAsked }
  /** It asks for what no caller may be asked for: nothing can be answered, and so the call does not go on. */
  | { readonly kind: 'UNANSWERABLE'; readonly error: RegistryError }
  /** It certainly never reached the server. */
  | { readonly kind: 'NOT_SENT'; readonly error: RegistryError }
  /** It was sent, it may have taken effect, and no answer can come any more. */
  | { readonly kind: 'LOST'; readonly error: RegistryError }
  | { readonly kind: 'TIMED_OUT'; readonly error: RegistryError }
  | { readonly kind: 'CANCELED'; readonly error: RegistryError }

/** What a server asked for as its answer to a call. */
export interface InputAsked {
  /** May be empty: then the server only wants to be asked again. */
  readonly requests: readonly InputRequest[]
  /** What the server wants to see again, byte for byte; undefined if it gave nothing. */
  readonly requestState: string | undefined
  /** RETRY: the call is sent again with the answers. REPEAT: as it was, once the person has been there. */
  readonly resume: 'RETRY' | 'REPEAT'
}

/** What a call tells a server that has asked (MCP 2026-07-28, multi round-trip requests). */
export interface InputAnswered {
  /** `InputResponses`, by the keys of the requests. */
  readonly inputResponses?: JsonObject
  readonly requestState?: string
}

/** The part of a call that is about requests for input. */
export interface CallInput {
  /** The actor that started the call: a request that names no call is never shown to another one. */
  readonly actor: string | null
  readonly answered: InputAnswered | undefined
  /**
   * Asks while the server waits (MCP 2025-11-25). The signal aborts once the server has withdrawn the request, or says
   * that it is done (`requestDone`). Rejects with a RegistryError if it cannot be asked.
   */
  ask(request: InputRequest, signal: AbortSignal): Promise<InputAnswer>
}

/** The reason of the signal of a request of which the server says that it is done. */
export const requestDone = 'The server says that it is done'

export interface RequestOptions {
  /** Time for the server to answer, in ms. */
  readonly requestMs: number
  /** Aborting it cancels the request, and sends the server `notifications/cancelled`. */
  readonly signal: AbortSignal
}

export interface FollowOptions extends RequestOptions {
  /** Waits for a turn at the server; resolves with what gives it back. Taken if following costs a request of its own. */
  readonly takeTurn: () => Promise<() => void>
}

/** What a session hears of the resources that it follows. */
export type ResourceNotice =
  /** It was updated, or may have been while nothing could be heard. `uri` is the server's, perhaps of a part of one that is followed. */
  | { readonly kind: 'UPDATED'; readonly uri: string }
  /** The server notifies of it no more. */
  | { readonly kind: 'ENDED'; readonly uri: string; readonly error: RegistryError }

export interface CallOptions extends Pick<RequestOptions, 'requestMs'> {
  /** Its end cancels the call, and sends the server `notifications/cancelled`. */
  readonly within: Deadline | AbortSignal
  /** Attributes of the call's span; args and result only if spans have content at all. */
  readonly observed: { readonly runId: RunId; readonly args: boolean; readonly result: boolean }
  /** The tool's, which may have args sent as headers as well. */
  readonly inputSchema?: JsonObject | undefined
  readonly input: CallInput
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
  listTools(cursor: string | undefined, options: RequestOptions): Promise<ListPage>
  /** Lists one page of resources, templates or prompts. Rejects as `listTools`. */
  listFeatures(kind: FeatureKind, cursor: string | undefined, options: RequestOptions): Promise<ListPage>
  /**
   * Reads a resource (MCP 2025-11-25, resources/read). Rejects as `listTools`, and:
   * @throws NOT_FOUND if the server has no such resource (-32002, or -32602 of MCP 2026-07-28)
   * @throws INVALID_INPUT, LIMIT_EXCEEDED for a URI that no header can carry
   */
  readResource(uri: string, options: RequestOptions): Promise<SessionAnswer>
  /**
   * Gets a prompt (MCP 2025-11-25, prompts/get). Rejects as `listTools`, and:
   * @throws INVALID_INPUT if the server refuses the name or the arguments (-32602)
   */
  getPrompt(name: string, args: Readonly<Record<string, string>>, options: RequestOptions): Promise<SessionAnswer>
  /**
   * Asks for completions of an argument (MCP 2025-11-25, completion). Rejects as `listTools`, and:
   * @throws INVALID_INPUT if the server refuses what is to be completed (-32602)
   */
  complete(request: CompletionRequest, options: RequestOptions): Promise<SessionAnswer>
  /**
   * Resolves once the server notifies of updates of the resource (MCP 2025-11-25, resources/subscribe; MCP 2026-07-28,
   * subscriptions/listen). Rejects as `readResource`.
   */
  followResource(uri: string, options: FollowOptions): Promise<void>
  /** Ends `followResource`. Rejects as `listTools`. */
  unfollowResource(uri: string, options: FollowOptions): Promise<void>
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
  /** Calls `listener` when one of the server's lists has changed (`notifications/tools/list_changed`, and its like). */
  onListChanged(listener: () => void): () => void
  /** Calls `listener` for each notice of a followed resource. */
  onResourceNotice(listener: (notice: ResourceNotice) => void): () => void
  /** Calls `listener` when the server says that a person has been where it wanted before it takes a call again. */
  onVisited(listener: (elicitationId: string) => void): () => void
  /** Calls `listener` once `isOpen` has become false, with the error if the other side ended it. */
  onClose(listener: (error: RegistryError | undefined) => void): () => void
  /** Ends the connection and, over stdio, every process of the child's group. Resolves once they have ended. */
  close(): Promise<void>
}
