import type { Kysely } from 'kysely'
import { RegistryError } from '../../errors.ts'
import type { JobEvent, Logged, ServerEvent } from '../../events/events.ts'
import type { JobId, RunId, ServerId } from '../../ids.ts'
import { changesCatalog } from '../catalog-writes.ts'
import type { Storage, Write } from '../storage.ts'
import type { CommitTime, SqlConnection } from './connection.ts'
import { createDefinitionCache } from './definition-cache.ts'
import { createPages } from './pages.ts'
import { fromChildRow, fromDefinitionRow, fromRefreshRow, fromRunRow, fromServerRow, fromToolRow } from './rows.ts'
import type {
  ChildRow,
  Database,
  JobEventRow,
  RefreshRow,
  RunRow,
  ServerEventRow,
  ServerRow,
  ToolRow,
} from './schema.ts'
import { createStartedRuns } from './started-runs.ts'
import { eventsPerRow } from './writes.ts'

/** The tables that are written later than was asked for: their readers must see what was. */
const writtenLate = /\b(?:runs|job_events)\b/

// The second part, which follows from the first, lets the index of the runs that did not succeed serve.
const unfinished = `status in ('QUEUED', 'RUNNING') and status <> 'SUCCEEDED'`

function groupRows<Row, Record, Id extends string>(
  rows: readonly Row[],
  from: (row: Row) => Record,
  idOf: (record: Record) => Id,
) {
  return Map.groupBy(rows.map(from), idOf)
}

function logged<Event>(row: { seq: number; at: number; event: string }): Logged<Event> {
  // Written from an Event, by writes.ts alone.
  return { seq: row.seq, at: row.at, event: JSON.parse(row.event) as Event }
}

function unpacked({ seq, at, events }: JobEventRow): Logged<JobEvent>[] {
  // Written from JobEvents, by writes.ts alone.
  const list = JSON.parse(events) as JobEvent[]
  return list.map((event, index) => ({ seq: seq - list.length + 1 + index, at, event }))
}

