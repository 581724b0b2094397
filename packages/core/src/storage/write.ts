import type { CanceledBy, JobError } from '../base/errors.ts'
import type { JobId, NodeId, RunId, ServerId, TenantId, ToolId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { ChildKey, ChildRecord } from '../model/child-process.ts'
import type { EndedJobStatus, JobEvent, ServerEvent } from '../model/events.ts'
import type { FeatureId, FeatureRecord, NewFeature } from '../model/feature.ts'
import type { NodeRecord, RefreshRecord, RunRecord } from '../model/job.ts'
import type { OAuthClientRecord, OAuthFlowRecord, OAuthGrantRecord } from '../model/oauth.ts'
import type { PauseRecord } from '../model/pause.ts'
import type { Quota } from '../model/quota.ts'
import type { SecretKeyRecord } from '../model/secret-key-record.ts'
import type { ServerRecord, ServerState } from '../model/server.ts'
import type { DefinitionText, NewTool, ToolDefinition, ToolQuarantine, ToolSettings } from '../model/tool.ts'

/**
 * One change to the data of a tenant. A commit is a list of them and happens whole or not at all.
 * A change that does not find its row among the tenant's, or finds another revision, fails the commit with the error named
 * beside it.
 */
export type Write =
  | ServerWrite
  | ToolWrite
  | FeatureWrite
  | QuotaWrite
  | RefreshWrite
  | RunWrite
  | PauseWrite
  | JobWrite
  | FeedWrite
  | AuditWrite
  | OAuthWrite

export type ServerWrite =
  /** NAME_TAKEN with `details.serverId` and path `['name']` */
  | { readonly kind: 'insertServer'; readonly server: ServerRecord }
  /** Replaces all but `state`. NOT_FOUND; REVISION_CONFLICT with `details.serverId` unless the stored revision is `ifRevision`; NAME_TAKEN */
  | { readonly kind: 'updateServer'; readonly server: ServerRecord; readonly ifRevision: number }
  /** NOT_FOUND */
  | {
      readonly kind: 'setServerState'
      readonly serverId: ServerId
      readonly state: ServerState
      /** REVISION_CONFLICT if the stored revision is another one. */
      readonly ifRevision?: number
      /** REVISION_CONFLICT if the stored state is another one: another write came first. */
      readonly ifState?: ServerState
    }
  /** With its tools, resources, templates and prompts, its OAuth grant and flows; its refreshes, runs and their logs stay. NOT_FOUND */
  | { readonly kind: 'deleteServer'; readonly serverId: ServerId }

export type ToolWrite =
  /** NOT_FOUND if a server was deleted */
  | { readonly kind: 'insertTools'; readonly tools: readonly NewTool[] }
  /** Changes the definition, if there is one, and the quarantine, and restores a removed tool; leaves the settings. NOT_FOUND */
  | { readonly kind: 'redefineTools'; readonly tools: readonly ToolRedefinition[]; readonly at: number }
  /** NOT_FOUND */
  | { readonly kind: 'removeTools'; readonly toolIds: readonly ToolId[]; readonly at: number }
  /** Deletes removed tools with their settings. Ignores tools that are missing or not removed. */
  | { readonly kind: 'forgetTools'; readonly toolIds: readonly ToolId[] }
  /** Accepts the pending definition. REVISION_CONFLICT if its text is another one. */
  | {
      readonly kind: 'approveTool'
      readonly toolId: ToolId
      readonly definition: ToolDefinition
      readonly definitionText: string
      readonly at: number
    }
  /** Has the hints of the definition in force count. REVISION_CONFLICT if its text is another one, or they count already. */
  | { readonly kind: 'acceptHints'; readonly toolId: ToolId; readonly definitionText: string; readonly at: number }
  /** NOT_FOUND */
  | { readonly kind: 'setTool'; readonly toolId: ToolId; readonly settings: ToolSettings; readonly at: number }

/** Changes of resources, templates and prompts. */
export type FeatureWrite =
  /** NOT_FOUND if a server was deleted */
  | { readonly kind: 'insertFeatures'; readonly features: readonly NewFeature[] }
  /** Changes the definitions, and restores removed ones. NOT_FOUND */
  | { readonly kind: 'redefineFeatures'; readonly features: readonly FeatureRedefinition[]; readonly at: number }
  /** NOT_FOUND */
  | { readonly kind: 'removeFeatures'; readonly ids: readonly FeatureId[]; readonly at: number }
  /** Deletes removed ones. Ignores those that are missing or not removed. */
  | { readonly kind: 'forgetFeatures'; readonly ids: readonly FeatureId[] }

export type QuotaWrite =
  /** Counts the tools of a server, removed ones included, for `assertQuota`. Ignores a missing server. */
  | { readonly kind: 'recountTools'; readonly serverId: ServerId }
  /** Counts its resources, templates and prompts in the same way. */
  | { readonly kind: 'recountFeatures'; readonly serverId: ServerId }
  /** QuotaExceeded if the tenant has more by now; tools and features as of the last recount. */
  | { readonly kind: 'assertQuota'; readonly quota: Quota; readonly atMost: number }

export type RefreshWrite =
  /**
   * NOT_FOUND and REVISION_CONFLICT unless the server is at `ifRevision`; IDEMPOTENCY_CONFLICT with `details.jobId` if
   * another refresh of it is unfinished
   */
  | { readonly kind: 'insertRefresh'; readonly refresh: RefreshRecord; readonly ifRevision?: number }
  /** NOT_FOUND */
  | { readonly kind: 'updateRefresh'; readonly refresh: RefreshRecord }

export type RunWrite =
  /** IDEMPOTENCY_CONFLICT with `details.jobId` if another run has the key */
  | { readonly kind: 'insertRun'; readonly run: RunRecord }
  /** Changes status, times, error, result, approval, input, owner and idempotency key. NOT_FOUND; IDEMPOTENCY_CONFLICT */
  | { readonly kind: 'updateRun'; readonly run: RunRecord }

export type PauseWrite =
  /** A run has at most one pause. */
  | { readonly kind: 'insertPause'; readonly pause: PauseRecord }
  /**
   * Deletes the pause, so that it ends once, and has the run recorded with `args` from now on, if there are any.
   * REVISION_CONFLICT unless this version of the pause is stored.
   */
  | {
      readonly kind: 'takePause'
      readonly runId: RunId
      readonly version: number
      readonly args?: JsonObject | undefined
    }

export type JobWrite =
  /** Deletes jobs with their logs. Ignores missing ones. */
  | { readonly kind: 'deleteJobs'; readonly ids: readonly JobId[] }
  /** Asks the node that works on the job to cancel it. The first request counts. */
  | { readonly kind: 'requestCancel'; readonly request: CancelRequest }
  /** Ignores a missing request. */
  | { readonly kind: 'forgetCancel'; readonly jobId: JobId }
  /** Appends to the log of one job; the storage numbers the events. */
  | {
      readonly kind: 'appendJobEvents'
      readonly jobId: JobId
      readonly at: number
      readonly events: readonly JobEvent[]
    }

/** Appends to the feed of all servers, and forgets all but about the last `keep` events. */
export interface FeedWrite {
  readonly kind: 'appendServerEvents'
  readonly at: number
  readonly events: readonly ServerEvent[]
  readonly keep: number
}

export type AuditWrite =
  | { readonly kind: 'appendAudit'; readonly event: AuditRecord }
  /** Ignores missing events. */
  | { readonly kind: 'deleteAudit'; readonly events: readonly Pick<AuditRecord, 'id' | 'at'>[] }

/** Grants and flows are deleted with their server. */
export type OAuthWrite =
  /** Inserts or replaces the grant of its server. NOT_FOUND for a missing server; REVISION_CONFLICT unless the stored version is `ifVersion`, 0 for none. */
  | { readonly kind: 'setOAuthGrant'; readonly grant: OAuthGrantRecord; readonly ifVersion: number }
  /** Inserts or replaces the client of this issuer and redirect URI, and deletes the tenant's oldest ones beyond about `keep`. */
  | { readonly kind: 'setOAuthClient'; readonly client: OAuthClientRecord; readonly keep: number }
  /** Ignores a missing client. */
  | { readonly kind: 'deleteOAuthClient'; readonly issuer: string; readonly redirectUri: string }
  /** Deletes the tenant's flows that have expired by `flow.createdAt`, and the server's oldest beyond `keep`, this one included. NOT_FOUND for a missing server. */
  | { readonly kind: 'insertOAuthFlow'; readonly flow: OAuthFlowRecord; readonly keep: number }
  /** Deletes the flow, so that it is used once. NOT_FOUND */
  | { readonly kind: 'takeOAuthFlow'; readonly stateHash: string }

/** A request to cancel a job that another process works on. */
export interface CancelRequest {
  readonly jobId: JobId
  readonly canceledBy: CanceledBy
  readonly reason: string | null
  readonly at: number
}

/** A change to data of no tenant: the processes that use the storage, and its data keys. */
export type SystemWrite = ChildWrite | SecretKeyWrite | NodeWrite | OrphanWrite

export type ChildWrite =
  /** Replaces the record of an earlier process with the same key. */
  | { readonly kind: 'recordChild'; readonly child: ChildRecord }
  /** Ignores a child that is not recorded. */
  | { readonly kind: 'forgetChild'; readonly child: ChildKey }
  /** Forgets children recorded before `before`, except on these machines. */
  | { readonly kind: 'forgetChildren'; readonly before: number; readonly exceptHosts: readonly string[] }

export type SecretKeyWrite =
  | { readonly kind: 'insertSecretKey'; readonly key: SecretKeyRecord }
  /** Changes nothing if a master key other than `ifMasterKeyId` wraps it by now. */
  | { readonly kind: 'rewrapSecretKey'; readonly key: SecretKeyRecord; readonly ifMasterKeyId: string }

export type NodeWrite =
  /** With a lease the node is dead unless it renews within `leaseMs`; null: it lives as long as its process. */
  | { readonly kind: 'insertNode'; readonly node: NodeRecord; readonly leaseMs: number | null }
  /** The lease starts anew. LEASE_LOST */
  | { readonly kind: 'renewNode'; readonly nodeId: NodeId; readonly leaseMs: number }
  /** After all commits under its lease. NOT_FOUND, also if `ifLapsed` is set and the lease has not lapsed. */
  | { readonly kind: 'deleteNode'; readonly nodeId: NodeId; readonly ifLapsed?: true }

/** A change to the jobs of all tenants. */
export type OrphanWrite =
  /** Leaves unfinished jobs without a node. Ignores missing ones. */
  | { readonly kind: 'disownJobs'; readonly ids: readonly JobId[] }
  /**
   * Ends the unfinished jobs of all tenants whose node is not recorded, also those that wait for an answer which that node
   * alone could have given to the server; appends it to their logs, and deletes their pauses.
   */
  | { readonly kind: 'endAbandonedJobs'; readonly at: number; readonly ends: AbandonedEnds }

/** How jobs end that no node works on any more. */
export interface AbandonedEnds {
  readonly refresh: AbandonedEnd
  readonly queuedRun: AbandonedEnd
  readonly runningRun: AbandonedEnd
}

export interface AbandonedEnd {
  readonly status: EndedJobStatus
  readonly error: JobError
}

/** A write with its tenant. */
export type TenantWrite<Of extends Write = Write> = Of & { readonly tenantId: TenantId }

export interface ToolRedefinition extends Partial<DefinitionText> {
  readonly id: ToolId
  readonly quarantine: ToolQuarantine | null
  /** The definition loosens a hint, which counts once it is accepted. */
  readonly loosensHints?: true
}

export interface FeatureRedefinition {
  readonly id: FeatureId
  readonly definition: FeatureRecord['definition']
  readonly definitionText: string
}
