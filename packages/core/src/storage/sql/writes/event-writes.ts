import type { JobId, TenantId } from '../../../base/ids.ts'
import type { JobEvent } from '../../../model/events.ts'
import type { FeedWrite, TenantWrite } from '../../write.ts'
import type { SqlValue, Statement } from '../statement.ts'

/** Events of a job in one row: as many as a reader takes at a time. */
export const eventsPerRow = 100

/** An event with its time. */
export interface LoggedAt {
  readonly at: number
  readonly event: JobEvent
}

/** Appends events to a job's log, many in a row. `isWhole`: the log is empty, and these are all of it. */
export function insertEvents(tenant: TenantId, jobId: JobId, events: readonly LoggedAt[], isWhole = false): Statement {
  const rows: SqlValue[][] = []
  for (let start = 0; start < events.length; start += eventsPerRow) {
    const some = events.slice(start, start + eventsPerRow)
    const at = some.at(-1)?.at ?? 0
    // An event has its own time only if it differs from the row's.
    const packed = JSON.stringify(some.map((each) => (each.at === at ? each.event : { ...each.event, at: each.at })))
    const place = isWhole ? [start + some.length] : [jobId, some.length]
    rows.push([tenant, jobId, ...place, at, packed])
  }
  const seq = isWhole ? '?' : '(select coalesce(max(seq), 0) from job_events where job_id = ?) + ?'
  return { sql: `insert into job_events (tenant, job_id, seq, at, events) values (?, ?, ${seq}, ?, ?)`, rows }
}

/** Locks the row of the feed first: numbers are given in the order in which the transactions commit. */
export function feedStatements({ tenantId: tenant, at, events, keep }: TenantWrite<FeedWrite>): readonly Statement[] {
  const last = '(select last from feeds where tenant = ?)'
  return [
    {
      sql: 'insert into feeds (tenant, last) values (?, ?) on conflict (tenant) do update set last = feeds.last + excluded.last',
      rows: [[tenant, events.length]],
    },
    {
      sql: `insert into server_events (tenant, seq, at, server_id, event) values (?, ${last} - ?, ?, ?, ?)`,
      rows: events.map((event, index) => [
        tenant,
        tenant,
        events.length - 1 - index,
        at,
        event.serverId,
        JSON.stringify(event),
      ]),
    },
    { sql: `delete from server_events where tenant = ? and seq <= ${last} - ?`, rows: [[tenant, tenant, keep]] },
  ]
}
