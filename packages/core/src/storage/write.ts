import type { CanceledBy, JobError } from '../base/errors.ts'
import type { JobId, NodeId, ServerId, TenantId, ToolId } from '../base/ids.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { ChildKey, ChildRecord } from '../model/child-process.ts'
import type { EndedJobStatus, JobEvent, ServerEvent } from '../model/events.ts'
import type { NodeRecord, RefreshRecord, RunRecord } from '../model/job.ts'
import type { Quota } from '../model/quota.ts'
import type { SecretKeyRecord } from '../model/secret-key-record.ts'
import type { ServerRecord, ServerState } from '../model/server.ts'
import type { DefinitionText, NewTool, ToolDefinition, ToolQuarantine, ToolSettings } from '../model/tool.ts'

/**
 * One change to what a tenant has. A commit is a list of them and happens whole or not at all.
 * A change that does not find its row among the tenant's, or finds another revision, fails the commit with the error named
 * beside it.
 */
export type Write =
  /** NAME_TAKEN with `details.serverId` and path `['name']` */
  | { readonly kind: 'insertServer'; readonly server: ServerRecord }
  /** Replaces all but `state`. NOT_FOUND; REVISION_CONFLICT with `details.serverId` where the stored revision is not `ifRevision`; NAME_TAKEN */
  | { readonly kind: 'updateServer'; readonly server: ServerRecord; readonly ifRevision: number }
  /** NOT_FOUND */
  | {
      readonly kind: 'setServerState'
      readonly serverId: ServerId
      readonly state: ServerState
      /** REVISION_CONFLICT where the stored revision is another one. */
      readonly ifRevision?: number
      /** REVISION_CONFLICT where the stored state is another one, as somebody else was first. */
      readonly ifState?: ServerState
    }
  /** With its tools; its refreshes, runs and their logs stay. NOT_FOUND */
  | { readonly kind: 'deleteServer'; readonly serverId: ServerId }
  /** NOT_FOUND where a server is gone */
  | { readonly kind: 'insertTools'; readonly tools: readonly NewTool[] }
  /** Changes definition, where there is one, and quarantine, and brings a removed tool back; leaves the settings. NOT_FOUND */
  | { readonly kind: 'redefineTools'; readonly tools: readonly ToolRedefinition[]; readonly at: number }
  /** NOT_FOUND */
  | { readonly kind: 'removeTools'; readonly toolIds: readonly ToolId[]; readonly at: number }
  /** Deletes tools that are removed, with their settings. One that is not there, or not removed, is no error. */
  | { readonly kind: 'forgetTools'; readonly toolIds: readonly ToolId[] }
  /** Counts the tools of a server, removed ones included, for `assertQuota`. One that is not there is no error. */
  | { readonly kind: 'recountTools'; readonly serverId: ServerId }
  /** QuotaExceeded where the tenant has more than that by now; of tools, as they were counted last. */
  | { readonly kind: 'assertQuota'; readonly quota: Quota; readonly atMost: number }
  /** Puts in force the definition that waits. REVISION_CONFLICT where that is not the one of this text. */
  | {
      readonly kind: 'approveTool'
      readonly toolId: ToolId
      readonly definition: ToolDefinition
      readonly definitionText: string
      readonly at: number
    }
  /** NOT_FOUND */
  | { readonly kind: 'setTool'; readonly toolId: ToolId; readonly settings: ToolSettings; readonly at: number }
  /**
   * NOT_FOUND and REVISION_CONFLICT where the server is not at `ifRevision`; IDEMPOTENCY_CONFLICT with `details.jobId` where
   * another refresh of it is unfinished
   */
  | { readonly kind: 'insertRefresh'; readonly refresh: RefreshRecord; readonly ifRevision?: number }
  /** NOT_FOUND */
  | { readonly kind: 'updateRefresh'; readonly refresh: RefreshRecord }
  /** IDEMPOTENCY_CONFLICT with `details.jobId` where another run has the key */
  | { readonly kind: 'insertRun'; readonly run: RunRecord }
  /** Changes status, times, error, result, owner and idempotency key. NOT_FOUND; IDEMPOTENCY_CONFLICT */
  | { readonly kind: 'updateRun'; readonly run: RunRecord }
  /** Removes jobs with their logs. One that is not there is no error. */
  | { readonly kind: 'deleteJobs'; readonly ids: readonly JobId[] }
  /** Asks whoever works on the job to cancel it; the first one that asks is heard. */
  | { readonly kind: 'requestCancel'; readonly request: CancelRequest }
  /** One that is not there is no error. */
  | { readonly kind: 'forgetCancel'; readonly jobId: JobId }
  | { readonly kind: 'appendAudit'; readonly event: AuditRecord }
  /** One that is not there is no error. */
  | { readonly kind: 'deleteAudit'; readonly events: readonly Pick<AuditRecord, 'id' | 'at'>[] }
  /** Appends to the log of one job; the storage numbers the events. */
  | {
      readonly kind: 'appendJobEvents'
      readonly jobId: JobId
      readonly at: number
      readonly events: readonly JobEvent[]
    }
  /** Appends to the feed of all servers, and forgets all but about the last `keep` of it. */
  | {
      readonly kind: 'appendServerEvents'
      readonly at: number
      readonly events: readonly ServerEvent[]
      readonly keep: number
    }

