import type { JobId, ServerId } from '../../../base/ids.ts'
import type { JobEvent, Logged } from '../../../model/events.ts'
import type { LogReads, ServerEventPage } from '../../storage.ts'
import { fromJson } from '../json-column.ts'
import type { RunWriteAheadLog } from '../run-write-ahead-log.ts'
import type { JobEventRow, ServerEventRow } from '../schema.ts'
import { eventsPerRow } from '../writes/event-writes.ts'
import { createFlushed } from './flushed.ts'
import type { TenantRows } from './tenant-rows.ts'

function unpacked({ seq, at, events }: JobEventRow): Logged<JobEvent>[] {
  const list = fromJson(events)
  return list.map(({ at: own = at, ...event }, index) => ({ seq: seq - list.length + 1 + index, at: own, event }))
}

async function readJobEvents(
  rows: TenantRows,
  jobId: JobId,
  after: number,
  limit: number,
): Promise<readonly Logged<JobEvent>[]> {
  // The rows in which the first `limit` events can be.
  const bounds = 'job_id = ? and seq > ? and seq < ? order by seq'
  const found = await rows.select<JobEventRow>('*', 'job_events', bounds, [jobId, after, after + limit + eventsPerRow])
  return found
    .flatMap(unpacked)
    .filter(({ seq }) => seq > after)
    .slice(0, limit)
}

async function readLastJobSeqs(rows: TenantRows, jobIds: readonly JobId[]): Promise<ReadonlyMap<JobId, number>> {
  const ofJobs = `${rows.isIn('job_id')} group by job_id`
  const columns = 'job_id, max(seq) as seq'
  const found = await rows.select<JobEventRow>(columns, 'job_events', ofJobs, [JSON.stringify(jobIds)])
  return new Map(found.map(({ job_id, seq }) => [job_id, seq]))
}

/** An event of the feed beside its range, or the range alone. */
type FeedPageRow = { readonly oldest: number; readonly last: number } & (
  | Pick<ServerEventRow, 'seq' | 'at' | 'event'>
  | { readonly seq: null }
)

const feedRange = `select coalesce((select min(seq) from server_events where tenant = ?), 0) as oldest,
  coalesce((select last from feeds where tenant = ?), 0) as last`

async function readServerEvents(
  { connection, tenantId }: TenantRows,
  after: number,
  limit: number,
  serverId: ServerId | undefined,
): Promise<ServerEventPage> {
  const isWanted = serverId === undefined ? '' : 'and server_id = ?'
  const wanted = `select seq, at, event from server_events where tenant = ? ${isWanted} and seq > ? order by seq limit ?`
  // One statement, so that no commit comes between the events and the range.
  const sql = `select feed.*, wanted.* from (${feedRange}) as feed left join (${wanted}) as wanted on 1 = 1 order by seq`
  const ofServer = serverId === undefined ? [] : [serverId]
  const found = await connection.all<FeedPageRow>(sql, [tenantId, tenantId, tenantId, ...ofServer, after, limit])
  const { oldest = 0, last = 0 } = found[0] ?? {}
  const events = found.flatMap((row) =>
    row.seq === null ? [] : { seq: row.seq, at: row.at, event: fromJson(row.event) },
  )
  return { events, oldest, last }
}

export function createLogReads(rows: TenantRows, writeAheadLog: RunWriteAheadLog): LogReads {
  const { connection, tenantId } = rows
  const flushed = createFlushed(writeAheadLog)
  return {
    jobEvents: flushed(
      (jobId: JobId, after: number, limit: number) => readJobEvents(rows, jobId, after, limit),
      (jobId) => [jobId],
    ),
    lastJobSeqs: flushed(
      (jobIds: readonly JobId[]) => readLastJobSeqs(rows, jobIds),
      (jobIds) => jobIds,
    ),
    serverEvents: (after, limit, serverId) => readServerEvents(rows, after, limit, serverId),
    async lastServerSeq() {
      const [feed] = await connection.all<{ last: number }>('select last from feeds where tenant = ?', [tenantId])
      return feed?.last ?? 0
    },
  }
}
