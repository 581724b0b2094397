import type { JobId, NodeId, RefreshId, RunId, TenantId } from '../base/ids.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { JobStatus } from '../model/events.ts'
import type { FeatureRecord } from '../model/feature.ts'
import type { RefreshRecord, RunRecord } from '../model/job.ts'
import type { PauseRecord } from '../model/pause.ts'
import type { ServerRecord } from '../model/server.ts'
import type { ToolRecord } from '../model/tool.ts'
import type { CancelRequest } from './write.ts'

export interface OfTenant<Row> {
  readonly tenantId: TenantId
  readonly record: Row
}

/** The facts that decide if a job is kept. */
export interface OldJob {
  readonly tenantId: TenantId
  readonly status: JobStatus
  readonly createdAt: number
  /** About how many jobs of its kind came after it. */
  readonly newer: number
}

/** Reads over all tenants, for the maintenance of a registry. No caller receives any of it. */
export interface CrossTenantReads {
  /** The tenants that have a server. */
  tenants(): Promise<readonly TenantId[]>
  /** Servers that are enabled and refresh on an interval. */
  scheduledServers(): Promise<readonly OfTenant<ServerRecord>[]>
  /** Servers that are CONNECTING. */
  dialledServers(): Promise<readonly OfTenant<ServerRecord>[]>
  /** The unfinished jobs of a node, with when they were created, or approved. */
  unfinishedOf(node: NodeId): Promise<readonly { readonly id: JobId; readonly since: number }[]>
  /** All open requests. They are few: the node that works on the job deletes its request. */
  cancelRequests(): Promise<readonly OfTenant<CancelRequest>[]>
  /** At most `limit` pauses, those that expire first. */
  soonestPauses(limit: number): Promise<readonly OfTenant<Pick<PauseRecord, 'runId' | 'expiresAt'>>[]>
  /** The pauses that have ended, and that this node has to take. They are few, as cancel requests. */
  settledPauses(node: NodeId): Promise<readonly OfTenant<Pick<PauseRecord, 'runId'>>[]>
  /** The pauses that need the sessions of these nodes. */
  heldPauses(nodes: readonly NodeId[]): Promise<readonly OfTenant<Pick<PauseRecord, 'runId' | 'serverId'>>[]>
  /** At most `limit` refreshes after `after`, in the order of their creation. */
  oldestRefreshes(
    after: RefreshId | undefined,
    limit: number,
  ): Promise<readonly (OldJob & Pick<RefreshRecord, 'id' | 'serverId'>)[]>
  oldestRuns(
    after: RunId | undefined,
    limit: number,
  ): Promise<readonly (OldJob & Pick<RunRecord, 'id' | 'idempotencyKey'>)[]>
  /** At most `limit` tools that were removed before `before`, the oldest first. */
  oldestRemovedTools(before: number, limit: number): Promise<readonly OfTenant<Pick<ToolRecord, 'id' | 'serverId'>>[]>
  /** The same of resources, templates and prompts. */
  oldestRemovedFeatures(
    before: number,
    limit: number,
  ): Promise<readonly OfTenant<Pick<FeatureRecord, 'id' | 'serverId'>>[]>
  /** At most `limit` events of the audit from before `before`, the oldest first. */
  oldestAudit(before: number, limit: number): Promise<readonly OfTenant<Pick<AuditRecord, 'id' | 'at'>>[]>
}
