import type { JobError } from '../base/errors.ts'
import type { JobId, RefreshId, ServerId, TenantId, ToolId } from '../base/ids.ts'

export type JobStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'TIMED_OUT' | 'OUTCOME_UNKNOWN'
export type EndedJobStatus = Exclude<JobStatus, 'QUEUED' | 'RUNNING'>

export function hasEnded(status: JobStatus): status is EndedJobStatus {
  return status !== 'QUEUED' && status !== 'RUNNING'
}

export type McpServerStatus =
  | 'NEVER_CONNECTED'
  | 'CONNECTING'
  | 'READY'
  /** Connected, and the last request failed by the server's fault. */
  | 'DEGRADED'
  | 'NEEDS_AUTH'
  | 'NEEDS_INPUT'
  | 'ERROR'
  | 'DISABLED'

export type RefreshPhase = 'CONNECTING' | 'NEGOTIATING' | 'LISTING' | 'DIFFING' | 'PERSISTING'
export type ToolChange = 'ADDED' | 'UPDATED' | 'DELETED'
export type LogStream = 'STDERR' | 'PROTOCOL'
export type OutputStream = 'STDOUT' | 'STDERR' | 'LOG'

/** What happened in a refresh, in the order: started, phases, one for each changed tool, finished. */
export type RefreshEvent =
  | { readonly type: 'RefreshStarted' }
  | {
      readonly type: 'RefreshPhaseChanged'
      readonly phase: RefreshPhase
      /** LISTING: tools listed so far. DIFFING and PERSISTING: tools handled. */
      readonly done: number
      readonly total?: number
      readonly message?: string
    }
  | { readonly type: 'RefreshToolChanged'; readonly change: ToolChange; readonly toolId: ToolId; readonly name: string }
  | { readonly type: 'RefreshLog'; readonly stream: LogStream; readonly text: string; readonly leftOut?: number }
  | { readonly type: 'RefreshFinished'; readonly status: EndedJobStatus; readonly error?: JobError }

/**
 * What happened in a run; the first is started, the last finished. At most 20 a second of each kind: what comes faster is
 * told together, and `leftOut` says how many values or lines before this one are not in the log.
 */
export type RunEvent =
  | { readonly type: 'ToolRunStarted' }
  | {
      readonly type: 'ToolRunProgress'
      readonly progress: number
      readonly total?: number
      readonly message?: string
      readonly leftOut?: number
    }
  /** One line, or several. */
  | { readonly type: 'ToolRunOutput'; readonly stream: OutputStream; readonly text: string; readonly leftOut?: number }
  | { readonly type: 'ToolRunFinished'; readonly status: EndedJobStatus; readonly error?: JobError }

export type JobEvent = RefreshEvent | RunEvent

/** What happened to the registry's servers. */
export type ServerEvent =
  | { readonly type: 'McpServerCreated'; readonly serverId: ServerId }
  | { readonly type: 'McpServerUpdated'; readonly serverId: ServerId }
  | { readonly type: 'McpServerDeleted'; readonly serverId: ServerId }
  | {
      readonly type: 'McpServerStatusChanged'
      readonly serverId: ServerId
      readonly from: McpServerStatus
      readonly to: McpServerStatus
    }
  | { readonly type: 'McpServerToolsChanged'; readonly serverId: ServerId; readonly refreshId: RefreshId }
  /** What the server's `toolChangePolicy` wants to be looked at. */
  | {
      readonly type: 'McpToolChangesFlagged'
      readonly serverId: ServerId
      readonly refreshId: RefreshId
      /** The first hundred. */
      readonly toolIds: readonly ToolId[]
      readonly count: number
      /** Whether they wait for approval. */
      readonly quarantined: boolean
    }
  | { readonly type: 'McpToolApproved'; readonly serverId: ServerId; readonly toolId: ToolId }

/** An event as the log has it. `seq` counts from 1 within its log, without gaps for a job. */
export interface Logged<Event> {
  readonly seq: number
  readonly at: number
  readonly event: Event
}

/** The last event of a job's log: nothing comes after it. */
export function isTerminal(event: JobEvent): boolean {
  return event.type === 'RefreshFinished' || event.type === 'ToolRunFinished'
}

/** What one waits for news of: a job, or the feed of a tenant. */
export type Topic = JobId | `feed of ${TenantId}`

export function feedOf(tenantId: TenantId): Topic {
  return `feed of ${tenantId}`
}
