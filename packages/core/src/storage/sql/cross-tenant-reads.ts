import type { CanceledBy } from '../../base/errors.ts'
import type { AuditEventId, JobId, RefreshId, RunId, ServerId, TenantId, ToolId } from '../../base/ids.ts'
import type { JobStatus } from '../../model/events.ts'
import type { CrossTenantReads, OfTenant } from '../storage.ts'
import type { SqlConnection } from './connection.ts'
import { fromServerRow } from './rows.ts'
import type { RunWriteAheadLog } from './run-write-ahead-log.ts'
import type { AuditRow, CancelRow, RefreshRow, RunRow, ServerRow, ToolRow } from './schema.ts'

/** Before the first: every id is longer. */
const firstId = ''

interface TenantRow {
  readonly tenant: string
}

function ofTenant<Row extends TenantRow, Record>(from: (row: Row) => Record) {
  // Written from a TenantId.
  return (row: Row): OfTenant<Record> => ({ tenantId: row.tenant as TenantId, record: from(row) })
}

type OldRow = Pick<RunRow, 'id' | 'tenant' | 'status' | 'created_at'> & { readonly newer: number }

/** What is read of all tenants. */
export function createCrossTenantReads(connection: SqlConnection, writeAheadLog: RunWriteAheadLog): CrossTenantReads {
  const servers = async (condition: string) =>
    (await connection.all<ServerRow>(`select * from servers where ${condition}`, [])).map(ofTenant(fromServerRow))

  /** By id, so in the order in which they were made; rows are numbered in the order in which they were written. */
  const oldest = <More>(table: 'runs' | 'refreshes', column: string, after: string, limit: number) =>
    connection.all<OldRow & More>(
      `select id, tenant, status, created_at, ${column}, (select max(rowid) from ${table}) - rowid as newer
        from ${table} where id > ? order by id limit ?`,
      [after, limit],
    )
  const toOldJob = ({ tenant, status, created_at, newer }: OldRow) => ({
    // Written from a TenantId and a JobStatus.
    tenantId: tenant as TenantId,
    status: status as JobStatus,
    createdAt: created_at,
    newer,
  })

  return {
    async tenants() {
      const rows = await connection.all<TenantRow>('select distinct tenant from servers', [])
      // Written from a TenantId.
      return rows.map(({ tenant }) => tenant as TenantId)
    },
    scheduledServers: () => servers('enabled = 1 and refresh_interval_ms is not null'),
    dialledServers: () => servers("status = 'CONNECTING'"),
    async unfinishedOf(owner) {
      await writeAheadLog.flush('ALL')
      const of = (table: 'runs' | 'refreshes') =>
        `select id, created_at from ${table} where status in ('QUEUED', 'RUNNING') and owner_id = ?`
      const sql = `${of('runs')} union all ${of('refreshes')}`
      const rows = await connection.all<Pick<RunRow, 'id' | 'created_at'>>(sql, [owner, owner])
      // Written from a RefreshId or a RunId.
      return rows.map(({ id, created_at }) => ({ id: id as JobId, createdAt: created_at }))
    },
    async cancelRequests() {
      const rows = await connection.all<CancelRow>('select * from cancel_requests', [])
      // Written from a RefreshId or a RunId, and a CanceledBy.
      return rows.map(
        ofTenant(({ job_id, canceled_by, reason, at }) => ({
          jobId: job_id as JobId,
          canceledBy: canceled_by as CanceledBy,
          reason,
          at,
        })),
      )
    },
    oldestRefreshes: async (after, limit) =>
      (await oldest<Pick<RefreshRow, 'server_id'>>('refreshes', 'server_id', after ?? firstId, limit)).map((row) => ({
        ...toOldJob(row),
        // Written from a RefreshId and a ServerId.
        id: row.id as RefreshId,
        serverId: row.server_id as ServerId,
      })),
    oldestRuns: async (after, limit) =>
      (await oldest<Pick<RunRow, 'idempotency_key'>>('runs', 'idempotency_key', after ?? firstId, limit)).map(
        (row) => ({
          ...toOldJob(row),
          // Written from a RunId.
          id: row.id as RunId,
          idempotencyKey: row.idempotency_key,
        }),
      ),
    async oldestRemovedTools(before, limit) {
      const sql = 'select tenant, id, server_id from tools where removed_at < ? order by removed_at, id limit ?'
      const rows = await connection.all<Pick<ToolRow, 'tenant' | 'id' | 'server_id'>>(sql, [before, limit])
      // Written from a ToolId and a ServerId.
      return rows.map(ofTenant(({ id, server_id }) => ({ id: id as ToolId, serverId: server_id as ServerId })))
    },
    async oldestAudit(before, limit) {
      const sql = 'select tenant, id, at from audit_events where at < ? order by at limit ?'
      const rows = await connection.all<Pick<AuditRow, 'tenant' | 'id' | 'at'>>(sql, [before, limit])
      // Written from an AuditEventId.
      return rows.map(ofTenant(({ id, at }) => ({ id: id as AuditEventId, at })))
    },
  }
}
