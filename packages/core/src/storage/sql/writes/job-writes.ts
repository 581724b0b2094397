import type { TenantId } from '../../../base/ids.ts'
import type { RunRecord } from '../../../model/job.ts'
import type { JobWrite, RefreshWrite, RunWrite, TenantWrite } from '../../write.ts'
import { toJsonOrNull } from '../json-column.ts'
import { runStateColumns, toRefreshRow, toRunRow } from '../rows/job-rows.ts'
import { insert, type Statement } from '../statement.ts'
import { insertEvents } from './event-writes.ts'
import { ifRevision, touchServer, update, without } from './update.ts'

let upsertText: string | undefined

/** Inserts a run, or updates what changes of it. */
export function upsertRun(tenant: TenantId, run: RunRecord): readonly Statement[] {
  const { sql, rows } = insert('runs', [toRunRow(tenant, run)])
  upsertText ??= `${sql} on conflict (id) do update set ${Object.keys(runStateColumns(run))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`
  return withPauses(tenant, run, { sql: upsertText, rows })
}

/** Most runs never pause, and need no statement for it. */
function withPauses(tenant: TenantId, run: RunRecord, statement: Statement): readonly Statement[] {
  const { approval, input } = run
  if (!approval && !input) return [statement]
  const rows = [[toJsonOrNull(approval ?? null), toJsonOrNull(input ?? null), tenant, run.id]]
  return [statement, { sql: 'update runs set approval = ?, input = ? where tenant = ? and id = ?', rows }]
}

export function refreshStatements(write: TenantWrite<RefreshWrite>): readonly Statement[] {
  const { tenantId: tenant, refresh } = write
  const { id, serverId } = refresh
  if (write.kind === 'updateRefresh') {
    const row = without(toRefreshRow(tenant, refresh), 'id', 'tenant')
    return [update('refreshes', tenant, [{ id, row }], 'refresh')]
  }
  const guard =
    write.ifRevision === undefined ? [] : ifRevision(touchServer(tenant, serverId), tenant, serverId, write.ifRevision)
  return [...guard, insert('refreshes', [toRefreshRow(tenant, refresh)])]
}

export function runStatements({ kind, tenantId: tenant, run }: TenantWrite<RunWrite>): readonly Statement[] {
  if (kind === 'insertRun') return withPauses(tenant, run, insert('runs', [toRunRow(tenant, run)]))
  return withPauses(tenant, run, update('runs', tenant, [{ id: run.id, row: runStateColumns(run) }], 'run'))
}

export function jobStatements(write: TenantWrite<JobWrite>): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'deleteJobs': {
      const rows = write.ids.map((id) => [id, tenant])
      return ['job_events where job_id', 'run_pauses where run_id', 'runs where id', 'refreshes where id'].map(
        (ofJob) => ({
          sql: `delete from ${ofJob} = ? and tenant = ?`,
          rows,
        }),
      )
    }
    case 'appendJobEvents': {
      const events = write.events.map((event) => ({ at: write.at, event }))
      return [insertEvents(tenant, write.jobId, events)]
    }
    case 'requestCancel': {
      const { jobId, canceledBy, reason, at } = write.request
      const { sql, rows } = insert('cancel_requests', [{ job_id: jobId, tenant, reason, at, canceled_by: canceledBy }])
      return [{ sql: `${sql} on conflict (job_id) do nothing`, rows }]
    }
    case 'forgetCancel':
      return [{ sql: 'delete from cancel_requests where job_id = ? and tenant = ?', rows: [[write.jobId, tenant]] }]
  }
}
