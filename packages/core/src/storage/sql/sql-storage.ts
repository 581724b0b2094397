import type { Kysely } from 'kysely'
import { RegistryError } from '../../errors.ts'
import type { JobEvent, JobStatus, Logged, ServerEvent } from '../../events/events.ts'
import type { JobId, RefreshId, RunId, ServerId } from '../../ids.ts'
import { changesCatalog } from '../catalog-writes.ts'
import type { Storage, Write } from '../storage.ts'
import type { SqlConnection } from './connection.ts'
import { createDefinitionCache } from './definition-cache.ts'
import { createPages } from './pages.ts'
import {
  fromChildRow,
  fromDefinitionRow,
  fromOwnerRow,
  fromRefreshRow,
  fromRunRow,
  fromSecretKeyRow,
  fromServerRow,
  fromToolRow,
} from './rows.ts'
import { createRunJournal } from './run-journal.ts'
import type {
  ChildRow,
  Database,
  JobEventRow,
  OwnerRow,
  RefreshRow,
  RunRow,
  SecretKeyRow,
  ServerEventRow,
  ServerRow,
  ToolRow,
} from './schema.ts'
import { eventsPerRow } from './writes.ts'

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
  const list = JSON.parse(events) as (JobEvent & { readonly at?: number })[]
  return list.map(({ at: own = at, ...event }, index) => ({ seq: seq - list.length + 1 + index, at: own, event }))
}

const serverEventRange = `select coalesce((select min(seq) from server_events), 0) as oldest,
  coalesce((select seq from sqlite_sequence where name = 'server_events'), 0) as last`

/** Before the first: every id is longer. */
const firstId = ''