/** The storage over any SQL database. Closing it closes the connection, and Kysely with it. */
export async function openSqlStorage(db: Kysely<Database>, connection: SqlConnection): Promise<Storage> {
  const started = createStartedRuns(connection)
  const reader: Pick<SqlConnection, 'all'> = {
    all(sql, parameters) {
      if (writtenLate.test(sql)) {
        started.setDown()
        connection.settle()
      }
      return connection.all(sql, parameters)
    },
  }
  const pages = createPages(db, reader)
  const definitionOf = createDefinitionCache()
  const toTool = (row: ToolRow) => fromToolRow(row, definitionOf)
  const one = async <Row, Record>(
    sql: string,
    parameters: readonly (string | number)[],
    from: (row: Row) => Record,
  ) => {
    const [row] = await reader.all<Row>(sql, parameters)
    return row === undefined ? undefined : from(row)
  }
  const many = async <Row, Record>(table: string, ids: readonly string[], from: (row: Row) => Record) => {
    const rows = await reader.all<Row>(`select * from ${table} where id in (select value from json_each(?))`, [
      JSON.stringify(ids),
    ])
    return rows.map(from)
  }
  // Ids of the rows are what went in (rows.ts), so the maps have the callers' id types.
  const counts = async <Id extends string>(rows: Promise<Map<string, number>>) => (await rows) as Map<Id, number>

  /** The error that tells who has the name or key: found by asking, as the driver does not say. */
  async function taken(write: Write | undefined): Promise<Error> {
    if (write?.kind === 'insertServer' || write?.kind === 'updateServer') {
      const { name } = write.server
      const holder = await one<ServerRow, ServerId>(
        'select * from servers where name = ?',
        [name],
        (row) => fromServerRow(row).id,
      )
      return new RegistryError(
        'NAME_TAKEN',
        `The name "${name}" is taken by the server ${holder ?? '(deleted meanwhile)'}`,
        {
          path: ['name'],
          details: holder === undefined ? {} : { serverId: holder },
        },
      )
    }
    if (write?.kind === 'insertRun' || write?.kind === 'updateRun') {
      const key = write.run.idempotencyKey ?? ''
      const holder = await one<RunRow, RunId>(
        'select * from runs where idempotency_key = ?',
        [key],
        (row) => fromRunRow(row).id,
      )
      return new RegistryError(
        'IDEMPOTENCY_CONFLICT',
        `The idempotency key belongs to the run ${holder ?? '(pruned meanwhile)'}`,
        {
          path: ['idempotencyKey'],
          details: holder === undefined ? {} : { jobId: holder },
        },
      )
    }
    return new RegistryError('INTERNAL', `A key was taken twice by the write ${write?.kind}`)
  }

  let ownVersion = 0
  async function commit(writes: readonly Write[], when: CommitTime): Promise<void> {
    const { statements, committed, failed } = started.plan(writes)
    try {
      await connection.transact([...statements.keys()], when, (statement) => taken(statements.get(statement)))
    } catch (error) {
      failed()
      throw error
    }
    committed()
    // Before whoever waits for this commit goes on.
    if (changesCatalog(writes)) ownVersion += 1
  }

  await started.recover()
  return {
    servers: {
      get: (id) => one('select * from servers where id = ?', [id], fromServerRow),
      getByName: (name) => one('select * from servers where name = ?', [name], fromServerRow),
      getMany: (ids) => many('servers', ids, fromServerRow),
      async namesOf(ids) {
        const sql = 'select id, name from servers where id in (select value from json_each(?))'
        const rows = await reader.all<Pick<ServerRow, 'id' | 'name'>>(sql, [JSON.stringify(ids)])
        // Ids that went in.
        return new Map(rows.map(({ id, name }) => [id as ServerId, name]))
      },
      page: async (query) => (await pages.servers(query)).map(fromServerRow),
      count: (filter) => pages.serverCount(filter),
      scheduled: async () =>
        (
          await reader.all<ServerRow>('select * from servers where enabled = 1 and refresh_interval_ms is not null', [])
        ).map(fromServerRow),
    },
    tools: {
      get: (id) => one('select * from tools where id = ?', [id], toTool),
      getByName: (serverId, name) =>
        one('select * from tools where server_id = ? and name = ? and removed_at is null', [serverId, name], toTool),
      getMany: (ids) => many('tools', ids, toTool),
      definitionsOf: async (serverId) =>
        (
          await reader.all<Pick<ToolRow, 'id' | 'name' | 'removed_at' | 'definition'>>(
            'select id, name, removed_at, definition from tools where server_id = ?',
            [serverId],
          )
        ).map(fromDefinitionRow),
      page: async (query) => (await pages.tools(query)).map(toTool),
      count: (filter) => pages.toolCount(filter),
      pageByServer: async (ids, query) =>
        groupRows(await pages.toolsByServer(ids, query), toTool, (tool) => tool.serverId),
      countByServer: (ids, filter) => counts(pages.toolCounts(ids, filter)),
    },
    refreshes: {
      get: (id) => one('select * from refreshes where id = ?', [id], fromRefreshRow),
      getMany: (ids) => many('refreshes', ids, fromRefreshRow),
      async latestByServer(ids) {
        // Ids sort by time, so the index on (server_id, id) has the newest at its end.
        const sql = `select refreshes.* from json_each(?) as wanted join refreshes
          on refreshes.id = (select max(id) from refreshes where server_id = wanted.value)`
        const rows = await reader.all<RefreshRow>(sql, [JSON.stringify(ids)])
        return new Map(rows.map(fromRefreshRow).map((refresh) => [refresh.serverId, refresh]))
      },
      unfinished: async () =>
        (await reader.all<RefreshRow>(`select * from refreshes where ${unfinished}`, [])).map(fromRefreshRow),
    },
    runs: {
      get: (id) => one('select * from runs where id = ?', [id], fromRunRow),
      getMany: (ids) => many('runs', ids, fromRunRow),
      getByIdempotencyKey: (key) => one('select * from runs where idempotency_key = ?', [key], fromRunRow),
      page: async (query) => (await pages.runs(query)).map(fromRunRow),
      count: (filter) => pages.runCount(filter),
      pageByServer: async (ids, query) =>
        groupRows(await pages.runsBy('server_id', ids, query), fromRunRow, (run) => run.serverId),
      countByServer: (ids, filter) => counts(pages.runCounts('server_id', ids, filter)),
      pageByTool: async (ids, query) =>
        groupRows(await pages.runsBy('tool_id', ids, query), fromRunRow, (run) => run.toolId),
      countByTool: (ids, filter) => counts(pages.runCounts('tool_id', ids, filter)),
      unfinished: async () => (await reader.all<RunRow>(`select * from runs where ${unfinished}`, [])).map(fromRunRow),
    },
    log: {
      async jobEvents(jobId, after, limit) {
        // The rows in which the first `limit` events can stand.
        const sql = 'select seq, at, events from job_events where job_id = ? and seq > ? and seq < ? order by seq'
        const rows = await reader.all<JobEventRow>(sql, [jobId, after, after + limit + eventsPerRow])
        return rows
          .flatMap(unpacked)
          .filter(({ seq }) => seq > after)
          .slice(0, limit)
      },
      async lastJobSeqs(jobIds) {
        const sql = `select job_id, max(seq) as seq from job_events
          where job_id in (select value from json_each(?)) group by job_id`
        const rows = await reader.all<JobEventRow>(sql, [JSON.stringify(jobIds)])
        // Ids that went in.
        return new Map(rows.map((row) => [row.job_id as JobId, row.seq]))
      },
      async serverEvents(after, limit, serverId) {
        const ofServer = serverId === undefined ? '' : 'server_id = ? and'
        const sql = `select seq, at, event from server_events where ${ofServer} seq > ? order by seq limit ?`
        const parameters = serverId === undefined ? [after, limit] : [serverId, after, limit]
        return (await reader.all<ServerEventRow>(sql, parameters)).map((row) => logged<ServerEvent>(row))
      },
      async serverEventRange() {
        const sql = `select coalesce((select min(seq) from server_events), 0) as oldest,
          coalesce((select seq from sqlite_sequence where name = 'server_events'), 0) as last`
        const [range] = await reader.all<{ oldest: number; last: number }>(sql, [])
        return range ?? { oldest: 0, last: 0 }
      },
    },
    children: {
      ofHost: async (host) =>
        (await reader.all<ChildRow>('select * from children where host = ?', [host])).map(fromChildRow),
    },
    catalogVersion: () => `${ownVersion} ${connection.foreignVersion()}`,
    commit: (writes) => commit(writes, 'NOW'),
    commitSoon: (writes) => commit(writes, 'END_OF_TURN'),
    close() {
      started.close()
      return connection.close()
    },
  }
}
