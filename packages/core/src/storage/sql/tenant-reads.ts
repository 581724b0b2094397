import type { Kysely } from 'kysely'
import type { JobId, RefreshId, RunId, ServerId, TenantId } from '../../base/ids.ts'
import type { JobEvent, Logged, ServerEvent } from '../../model/events.ts'
import type { PageRows, ReadLimit } from '../../model/filters.ts'
import type { TenantStorage } from '../storage.ts'
import { inTurns, type LongTable } from './bounded-rows.ts'
import type { SqlConnection } from './connection.ts'
import { definitionPages } from './definition-pages.ts'
import { createPages } from './pages.ts'
import { fromAuditRow, fromRefreshRow, fromRunRow, fromServerRow, fromToolRow } from './rows.ts'
import type { RunWriteAheadLog } from './run-write-ahead-log.ts'
import type { Database, JobEventRow, RefreshRow, ServerEventRow, ServerRow, ToolRow } from './schema.ts'
import type { SqlValue } from './statement.ts'
import { createToolSearch } from './tool-search.ts'
import { eventsPerRow } from './writes.ts'

function groupRows<Row, Record, Id extends string>(
  rows: readonly Row[],
  from: (row: Row) => Record,
  idOf: (record: Record) => Id,
) {
  return Map.groupBy(rows.map(from), idOf)
}

async function recordsOf<Row extends object, Record>(
  rows: PageRows<Row>,
  table: LongTable,
  from: (row: Row) => Record,
): Promise<PageRows<Record>> {
  const records = await inTurns(rows, table, from)
  return rows.endsEarly ? Object.assign(records, { endsEarly: true } as const) : records
}

function logged<Event>(row: { seq: number; at: number; event: string }): Logged<Event> {
  // Written from an Event, by writes.ts alone.
  return { seq: row.seq, at: row.at, event: JSON.parse(row.event) as Event }
}

function unpacked({ seq, at, events }: JobEventRow): Logged<JobEvent>[] {
  // Written from JobEvents, by writes.ts alone.
  const list = JSON.parse(events) as (JobEvent & { readonly at?: number })[]
  return list.map(({ at: own = at, ...event }, index) => ({ seq: seq - list.length + 1 + index, at: own, event }))
}

/** An event of the feed beside its range, or the range alone. */
type FeedPageRow = { readonly oldest: number; readonly last: number } & (
  | Pick<ServerEventRow, 'seq' | 'at' | 'event'>
  | { readonly seq: null }
)

const feedRange = `select coalesce((select min(seq) from server_events where tenant = ?), 0) as oldest,
  coalesce((select last from feeds where tenant = ?), 0) as last`

export interface TenantReadDeps {
  readonly db: Kysely<Database>
  readonly connection: SqlConnection
  readonly writeAheadLog: RunWriteAheadLog
  readonly definitionOf: Parameters<typeof fromToolRow>[1]
  readonly readLimit: () => ReadLimit | undefined
}

