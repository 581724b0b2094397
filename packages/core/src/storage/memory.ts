import { RegistryError } from '../errors.ts'
import type { JobEvent, Logged, ServerEvent } from '../events/events.ts'
import { hasEnded } from '../events/events.ts'
import type { JobId, RefreshId, RunId, ServerId, ToolId } from '../ids.ts'
import type { RefreshRecord, RunRecord } from '../jobs/job.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { ToolRecord } from '../tools/tool.ts'
import { compareKeys, matchesRun, matchesServer, matchesTool } from './matches.ts'
import type { PageQuery, SortKey, Storage, StorageAdapter, Write } from './storage.ts'

interface Tables {
  readonly servers: Map<ServerId, ServerRecord>
  readonly tools: Map<ToolId, ToolRecord>
  readonly refreshes: Map<RefreshId, RefreshRecord>
  readonly runs: Map<RunId, RunRecord>
  readonly runKeys: Map<string, RunId>
  readonly jobEvents: Map<JobId, Logged<JobEvent>[]>
  readonly serverEvents: { kept: Logged<ServerEvent>[]; last: number }
}

type Undo = () => void

function notFound(what: string, id: string): RegistryError {
  return new RegistryError('NOT_FOUND', `No ${what} has the id ${id}`)
}

/** Puts a value in a map and says how to take it back. */
function put<K, V>(map: Map<K, V>, key: K, value: V): Undo {
  const before = map.get(key)
  map.set(key, value)
  return before === undefined ? () => map.delete(key) : () => map.set(key, before)
}

function assertNameIsFree({ servers }: Tables, server: ServerRecord): void {
  for (const other of servers.values()) {
    if (other.name !== server.name || other.id === server.id) continue
    throw new RegistryError('NAME_TAKEN', `The name "${server.name}" is taken by the server ${other.id}`, {
      path: ['name'],
      details: { serverId: other.id },
    })
  }
}

function mustHave<K extends string, V>(map: ReadonlyMap<K, V>, key: K, what: string): V {
  const value = map.get(key)
  if (value === undefined) throw notFound(what, key)
  return value
}

/** Applies one write; answers how to undo it, which a failure of a later one needs. */
function apply(tables: Tables, write: Write): Undo[] {
  const { servers, tools, refreshes, runs, runKeys, jobEvents, serverEvents } = tables
  switch (write.kind) {
    case 'insertServer':
      assertNameIsFree(tables, write.server)
      return [put(servers, write.server.id, write.server)]
    case 'updateServer': {
      const before = mustHave(servers, write.server.id, 'server')
      if (before.revision !== write.ifRevision) {
        throw new RegistryError(
          'REVISION_CONFLICT',
          `The server ${before.id} is at revision ${before.revision}, not ${write.ifRevision}`,
          {
            path: ['expectedRevision'],
            details: { serverId: before.id },
          },
        )
      }
      assertNameIsFree(tables, write.server)
      return [put(servers, before.id, { ...write.server, state: before.state })]
    }
    case 'setServerState':
      return [put(servers, write.serverId, { ...mustHave(servers, write.serverId, 'server'), state: write.state })]
    case 'deleteServer': {
      const server = mustHave(servers, write.serverId, 'server')
      const owned = [...tools.values()].filter((tool) => tool.serverId === server.id)
      servers.delete(server.id)
      for (const tool of owned) tools.delete(tool.id)
      return [() => servers.set(server.id, server), ...owned.map((tool) => () => tools.set(tool.id, tool))]
    }
    case 'insertTools':
      for (const tool of write.tools) mustHave(servers, tool.serverId, 'server')
      return write.tools.map((tool) => put(tools, tool.id, tool))
    case 'redefineTools':
      for (const { id } of write.tools) mustHave(tools, id, 'tool')
      return write.tools.map(({ id, ...definition }) =>
        put(tools, id, { ...mustHave(tools, id, 'tool'), ...definition, updatedAt: write.at, removedAt: null }),
      )
    case 'removeTools':
      for (const id of write.toolIds) mustHave(tools, id, 'tool')
      return write.toolIds.map((id) =>
        put(tools, id, { ...mustHave(tools, id, 'tool'), updatedAt: write.at, removedAt: write.at }),
      )
    case 'setTool': {
      const tool = mustHave(tools, write.toolId, 'tool')
      return [put(tools, tool.id, { ...tool, settings: write.settings, updatedAt: write.at })]
    }
    case 'insertRefresh':
      return [put(refreshes, write.refresh.id, write.refresh)]
    case 'updateRefresh':
      mustHave(refreshes, write.refresh.id, 'refresh')
      return [put(refreshes, write.refresh.id, write.refresh)]
    case 'insertRun':
    case 'updateRun': {
      const { run } = write
      const before = write.kind === 'updateRun' ? mustHave(runs, run.id, 'run') : undefined
      const holder = run.idempotencyKey === null ? undefined : runKeys.get(run.idempotencyKey)
      if (holder !== undefined && holder !== run.id) {
        throw new RegistryError('IDEMPOTENCY_CONFLICT', `The idempotency key belongs to the run ${holder}`, {
          details: { jobId: holder },
        })
      }
      const undos = [put(runs, run.id, run)]
      const oldKey = before?.idempotencyKey ?? null
      if (oldKey !== null && oldKey !== run.idempotencyKey) {
        runKeys.delete(oldKey)
        undos.push(() => runKeys.set(oldKey, run.id))
      }
      if (run.idempotencyKey !== null) undos.push(put(runKeys, run.idempotencyKey, run.id))
      return undos
    }
    case 'appendJobEvents': {
      const log = jobEvents.get(write.jobId) ?? []
      const length = log.length
      jobEvents.set(write.jobId, log)
      for (const event of write.events) log.push({ seq: log.length + 1, at: write.at, event })
      return [() => log.splice(length)]
    }
    case 'appendServerEvents': {
      const before = { kept: serverEvents.kept, last: serverEvents.last }
      const added = write.events.map((event, index) => ({ seq: before.last + index + 1, at: write.at, event }))
      serverEvents.last += added.length
      serverEvents.kept = [...before.kept, ...added].slice(-write.keep)
      return [() => Object.assign(serverEvents, before)]
    }
  }
}

