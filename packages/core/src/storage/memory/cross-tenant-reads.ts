import { compareText } from '../../base/compare-text.ts'
import type { TenantId } from '../../base/ids.ts'
import type { AuditRecord } from '../../model/audit-event.ts'
import { hasEnded, isPaused } from '../../model/events.ts'
import type { FeatureRecord } from '../../model/feature.ts'
import { holderOf, type PauseRecord, settledFor } from '../../model/pause.ts'
import type { ServerRecord } from '../../model/server.ts'
import type { ToolRecord } from '../../model/tool.ts'
import type { CrossTenantReads, OfTenant } from '../cross-tenant.ts'
import type { Tables } from './tables.ts'

type Tenants = ReadonlyMap<TenantId, Tables>

/** The oldest jobs after `after`. Maps keep the order of insertion, which is the order of the jobs. */
function oldest<Id extends string, Job extends { readonly id: Id; readonly createdAt: number }>(
  tenants: Tenants,
  jobsOf: (tables: Tables) => ReadonlyMap<Id, Job>,
  after: Id | undefined,
  limit: number,
): readonly (Job & { readonly tenantId: TenantId; readonly newer: number })[] {
  let behind = 0
  const found = [...tenants].flatMap(([tenantId, tables]) => {
    const jobs = jobsOf(tables)
    const passed = after === undefined ? 0 : countUpTo(jobs.keys(), after)
    behind += jobs.size - passed
    const next = jobs.values().drop(passed).take(limit)
    return next.map((job) => ({ ...job, tenantId })).toArray()
  })
  return found
    .sort((a, b) => compareText(a.id, b.id))
    .slice(0, limit)
    .map((job, index) => ({ ...job, newer: behind - 1 - index }))
}

function countUpTo(ids: Iterable<string>, last: string): number {
  let count = 0
  for (const id of ids) {
    if (id > last) break
    count += 1
  }
  return count
}

function ofAll<Row>(
  tenants: Tenants,
  rowsOf: (tables: Tables) => ReadonlyMap<string, Row>,
  isWanted: (row: Row) => boolean,
): OfTenant<Row>[] {
  return [...tenants].flatMap(([tenantId, tables]) =>
    [...rowsOf(tables).values()].filter(isWanted).map((record) => ({ tenantId, record })),
  )
}

function oldestRemoved<Row extends Pick<ToolRecord | FeatureRecord, 'id' | 'serverId' | 'removedAt'>>(
  tenants: Tenants,
  rowsOf: (tables: Tables) => ReadonlyMap<string, Row>,
  before: number,
  limit: number,
): readonly OfTenant<Pick<Row, 'id' | 'serverId'>>[] {
  const isOld = ({ removedAt }: Row) => removedAt !== null && removedAt < before
  return ofAll(tenants, rowsOf, isOld)
    .sort((a, b) => (a.record.removedAt ?? 0) - (b.record.removedAt ?? 0))
    .slice(0, limit)
    .map(({ tenantId, record: { id, serverId } }) => ({ tenantId, record: { id, serverId } }))
}

/** Events are kept in the order in which they were appended. */
function oldestAudit(
  tenants: Tenants,
  before: number,
  limit: number,
): readonly OfTenant<Pick<AuditRecord, 'id' | 'at'>>[] {
  const found = [...tenants].flatMap(([tenantId, { audit }]) => {
    const old: OfTenant<Pick<AuditRecord, 'id' | 'at'>>[] = []
    for (const { id, at } of audit.values()) {
      if (at >= before || old.length === limit) break
      old.push({ tenantId, record: { id, at } })
    }
    return old
  })
  return found.slice(0, limit)
}

export function createCrossTenantReads(tenants: Tenants): CrossTenantReads {
  const serversThat = (isWanted: (server: ServerRecord) => boolean) =>
    ofAll(tenants, ({ servers }) => servers, isWanted)
  const pausesThat = (isWanted: (pause: PauseRecord) => boolean) => ofAll(tenants, ({ pauses }) => pauses, isWanted)
  return {
    tenants: async () => [...tenants].flatMap(([tenantId, { servers }]) => (servers.size > 0 ? tenantId : [])),
    scheduledServers: async () =>
      serversThat(({ enabled, refreshIntervalMs }) => enabled && refreshIntervalMs !== null),
    dialledServers: async () => serversThat(({ state }) => state.status === 'CONNECTING'),
    unfinishedOf: async (node) =>
      [...tenants.values()]
        .flatMap(({ runs, refreshes }) => [...runs.values(), ...refreshes.values()])
        .filter(({ status, ownerId }) => !hasEnded(status) && !isPaused(status) && ownerId === node)
        .map((job) => ({ id: job.id, since: ('approval' in job && job.approval?.decidedAt) || job.createdAt })),
    cancelRequests: async () =>
      ofAll(
        tenants,
        ({ cancelRequests }) => cancelRequests,
        () => true,
      ),
    soonestPauses: async (limit) =>
      ofAll(
        tenants,
        ({ pauses }) => pauses,
        () => true,
      )
        .sort((a, b) => a.record.expiresAt - b.record.expiresAt)
        .slice(0, limit),
    settledPauses: async (node) => pausesThat((pause) => settledFor(pause) === node),
    heldPauses: async (nodes) =>
      pausesThat((pause) => {
        const holder = holderOf(pause)
        return holder !== undefined && nodes.includes(holder)
      }),
    oldestRefreshes: async (after, limit) => oldest(tenants, ({ refreshes }) => refreshes, after, limit),
    oldestRuns: async (after, limit) => oldest(tenants, ({ runs }) => runs, after, limit),
    oldestRemovedTools: async (before, limit) => oldestRemoved(tenants, ({ tools }) => tools, before, limit),
    oldestRemovedFeatures: async (before, limit) => oldestRemoved(tenants, ({ features }) => features, before, limit),
    oldestAudit: async (before, limit) => oldestAudit(tenants, before, limit),
  }
}