/** What a tenant reads: every statement names it. */
export function createTenantReads(
  { db, connection, writeAheadLog, definitionOf, readLimit }: TenantReadDeps,
  tenantId: TenantId,
): Omit<TenantStorage, 'tenantId' | 'catalogVersion' | 'commit'> {
  const pages = createPages(db, connection, tenantId, readLimit)
  /** Before runs and logs are read: what is still in the write-ahead log must be seen. */
  const settled =
    <Args extends unknown[], Answer>(
      read: (...args: Args) => Promise<Answer>,
      idsOf?: (...args: Args) => readonly string[],
    ) =>
    async (...args: Args): Promise<Answer> => {
      await writeAheadLog.flush(idsOf ? idsOf(...args) : 'ALL')
      return read(...args)
    }
  const toTool = (row: ToolRow) => fromToolRow(row, definitionOf)
  /** Rows of the table that are the tenant's and meet the condition. */
  const select = <Row>(columns: string, table: string, condition: string, parameters: readonly SqlValue[]) =>
    connection.all<Row>(`select ${columns} from ${table} where tenant = ? and ${condition}`, [tenantId, ...parameters])
  const one = async <Row, Record>(
    table: string,
    condition: string,
    parameters: readonly SqlValue[],
    from: (row: Row) => Record,
  ) => {
    const [row] = await select<Row>('*', table, condition, parameters)
    return row === undefined ? undefined : from(row)
  }
  const { items } = connection.dialect
  const isIn = (column: string) => `${column} in (select value from ${items})`
  const many = async <Row extends { readonly id: string }, Record>(
    table: LongTable,
    ids: readonly string[],
    from: (row: Row) => Record,
    isBounded = false,
  ) => inTurns(await pages.byIds<Row>(table, ids, isBounded), table, from)
  // Ids of the rows are what went in (rows.ts), so the maps have the callers' id types.
  const counts = async <Id extends string>(rows: Promise<Map<string, number>>) => (await rows) as Map<Id, number>

  async function readJobEvents(jobId: JobId, after: number, limit: number): Promise<readonly Logged<JobEvent>[]> {
    // The rows in which the first `limit` events can stand.
    const bounds = 'job_id = ? and seq > ? and seq < ? order by seq'
    const rows = await select<JobEventRow>('*', 'job_events', bounds, [jobId, after, after + limit + eventsPerRow])
    return rows
      .flatMap(unpacked)
      .filter(({ seq }) => seq > after)
      .slice(0, limit)
  }

  async function readLastJobSeqs(jobIds: readonly JobId[]): Promise<ReadonlyMap<JobId, number>> {
    const ofJobs = `${isIn('job_id')} group by job_id`
    const rows = await select<JobEventRow>('job_id, max(seq) as seq', 'job_events', ofJobs, [JSON.stringify(jobIds)])
    // Ids that went in.
    return new Map(rows.map((row) => [row.job_id as JobId, row.seq]))
  }

  return {
    servers: {
      get: (id) => one('servers', 'id = ?', [id], fromServerRow),
      getByName: (name) => one('servers', 'name = ?', [name], fromServerRow),
      getMany: (ids) => many('servers', ids, fromServerRow),
      async namesOf(ids) {
        const rows = await select<ServerRow>('id, name', 'servers', isIn('id'), [JSON.stringify(ids)])
        // Ids that went in.
        return new Map(rows.map(({ id, name }) => [id as ServerId, name]))
      },
      page: async (query) => recordsOf(await pages.servers(query), 'servers', fromServerRow),
      count: (filter) => pages.serverCount(filter),
    },
    tools: {
      get: (id) => one('tools', 'id = ?', [id], toTool),
      getByName: (serverId, name) =>
        one('tools', 'server_id = ? and name = ? and removed_at is null', [serverId, name], toTool),
      getMany: (ids, { isBounded } = { isBounded: false }) => many('tools', ids, toTool, isBounded),
      definitionsOf: (serverId) => definitionPages(connection, tenantId, serverId),
      page: async (query) => recordsOf(await pages.tools(query), 'tools', toTool),
      count: (filter) => pages.toolCount(filter),
      pageByServer: async (ids, query) =>
        groupRows(await pages.toolsByServer(ids, query), toTool, (tool) => tool.serverId),
      countByServer: (ids, filter) => counts(pages.toolCounts(ids, filter)),
      ...createToolSearch(pages, connection, tenantId, (ids) => many('tools', ids, toTool, true)),
    },
    refreshes: {
      get: (id) => one('refreshes', 'id = ?', [id], fromRefreshRow),
      getMany: (ids) => many('refreshes', ids, fromRefreshRow),
      async latestByServer(ids) {
        // Ids sort by time, so the index on (tenant, server_id, id) has the newest at its end.
        const sql = `select refreshes.* from ${items} as wanted join refreshes
          on refreshes.id = (select max(id) from refreshes where tenant = ? and server_id = wanted.value)`
        const rows = await connection.all<RefreshRow>(sql, [JSON.stringify(ids), tenantId])
        return new Map(rows.map(fromRefreshRow).map((refresh) => [refresh.serverId, refresh]))
      },
      async beyondBytes(serverId, bytes) {
        const events = '(select sum(octet_length(events)) from job_events where job_id = refreshes.id)'
        const sizes = `select id, status, row_number() over newest_first as place,
            sum(octet_length(outcome) + coalesce(${events}, 0)) over newest_first as taken
          from refreshes where tenant = ? and server_id = ? window newest_first as (order by id desc rows unbounded preceding)`
        const sql = `select id from (${sizes}) as sized
          where place > 1 and taken > ? and status not in ('QUEUED', 'RUNNING')`
        const rows = await connection.all<Pick<RefreshRow, 'id'>>(sql, [tenantId, serverId, bytes])
        // Written from a RefreshId.
        return rows.map(({ id }) => id as RefreshId)
      },
    },
    runs: {
      get: settled(
        (id: RunId) => one('runs', 'id = ?', [id], fromRunRow),
        (id) => [id],
      ),
      getMany: settled(
        (ids: readonly RunId[]) => many('runs', ids, fromRunRow, true),
        (ids) => ids,
      ),
      // A run with a key is never in the write-ahead log while it goes on.
      getByIdempotencyKey: settled((key) => one('runs', 'idempotency_key = ?', [key], fromRunRow)),
      page: settled(async (query) => recordsOf(await pages.runs(query), 'runs', fromRunRow)),
      count: settled((filter) => pages.runCount(filter)),
      pageByServer: settled(async (ids, query) =>
        groupRows(await pages.runsBy('server_id', ids, query), fromRunRow, (run) => run.serverId),
      ),
      countByServer: settled((ids, filter) => counts(pages.runCounts('server_id', ids, filter))),
      pageByTool: settled(async (ids, query) =>
        groupRows(await pages.runsBy('tool_id', ids, query), fromRunRow, (run) => run.toolId),
      ),
      countByTool: settled((ids, filter) => counts(pages.runCounts('tool_id', ids, filter))),
    },
    audit: {
      page: async (query) => (await pages.audit(query)).map(fromAuditRow),
      count: (filter) => pages.auditCount(filter),
    },
    log: {
      jobEvents: settled(readJobEvents, (jobId) => [jobId]),
      lastJobSeqs: settled(readLastJobSeqs, (jobIds) => jobIds),
      async serverEvents(after, limit, serverId) {
        const isWanted = serverId === undefined ? '' : 'and server_id = ?'
        const wanted = `select seq, at, event from server_events where tenant = ? ${isWanted} and seq > ? order by seq limit ?`
        // One statement, so that no commit comes between the events and the range.
        const sql = `select feed.*, wanted.* from (${feedRange}) as feed left join (${wanted}) as wanted on 1 = 1 order by seq`
        const ofServer = serverId === undefined ? [] : [serverId]
        const rows = await connection.all<FeedPageRow>(sql, [tenantId, tenantId, tenantId, ...ofServer, after, limit])
        const { oldest = 0, last = 0 } = rows[0] ?? {}
        return { events: rows.flatMap((row) => (row.seq === null ? [] : logged<ServerEvent>(row))), oldest, last }
      },
      async lastServerSeq() {
        const [feed] = await connection.all<{ last: number }>('select last from feeds where tenant = ?', [tenantId])
        return feed?.last ?? 0
      },
    },
  }
}