function page<Row, Filter, Sort extends string>(
  rows: Iterable<Row>,
  query: PageQuery<Filter, Sort>,
  matches: (filter: Filter, row: Row) => boolean,
  key: (row: Row, sort: Sort) => SortKey,
): readonly Row[] {
  const sign = query.direction === 'ASC' ? 1 : -1
  const { beyond } = query
  return [...rows]
    .filter((row) => matches(query.filter, row) && (!beyond || sign * compareKeys(key(row, query.sort), beyond) > 0))
    .sort((a, b) => sign * compareKeys(key(a, query.sort), key(b, query.sort)))
    .slice(0, query.limit)
}

function grouped<Id extends string, Row>(
  ids: readonly Id[],
  rows: Iterable<Row>,
  idOf: (row: Row) => Id,
): ReadonlyMap<Id, readonly Row[]> {
  const wanted = new Set(ids)
  return Map.groupBy(
    [...rows].filter((row) => wanted.has(idOf(row))),
    idOf,
  )
}

function mapValues<K, From, To>(
  map: ReadonlyMap<K, From>,
  to: (value: From) => To,
  keep: (value: To) => boolean,
): ReadonlyMap<K, To> {
  return new Map([...map].map(([key, value]) => [key, to(value)] as const).filter(([, value]) => keep(value)))
}

const serverKey = (server: ServerRecord, sort: 'NAME' | 'CREATED_AT' | 'UPDATED_AT'): SortKey => ({
  id: server.id,
  value: sort === 'NAME' ? server.name : sort === 'CREATED_AT' ? server.createdAt : server.updatedAt,
})
const toolKey = (tool: ToolRecord, sort: 'NAME' | 'FIRST_SEEN_AT'): SortKey => ({
  id: tool.id,
  value: sort === 'NAME' ? tool.definition.name : tool.firstSeenAt,
})
const runKey = (run: RunRecord): SortKey => ({ id: run.id, value: run.createdAt })

function getMany<Id, Row>(map: ReadonlyMap<Id, Row>, ids: readonly Id[]): readonly Row[] {
  return [...new Set(ids)].flatMap((id) => map.get(id) ?? [])
}

