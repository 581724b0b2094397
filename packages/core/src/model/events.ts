import type { JobError } from '../base/errors.ts'
import type { JobId, RefreshId, RunId, ServerId, TenantId, ToolId } from '../base/ids.ts'
import type { InputRequest } from './input-request.ts'

export type JobStatus =
  | 'QUEUED'
  | 'RUNNING'
  /** Only a run: nothing was sent, and nothing is until a caller decides (`runs.decide`). */
  | 'AWAITING_APPROVAL'
  /** Only a run: its server asks for something, and waits until a caller answers (`runs.answer`). */
  | 'INPUT_REQUIRED'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELED'
  | 'TIMED_OUT'
  | 'OUTCOME_UNKNOWN'
export type EndedJobStatus = Exclude<JobStatus, 'QUEUED' | 'RUNNING' | PausedJobStatus>
/** The states in which a job goes on only once a caller acts. */
export type PausedJobStatus = 'AWAITING_APPROVAL' | 'INPUT_REQUIRED'

export function isPaused(status: JobStatus): status is PausedJobStatus {
  return status === 'AWAITING_APPROVAL' || status === 'INPUT_REQUIRED'
}

export function hasEnded(status: JobStatus): status is EndedJobStatus {
  return status !== 'QUEUED' && status !== 'RUNNING' && !isPaused(status)
}

export type McpServerStatus =
  | 'NEVER_CONNECTED'
  | 'CONNECTING'
  | 'READY'
  /** Connected, and the last request failed through the server. */
  | 'DEGRADED'
  | 'NEEDS_AUTH'
  | 'NEEDS_INPUT'
  | 'ERROR'
  | 'DISABLED'

export type RefreshPhase = 'CONNECTING' | 'NEGOTIATING' | 'AUTHORIZING' | 'LISTING' | 'DIFFING' | 'PERSISTING'
export type ToolChange = 'ADDED' | 'UPDATED' | 'DELETED'
export type LogStream = 'STDERR' | 'PROTOCOL'
export type OutputStream = 'STDOUT' | 'STDERR' | 'LOG'

/** An event of a refresh. The order is: started, phases, one for each changed tool, finished. */
export type RefreshEvent =
  | { readonly type: 'RefreshStarted' }
  | {
      readonly type: 'RefreshPhaseChanged'
      readonly phase: RefreshPhase
      /** LISTING: tools listed so far; entries of another list, whose method is `message`. DIFFING and PERSISTING: tools handled. */
      readonly done: number
      readonly total?: number
      readonly message?: string
    }
  | { readonly type: 'RefreshToolChanged'; readonly change: ToolChange; readonly toolId: ToolId; readonly name: string }
  | { readonly type: 'RefreshLog'; readonly stream: LogStream; readonly text: string; readonly leftOut?: number }
  | { readonly type: 'RefreshFinished'; readonly status: EndedJobStatus; readonly error?: JobError }

/**
 * An event of a run. Started comes once its call is about to be sent, before progress and output; finished is the last. A
 * run that needs an approval begins with the request for it. At most 20 a second of each kind: faster ones are merged, and
 * `leftOut` counts the values or lines before this one that are not in the log.
 */
export type RunEvent =
  /** The run waits for `runs.decide`. Comes again if the definition of the tool changes meanwhile. */
  | { readonly type: 'ToolRunApprovalRequested' }
  /** The server asks, and the run waits for `runs.answer`. Comes again for what it asks later. */
  | {
      readonly type: 'ToolRunInputRequested'
      /** How many times the server has asked, this time included. */
      readonly round: number
      readonly requests: readonly InputRequest[]
      /** When the run ends TIMED_OUT without an answer, in epoch ms. */
      readonly expiresAt: number
    }
  | { readonly type: 'ToolRunStarted' }
  | {
      readonly type: 'ToolRunProgress'
      readonly progress: number
      readonly total?: number
      readonly message?: string
      readonly leftOut?: number
    }
  /** One or more lines. */
  | { readonly type: 'ToolRunOutput'; readonly stream: OutputStream; readonly text: string; readonly leftOut?: number }
  | { readonly type: 'ToolRunFinished'; readonly status: EndedJobStatus; readonly error?: JobError }

export type JobEvent = RefreshEvent | RunEvent

/** An event of the feed of servers. */
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
  /** Only the owner can make the server usable, or usable with more scopes: see `servers.beginAuth`. */
  | {
      readonly type: 'McpServerAuthRequired'
      readonly serverId: ServerId
      /** That the server asks for, beyond those granted. */
      readonly scopes: readonly string[]
      /** For people. */
      readonly reason: string
    }
  | { readonly type: 'McpServerToolsChanged'; readonly serverId: ServerId; readonly refreshId: RefreshId }
  /** The list of resources, or that of resource templates. */
  | { readonly type: 'McpServerResourcesChanged'; readonly serverId: ServerId; readonly refreshId: RefreshId }
  | { readonly type: 'McpServerPromptsChanged'; readonly serverId: ServerId; readonly refreshId: RefreshId }
  /** Tool changes that need attention by the server's `toolChangePolicy`. */
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
  /** A run waits for an approval or an answer. Comes again if it is asked for again. */
  | { readonly type: 'McpToolRunPaused'; readonly serverId: ServerId; readonly runId: RunId }
  /** A run waits no more: it goes on, or has ended. */
  | { readonly type: 'McpToolRunResumed'; readonly serverId: ServerId; readonly runId: RunId }

/** An event in its log. `seq` counts from 1 within the log, without gaps for a job. */
export interface Logged<Event> {
  readonly seq: number
  readonly at: number
  readonly event: Event
}

/** Whether it is the last event of the log of a job. */
export function isTerminal(event: JobEvent): boolean {
  return event.type === 'RefreshFinished' || event.type === 'ToolRunFinished'
}

/** The subject of a subscription: a job, or the feed of a tenant. */
export type Topic = JobId | `feed of ${TenantId}`

export function feedOf(tenantId: TenantId): Topic {
  return `feed of ${tenantId}`
}
