import type { NodeId, TenantId } from '../../../base/ids.ts'
import type { CrossTenantReads, OfTenant } from '../../cross-tenant.ts'
import type { SqlConnection } from '../connection.ts'
import { fromJsonOrNull } from '../json-column.ts'
import { fromServerRow } from '../rows/server-rows.ts'
import type { RunWriteAheadLog } from '../run-write-ahead-log.ts'
import type { AuditRow, CancelRow, FeatureRow, RefreshRow, RunPauseRow, RunRow, ServerRow, ToolRow } from '../schema.ts'

/** Before the first: every id is longer. */
const firstId = ''

function ofTenant<Row extends { readonly tenant: TenantId }, Record>(from: (row: Row) => Record) {
  return (row: Row): OfTenant<Record> => ({ tenantId: row.tenant, record: from(row) })
}

type OldRow = Pick<RunRow, 'tenant' | 'status' | 'created_at'> & { readonly newer: number }

function toOldJob({ tenant, status, created_at, newer }: OldRow) {
  return { tenantId: tenant, status, createdAt: created_at, newer }
}

async function serversThat({ all }: SqlConnection, condition: string) {
  const rows = await all<ServerRow>(`select * from servers where ${condition}`, [])
  return rows.map(ofTenant(fromServerRow))
}

async function unfinishedOf({ all }: SqlConnection, node: NodeId) {
  const of = (table: 'runs' | 'refreshes', pauses: string) =>
    `select id, created_at, ${pauses} from ${table} where status in ('QUEUED', 'RUNNING') and owner_id = ?`
  const sql = `${of('runs', 'approval, input')} union all ${of('refreshes', 'null, null')}`
  type Row = Pick<RunRow | RefreshRow, 'id' | 'created_at'> & Pick<RunRow, 'approval' | 'input'>
  const rows = await all<Row>(sql, [node, node])
  return rows.map(({ id, created_at, approval, input }) => ({
    id,
    since: fromJsonOrNull(input)?.answeredAt ?? fromJsonOrNull(approval)?.decidedAt ?? created_at,
  }))
}

/** By id, so in the order of their creation; rows are numbered in the order in which they were written. */
function oldest<Row>(
  { all }: SqlConnection,
  table: 'runs' | 'refreshes',
  column: string,
  after: string | undefined,
  limit: number,
) {
  const newer = `(select max(rowid) from ${table}) - rowid as newer`
  return all<OldRow & Row>(
    `select id, tenant, status, created_at, ${column}, ${newer} from ${table} where id > ? order by id limit ?`,
    [after ?? firstId, limit],
  )
}

export function createCrossTenantReads(connection: SqlConnection, writeAheadLog: RunWriteAheadLog): CrossTenantReads {
  const { all } = connection
  return {
    async tenants() {
      const rows = await all<Pick<ServerRow, 'tenant'>>('select distinct tenant from servers', [])
      return rows.map(({ tenant }) => tenant)
    },
    scheduledServers: () => serversThat(connection, 'enabled = 1 and refresh_interval_ms is not null'),
    dialledServers: () => serversThat(connection, "status = 'CONNECTING'"),
    async unfinishedOf(node) {
      await writeAheadLog.flush('ALL')
      return unfinishedOf(connection, node)
    },
    async cancelRequests() {
      const rows = await all<CancelRow>('select * from cancel_requests', [])
      return rows.map(
        ofTenant(({ job_id, canceled_by, reason, at }) => ({ jobId: job_id, canceledBy: canceled_by, reason, at })),
      )
    },
    async soonestPauses(limit) {
      const sql = 'select tenant, run_id, expires_at from run_pauses order by expires_at limit ?'
      const rows = await all<Pick<RunPauseRow, 'tenant' | 'run_id' | 'expires_at'>>(sql, [limit])
      return rows.map(ofTenant(({ run_id, expires_at }) => ({ runId: run_id, expiresAt: expires_at })))
    },
    async settledPauses(node) {
      const sql = 'select tenant, run_id from run_pauses where settled_for = ?'
      const rows = await all<Pick<RunPauseRow, 'tenant' | 'run_id'>>(sql, [node])
      return rows.map(ofTenant(({ run_id }) => ({ runId: run_id })))
    },
    async heldPauses(nodes) {
      const { items } = connection.dialect
      const sql = `select tenant, run_id, server_id from run_pauses where held_by in (select value from ${items})`
      const rows = await all<Pick<RunPauseRow, 'tenant' | 'run_id' | 'server_id'>>(sql, [JSON.stringify(nodes)])
      return rows.map(ofTenant(({ run_id, server_id }) => ({ runId: run_id, serverId: server_id })))
    },
    async oldestRefreshes(after, limit) {
      type Row = Pick<RefreshRow, 'id' | 'server_id'>
      const rows = await oldest<Row>(connection, 'refreshes', 'server_id', after, limit)
      return rows.map((row) => ({ ...toOldJob(row), id: row.id, serverId: row.server_id }))
    },
    async oldestRuns(after, limit) {
      type Row = Pick<RunRow, 'id' | 'idempotency_key'>
      const rows = await oldest<Row>(connection, 'runs', 'idempotency_key', after, limit)
      return rows.map((row) => ({ ...toOldJob(row), id: row.id, idempotencyKey: row.idempotency_key }))
    },
    async oldestRemovedTools(before, limit) {
      const sql = 'select tenant, id, server_id from tools where removed_at < ? order by removed_at, id limit ?'
      const rows = await all<Pick<ToolRow, 'tenant' | 'id' | 'server_id'>>(sql, [before, limit])
      return rows.map(ofTenant(({ id, server_id }) => ({ id, serverId: server_id })))
    },
    async oldestRemovedFeatures(before, limit) {
      const sql = 'select tenant, id, server_id from features where removed_at < ? order by removed_at, id limit ?'
      const rows = await all<Pick<FeatureRow, 'tenant' | 'id' | 'server_id'>>(sql, [before, limit])
      return rows.map(ofTenant(({ id, server_id }) => ({ id, serverId: server_id })))
    },
    async oldestAudit(before, limit) {
      const sql = 'select tenant, id, at from audit_events where at < ? order by at limit ?'
      const rows = await all<Pick<AuditRow, 'tenant' | 'id' | 'at'>>(sql, [before, limit])
      return rows.map(ofTenant(({ id, at }) => ({ id, at })))
    },
  }
}