function openMemory(tables: Tables): Storage {
  const { servers, tools, refreshes, runs, runKeys, jobEvents, serverEvents } = tables
  const some = (rows: readonly unknown[]) => rows.length > 0
  const runsBy = <Id extends string>(ids: readonly Id[], idOf: (run: RunRecord) => Id) =>
    grouped(ids, runs.values(), idOf)
  return {
    servers: {
      get: async (id) => servers.get(id),
      getByName: async (name) => [...servers.values()].find((server) => server.name === name),
      getMany: async (ids) => getMany(servers, ids),
      page: async (query) => page(servers.values(), query, matchesServer, serverKey),
      count: async (filter) => [...servers.values()].filter((server) => matchesServer(filter, server)).length,
    },
    tools: {
      get: async (id) => tools.get(id),
      getByName: async (serverId, name) =>
        [...tools.values()].find(
          (tool) => tool.serverId === serverId && tool.definition.name === name && tool.removedAt === null,
        ),
      getMany: async (ids) => getMany(tools, ids),
      allOf: async (serverId) => [...tools.values()].filter((tool) => tool.serverId === serverId),
      page: async (query) => page(tools.values(), query, matchesTool, toolKey),
      count: async (filter) => [...tools.values()].filter((tool) => matchesTool(filter, tool)).length,
      pageByServer: async (ids, query) =>
        mapValues(
          grouped(ids, tools.values(), (tool) => tool.serverId),
          (rows) => page(rows, query, matchesTool, toolKey),
          some,
        ),
      countByServer: async (ids, filter) =>
        mapValues(
          grouped(ids, tools.values(), (tool) => tool.serverId),
          (rows) => rows.filter((tool) => matchesTool(filter, tool)).length,
          (count) => count > 0,
        ),
    },
    refreshes: {
      get: async (id) => refreshes.get(id),
      getMany: async (ids) => getMany(refreshes, ids),
      // Ids sort by time.
      latestByServer: async (ids) =>
        mapValues(
          grouped(ids, refreshes.values(), (refresh) => refresh.serverId),
          (rows) => rows.reduce((latest, refresh) => (refresh.id > latest.id ? refresh : latest)),
          () => true,
        ),
      unfinished: async () => [...refreshes.values()].filter(({ status }) => !hasEnded(status)),
    },
    runs: {
      get: async (id) => runs.get(id),
      getMany: async (ids) => getMany(runs, ids),
      async getByIdempotencyKey(key) {
        const id = runKeys.get(key)
        return id && runs.get(id)
      },
      page: async (query) => page(runs.values(), query, matchesRun, runKey),
      count: async (filter) => [...runs.values()].filter((run) => matchesRun(filter, run)).length,
      pageByServer: async (ids, query) =>
        mapValues(
          runsBy(ids, (run) => run.serverId),
          (rows) => page(rows, query, matchesRun, runKey),
          some,
        ),
      countByServer: async (ids, filter) =>
        mapValues(
          runsBy(ids, (run) => run.serverId),
          (rows) => rows.filter((run) => matchesRun(filter, run)).length,
          (count) => count > 0,
        ),
      pageByTool: async (ids, query) =>
        mapValues(
          runsBy(ids, (run) => run.toolId),
          (rows) => page(rows, query, matchesRun, runKey),
          some,
        ),
      countByTool: async (ids, filter) =>
        mapValues(
          runsBy(ids, (run) => run.toolId),
          (rows) => rows.filter((run) => matchesRun(filter, run)).length,
          (count) => count > 0,
        ),
      unfinished: async () => [...runs.values()].filter(({ status }) => !hasEnded(status)),
    },
    log: {
      jobEvents: async (jobId, after, limit) => (jobEvents.get(jobId) ?? []).slice(after, after + limit),
      lastJobSeqs: async (ids) =>
        new Map(
          ids.flatMap((id) => (jobEvents.get(id)?.length ? [[id, jobEvents.get(id)?.length ?? 0] as const] : [])),
        ),
      serverEvents: async (after, limit, serverId) =>
        serverEvents.kept
          .filter(({ seq, event }) => seq > after && (serverId === undefined || event.serverId === serverId))
          .slice(0, limit),
      serverEventRange: async () => ({ oldest: serverEvents.kept[0]?.seq ?? 0, last: serverEvents.last }),
    },
    async commit(writes) {
      const undos: Undo[] = []
      try {
        for (const write of writes) undos.push(...apply(tables, write))
      } catch (error) {
        for (const undo of undos.reverse()) undo()
        throw error
      }
    },
    close: async () => undefined,
  }
}

/** Keeps everything in this process; it is gone with the registry. */
export function memoryStorage(): StorageAdapter {
  return {
    open: async () =>
      openMemory({
        servers: new Map(),
        tools: new Map(),
        refreshes: new Map(),
        runs: new Map(),
        runKeys: new Map(),
        jobEvents: new Map(),
        serverEvents: { kept: [], last: 0 },
      }),
  }
}