/** That a job which another process works on is to be cancelled. */
export interface CancelRequest {
  readonly jobId: JobId
  readonly canceledBy: CanceledBy
  readonly reason: string | null
  readonly at: number
}

/** A change to what belongs to no tenant: the processes that use the storage. */
export type SystemWrite =
  /** Replaces what was recorded of an earlier process with the same key. */
  | { readonly kind: 'recordChild'; readonly child: ChildRecord }
  /** One that is not recorded is no error. */
  | { readonly kind: 'forgetChild'; readonly child: ChildKey }
  /** Those recorded before `before` on other machines than these. */
  | { readonly kind: 'forgetChildren'; readonly before: number; readonly exceptHosts: readonly string[] }
  | { readonly kind: 'insertSecretKey'; readonly key: SecretKeyRecord }
  /** Nothing where another master key than `ifMasterKeyId` wraps it by now. */
  | { readonly kind: 'rewrapSecretKey'; readonly key: SecretKeyRecord; readonly ifMasterKeyId: string }
  /** With a lease, it is taken for gone when it was not renewed for so long; null: as long as its process lives. */
  | { readonly kind: 'insertNode'; readonly node: NodeRecord; readonly leaseMs: number | null }
  /** From now on. LEASE_LOST */
  | { readonly kind: 'renewNode'; readonly nodeId: NodeId; readonly leaseMs: number }
  /** After all commits under its lease. NOT_FOUND, also where it is to have lapsed and has not. */
  | { readonly kind: 'deleteNode'; readonly nodeId: NodeId; readonly ifLapsed?: true }
  /** Leaves unfinished jobs without an owner. One that is not there is no error. */
  | { readonly kind: 'disownJobs'; readonly ids: readonly JobId[] }
  /** Ends the unfinished jobs of all tenants whose owner is not recorded, and says so in their logs. */
  | { readonly kind: 'endAbandonedJobs'; readonly at: number; readonly ends: AbandonedEnds }

/** How jobs end that nobody works on any more. */
export interface AbandonedEnds {
  readonly refresh: AbandonedEnd
  readonly queuedRun: AbandonedEnd
  readonly runningRun: AbandonedEnd
}

export interface AbandonedEnd {
  readonly status: EndedJobStatus
  readonly error: JobError
}

/** A tenant's change, said of which one. */
export type TenantWrite = Write & { readonly tenantId: TenantId }

export interface ToolRedefinition extends Partial<DefinitionText> {
  readonly id: ToolId
  readonly quarantine: ToolQuarantine | null
}
