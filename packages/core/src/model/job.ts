import type { JobError } from '../base/errors.ts'
import type { NodeId, RefreshId, RunId, ServerId, ToolId } from '../base/ids.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import type { RunApproval } from './approval-policy.ts'
import type { JobStatus } from './events.ts'
import type { McpIcon, McpToolChange, RecordPolicy } from './tool.ts'

interface JobRecord {
  readonly status: JobStatus
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly error: JobError | null
  /** The node that works on it; null once it has ended. */
  readonly ownerId: NodeId | null
  /** The actor that requested it; null if the caller named none. */
  readonly actor: string | null
}

/** The policies by which a run was recorded. */
export interface RunRecorded {
  readonly args: RecordPolicy
  readonly result: RecordPolicy
}

/** A registry that has a storage open, with its process. */
export interface NodeRecord {
  readonly id: NodeId
  /** Machine, boot and start time as in `ChildRecord`; null if the system cannot identify processes (Windows). */
  readonly process: {
    readonly host: string
    readonly boot: string
    readonly pid: number
    readonly startedAs: string
  } | null
  readonly openedAt: number
}

/** A definition that the server listed and the registry rejected, by the name of a tool or prompt, or by URI. */
export interface RejectedTool {
  readonly name: string
  readonly reason: string
}

/** The changes of the list of resources, of templates, or of prompts. */
export interface ListDifference {
  /** URIs, URI templates or names of prompts; as many as `outcomeBytes` has room for. */
  readonly added: readonly string[]
  readonly updated: readonly string[]
  readonly deleted: readonly string[]
  /** The numbers of all of them. */
  readonly addedCount: number
  readonly updatedCount: number
  readonly deletedCount: number
  readonly unchangedCount: number
  readonly rejected: readonly RejectedTool[]
  /** Why the list could not be read or stored: what was stored of it stays as it was. Null if it was. */
  readonly error: JobError | null
}

export const nothingListed: ListDifference = {
  added: [],
  updated: [],
  deleted: [],
  addedCount: 0,
  updatedCount: 0,
  deletedCount: 0,
  unchangedCount: 0,
  rejected: [],
  error: null,
}

/** The changes of the lists beside that of tools. */
export interface ListDifferences {
  readonly resources: ListDifference
  readonly resourceTemplates: ListDifference
  readonly prompts: ListDifference
}

/** The changes of a refresh: of tools by their ids, and of each other list that the server has or had. */
export interface RefreshOutcome extends Partial<ListDifferences> {
  readonly added: readonly ToolId[]
  readonly updated: readonly { readonly toolId: ToolId; readonly changes: readonly McpToolChange[] }[]
  readonly deleted: readonly ToolId[]
  readonly unchangedCount: number
  readonly rejected: readonly RejectedTool[]
}

export const nothingChanged: RefreshOutcome = { added: [], updated: [], deleted: [], unchangedCount: 0, rejected: [] }

export function differencesOf(outcome: Partial<ListDifferences>): ListDifferences {
  const { resources = nothingListed, resourceTemplates = nothingListed, prompts = nothingListed } = outcome
  return { resources, resourceTemplates, prompts }
}

export interface RefreshRecord extends JobRecord {
  readonly id: RefreshId
  readonly serverId: ServerId
  readonly outcome: RefreshOutcome
}

/** Remarks of a server on a content block, as received. */
export interface BlockRemarks {
  /** MCP 2025-11-25, `Annotations`: `audience`, `priority`, `lastModified`. */
  readonly annotations?: JsonObject
  /** `_meta` of the block. An embedded resource adds its own members, unless the block has them. */
  readonly meta?: JsonObject
}

interface TextBlock extends BlockRemarks {
  readonly type: 'text'
  readonly text: string
}

interface MediaBlock<Type extends 'image' | 'audio'> extends BlockRemarks {
  readonly type: Type
  readonly mimeType: string
  /** base64 */
  readonly data: string
}

interface ResourceLinkBlock extends BlockRemarks {
  readonly type: 'resource_link'
  readonly uri: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly mimeType?: string
  /** Bytes of the resource, before base64. */
  readonly size?: number
  readonly icons?: readonly McpIcon[]
}

interface ResourceBlock extends BlockRemarks {
  readonly type: 'resource'
  readonly uri: string
  readonly mimeType?: string
  readonly text?: string
  /** base64 */
  readonly blob?: string
}

/** A content block of a tool result (MCP 2025-11-25, `ContentBlock`). Unknown kinds are kept as received. */
export type ContentBlock =
  | TextBlock
  | MediaBlock<'image'>
  | MediaBlock<'audio'>
  | ResourceLinkBlock
  | ResourceBlock
  | { readonly type: 'unknown'; readonly raw: JsonObject }

export interface ToolExecutionResult {
  /** ERROR if the tool answered with `isError`. */
  readonly status: 'SUCCESS' | 'ERROR'
  /**
   * The structured content, else the texts joined by newlines. They are parsed if they are a JSON object or array whose
   * numbers JavaScript keeps exactly; else they stay text.
   */
  readonly funcReturn: JsonValue
  readonly stdout: readonly string[]
  /** Lines that a stdio server wrote to stderr during the run. */
  readonly stderr: readonly string[]
  readonly structuredContent: JsonValue
  readonly content: readonly ContentBlock[]
  /** `_meta` of the result. */
  readonly meta: JsonObject | null
  /** Whether it was cut at the `returnCharLimit` of the tool. */
  readonly truncated: boolean
  /** SHA-256, hex, of the server's configuration without its secrets. */
  readonly configFingerprint: string
}

/** What a run has asked of its callers, on behalf of its server. */
export interface RunInput {
  /** How many times the server has asked. */
  readonly round: number
  /** When the last of these was answered, in epoch ms; null before. */
  readonly answeredAt: number | null
}

export interface RunRecord extends JobRecord {
  readonly id: RunId
  readonly serverId: ServerId
  readonly serverName: string
  readonly toolId: ToolId
  readonly toolName: string
  readonly args: JsonObject
  readonly metadata: JsonObject
  readonly idempotencyKey: string | null
  /** Digest of the args as received, which a later call with the same key must match; null without a key. */
  readonly argsDigest: string | null
  readonly recorded: RunRecorded
  readonly result: ToolExecutionResult | null
  /** Absent if the run needed none, as most do: their writes have no part for it. */
  readonly approval?: RunApproval | undefined
  /** Absent if its server has asked for no input, likewise. */
  readonly input?: RunInput | undefined
  /** Id of the trace that the run is part of, 32 hexadecimal digits; null without a trace. */
  readonly traceId: string | null
  /** The run that this one repeats, which may have been deleted since; null if it repeats none. */
  readonly retriedFrom: RunId | null
}
