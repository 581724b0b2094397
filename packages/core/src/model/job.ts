import type { JobError } from '../base/errors.ts'
import type { NodeId, RefreshId, RunId, ServerId, ToolId } from '../base/ids.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import type { JobStatus } from './events.ts'
import type { McpIcon, McpToolChange, RecordPolicy } from './tool.ts'

interface JobRecord {
  readonly status: JobStatus
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly error: JobError | null
  /** The registry that works on it; null once it has ended. */
  readonly ownerId: NodeId | null
  /** Who asked for it; null where nobody said. */
  readonly actor: string | null
}

/** What was recorded of a run. */
export interface RunRecorded {
  readonly args: RecordPolicy
  readonly result: RecordPolicy
}

/** A registry that has a storage open, as the process in which it lives. */
export interface NodeRecord {
  readonly id: NodeId
  /** Machine, boot and start time as in `ChildRecord`; null where the system does not tell processes apart (Windows). */
  readonly process: {
    readonly host: string
    readonly boot: string
    readonly pid: number
    readonly startedAs: string
  } | null
  readonly openedAt: number
}

/** A tool that the server listed and the registry could not take. */
export interface RejectedTool {
  readonly name: string
  readonly reason: string
}

/** What a refresh changed, by tool id. */
export interface RefreshOutcome {
  readonly added: readonly ToolId[]
  readonly updated: readonly { readonly toolId: ToolId; readonly changes: readonly McpToolChange[] }[]
  readonly deleted: readonly ToolId[]
  readonly unchangedCount: number
  readonly rejected: readonly RejectedTool[]
}

export const nothingChanged: RefreshOutcome = { added: [], updated: [], deleted: [], unchangedCount: 0, rejected: [] }

export interface RefreshRecord extends JobRecord {
  readonly id: RefreshId
  readonly serverId: ServerId
  readonly outcome: RefreshOutcome
}

/** What a server says of a content block beside what it is; both as they came. */
export interface BlockRemarks {
  /** MCP 2025-11-25, `Annotations`: `audience`, `priority`, `lastModified`. */
  readonly annotations?: JsonObject
  /** `_meta` of the block; of an embedded resource also that of the resource, unless the block has the same member. */
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

/** A content block of a tool's answer (MCP 2025-11-25, `ContentBlock`); a kind that we do not know is kept as it came. */
export type ContentBlock =
  | TextBlock
  | MediaBlock<'image'>
  | MediaBlock<'audio'>
  | ResourceLinkBlock
  | ResourceBlock
  | { readonly type: 'unknown'; readonly raw: JsonObject }

export interface ToolExecutionResult {
  /** ERROR where the tool answered with `isError`. */
  readonly status: 'SUCCESS' | 'ERROR'
  /**
   * Structured content if there is some, else the texts joined by a newline: parsed if they are a JSON object or array of
   * numbers that JavaScript keeps as they are, else as text.
   */
  readonly funcReturn: JsonValue
  readonly stdout: readonly string[]
  /** What a stdio server wrote to stderr while the run lasted. */
  readonly stderr: readonly string[]
  readonly structuredContent: JsonValue
  readonly content: readonly ContentBlock[]
  /** `_meta` of the answer. */
  readonly meta: JsonObject | null
  /** Whether something was cut at the tool's `returnCharLimit`. */
  readonly truncated: boolean
  /** SHA-256, hex, of the server's configuration without its secrets. */
  readonly configFingerprint: string
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
  /** Of the args as they came, where there is a key: what a later call with it is compared with. */
  readonly argsDigest: string | null
  readonly recorded: RunRecorded
  readonly result: ToolExecutionResult | null
  /** Of the trace that the run is part of, 32 hexadecimal digits; null where there was none. */
  readonly traceId: string | null
}