/** The storage over any SQL database. Closing it closes the connection, and Kysely with it. */
export function openSqlStorage(db: Kysely<Database>, connection: SqlConnection): Storage {
  const journal = createRunJournal(connection)
  const pages = createPages(db, connection)
  /** Before runs and logs are read: what is still in the journal must be seen. */
  const settled =
    <Args extends unknown[], Answer>(
      read: (...args: Args) => Promise<Answer>,
      idsOf?: (...args: Args) => readonly string[],
    ) =>
    async (...args: Args): Promise<Answer> => {
      await journal.setDown(idsOf ? idsOf(...args) : 'ALL')
      return read(...args)
    }
  const definitionOf = createDefinitionCache()
  const toTool = (row: ToolRow) => fromToolRow(row, definitionOf)
  const one = async <Row, Record>(
    sql: string,
    parameters: readonly (string | number)[],
    from: (row: Row) => Record,
  ) => {
    const [row] = await connection.all<Row>(sql, parameters)
    return row === undefined ? undefined : from(row)
  }
  const many = async <Row, Record>(table: string, ids: readonly string[], from: (row: Row) => Record) => {
    const rows = await connection.all<Row>(`select * from ${table} where id in (select value from json_each(?))`, [
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
  async function commit(writes: readonly Write[]): Promise<void> {
    const { statements, committed } = await journal.plan(writes)
    // What is pruned step by step must not come due in one great portion, for which everybody waits.
    const isPruning = writes.some(({ kind }) => kind === 'deleteJobs')
    if (isPruning) connection.checkpoints('SMALL')
    try {
      await connection.transact([...statements.keys()], (statement) => taken(statements.get(statement)))
    } finally {
      if (isPruning) connection.checkpoints('FEW')
    }
    committed()
    // Before whoever waits for this commit goes on.
    if (changesCatalog(writes)) ownVersion += 1
  }

  type OldRow = Pick<RunRow, 'id' | 'status' | 'created_at'> & { newer: number }
  /** By id, so in the order in which they were made; rows are numbered in the order in which they were written. */
  const oldest = <More>(table: 'runs' | 'refreshes', column: string, after: string, limit: number) =>
    connection.all<OldRow & More>(
      `select id, status, created_at, ${column}, (select max(rowid) from ${table}) - rowid as newer
        from ${table} where id > ? order by id limit ?`,
      [after, limit],
    )
  const toOldJob = ({ status, created_at, newer }: OldRow) => ({
    // Written from a JobStatus.
    status: status as JobStatus,
    createdAt: created_at,
    newer,
  })

  async function readJobEvents(jobId: JobId, after: number, limit: number): Promise<readonly Logged<JobEvent>[]> {
    // The rows in which the first `limit` events can stand.
    const sql = 'select seq, at, events from job_events where job_id = ? and seq > ? and seq < ? order by seq'
    const rows = await connection.all<JobEventRow>(sql, [jobId, after, after + limit + eventsPerRow])
    return rows
      .flatMap(unpacked)
      .filter(({ seq }) => seq > after)
      .slice(0, limit)
  }

  async function readLastJobSeqs(jobIds: readonly JobId[]): Promise<ReadonlyMap<JobId, number>> {
    const sql = `select job_id, max(seq) as seq from job_events
      where job_id in (select value from json_each(?)) group by job_id`
    const rows = await connection.all<JobEventRow>(sql, [JSON.stringify(jobIds)])
    // Ids that went in.
    return new Map(rows.map((row) => [row.job_id as JobId, row.seq]))
  }

  return {
    servers: {
      get: (id) => one('select * from servers where id = ?', [id], fromServerRow),
      getByName: (name) => one('select * from servers where name = ?', [name], fromServerRow),
      getMany: (ids) => many('servers', ids, fromServerRow),
      async namesOf(ids) {
        const sql = 'select id, name from servers where id in (select value from json_each(?))'
        const rows = await connection.all<Pick<ServerRow, 'id' | 'name'>>(sql, [JSON.stringify(ids)])
        // Ids that went in.
        return new Map(rows.map(({ id, name }) => [id as ServerId, name]))
      },
      page: async (query) => (await pages.servers(query)).map(fromServerRow),
      count: (filter) => pages.serverCount(filter),
      scheduled: async () =>
        (
          await connection.all<ServerRow>(
            'select * from servers where enabled = 1 and refresh_interval_ms is not null',
            [],
          )
        ).map(fromServerRow),
    },
    tools: {
      get: (id) => one('select * from tools where id = ?', [id], toTool),
      getByName: (serverId, name) =>
        one('select * from tools where server_id = ? and name = ? and removed_at is null', [serverId, name], toTool),
      getMany: (ids) => many('tools', ids, toTool),
      definitionsOf: async (serverId) =>
        (
          await connection.all<Pick<ToolRow, 'id' | 'name' | 'removed_at' | 'definition'>>(
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
        const rows = await connection.all<RefreshRow>(sql, [JSON.stringify(ids)])
        return new Map(rows.map(fromRefreshRow).map((refresh) => [refresh.serverId, refresh]))
      },
      unfinished: async () =>
        (await connection.all<RefreshRow>(`select * from refreshes where ${unfinished}`, [])).map(fromRefreshRow),
      oldest: async (after, limit) =>
        (await oldest<Pick<RefreshRow, 'server_id'>>('refreshes', 'server_id', after ?? firstId, limit)).map((row) => ({
          ...toOldJob(row),
          // Written from a RefreshId and a ServerId.
          id: row.id as RefreshId,
          serverId: row.server_id as ServerId,
        })),
    },
    runs: {
      get: settled(
        (id: RunId) => one('select * from runs where id = ?', [id], fromRunRow),
        (id) => [id],
      ),
      getMany: settled(
        (ids: readonly RunId[]) => many('runs', ids, fromRunRow),
        (ids) => ids,
      ),
      // A run with a key is never in the journal while it goes on.
      getByIdempotencyKey: settled((key) => one('select * from runs where idempotency_key = ?', [key], fromRunRow)),
      page: settled(async (query) => (await pages.runs(query)).map(fromRunRow)),
      count: settled((filter) => pages.runCount(filter)),
      pageByServer: settled(async (ids, query) =>
        groupRows(await pages.runsBy('server_id', ids, query), fromRunRow, (run) => run.serverId),
      ),
      countByServer: settled((ids, filter) => counts(pages.runCounts('server_id', ids, filter))),
      pageByTool: settled(async (ids, query) =>
        groupRows(await pages.runsBy('tool_id', ids, query), fromRunRow, (run) => run.toolId),
      ),
      countByTool: settled((ids, filter) => counts(pages.runCounts('tool_id', ids, filter))),
      unfinished: settled(async () =>
        (await connection.all<RunRow>(`select * from runs where ${unfinished}`, [])).map(fromRunRow),
      ),
      oldest: async (after, limit) =>
        (await oldest<Pick<RunRow, 'idempotency_key'>>('runs', 'idempotency_key', after ?? firstId, limit)).map(
          (row) => ({
            ...toOldJob(row),
            // Written from a RunId.
            id: row.id as RunId,
            idempotencyKey: row.idempotency_key,
          }),
        ),
    },
    log: {
      jobEvents: settled(readJobEvents, (jobId) => [jobId]),
      lastJobSeqs: settled(readLastJobSeqs, (jobIds) => jobIds),
      async serverEvents(after, limit, serverId) {
        const ofServer = serverId === undefined ? '' : 'server_id = ? and'
        const sql = `select seq, at, event from server_events where ${ofServer} seq > ? order by seq limit ?`
        const parameters = serverId === undefined ? [after, limit] : [serverId, after, limit]
        // Both asked for before either is waited for, so that no commit comes between them.
        const [rows, [range]] = await Promise.all([
          connection.all<ServerEventRow>(sql, parameters),
          connection.all<{ oldest: number; last: number }>(serverEventRange, []),
        ])
        return { events: rows.map((row) => logged<ServerEvent>(row)), ...(range ?? { oldest: 0, last: 0 }) }
      },
      async lastServerSeq() {
        const [range] = await connection.all<{ last: number }>(serverEventRange, [])
        return range?.last ?? 0
      },
    },
    children: {
      ofHost: async (host) =>
        (await connection.all<ChildRow>('select * from children where host = ?', [host])).map(fromChildRow),
    },
    foreignVersion: () => connection.foreignVersion(),
    catalogVersion: () => `${ownVersion} ${connection.foreignVersion()}`,
    commit,
    owners: async () => (await connection.all<OwnerRow>('select * from owners', [])).map(fromOwnerRow),
    secretKeys: async () =>
      (await connection.all<SecretKeyRow>('select * from secret_keys order by created_at, id', [])).map(
        fromSecretKeyRow,
      ),
    eraseClearText: () => connection.eraseClearText(),
    recover: (isGone) => journal.recover(isGone),
    async close() {
      try {
        await journal.close()
      } finally {
        await connection.close()
      }
    },
  }
}
