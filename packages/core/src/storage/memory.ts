import { hasEnded } from '../events/events.ts'
import type { RunRecord } from '../jobs/job.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { ToolRecord } from '../tools/tool.ts'
import { changesCatalog } from './catalog-writes.ts'
import { compareKeys, matchesRun, matchesServer, matchesTool } from './matches.ts'
import { apply, type Tables, type Undo } from './memory-writes.ts'
import type { PageQuery, SortKey, Storage, StorageAdapter } from './storage.ts'

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

/** Maps keep the order in which their keys were put in, which is that of the jobs. */
function oldest<Id extends string, Job extends { readonly id: Id; readonly createdAt: number }>(
  jobs: ReadonlyMap<Id, Job>,
  after: Id | undefined,
  limit: number,
): readonly (Job & { readonly newer: number })[] {
  return jobs
    .values()
    .map((job, index) => ({ ...job, newer: jobs.size - 1 - index }))
    .filter(({ id }) => after === undefined || id > after)
    .take(limit)
    .toArray()
}

function openMemory(tables: Tables): Storage {
  const { servers, tools, refreshes, runs, runKeys, jobEvents, serverEvents, children, owners, secretKeys } = tables
  const some = (rows: readonly unknown[]) => rows.length > 0
  const runsBy = <Id extends string>(ids: readonly Id[], idOf: (run: RunRecord) => Id) =>
    grouped(ids, runs.values(), idOf)
  let catalogVersion = 0
  const commit: Storage['commit'] = async (writes) => {
    const undos: Undo[] = []
    try {
      for (const write of writes) undos.push(...apply(tables, write))
    } catch (error) {
      for (const undo of undos.reverse()) undo()
      throw error
    }
    if (changesCatalog(writes)) catalogVersion += 1
  }
  return {
    catalogVersion: () => String(catalogVersion),
    foreignVersion: () => undefined,
    commit,
    owners: async () => [...owners.values()],
    secretKeys: async () => [...secretKeys.values()],
    eraseClearText: async () => undefined,
    recover: async () => undefined,
    servers: {
      get: async (id) => servers.get(id),
      getByName: async (name) => [...servers.values()].find((server) => server.name === name),
      getMany: async (ids) => getMany(servers, ids),
      namesOf: async (ids) => new Map(getMany(servers, ids).map(({ id, name }) => [id, name])),
      page: async (query) => page(servers.values(), query, matchesServer, serverKey),
      count: async (filter) => [...servers.values()].filter((server) => matchesServer(filter, server)).length,
      scheduled: async () =>
        [...servers.values()].filter(({ enabled, refreshIntervalMs }) => enabled && refreshIntervalMs !== null),
    },
    tools: {
      get: async (id) => tools.get(id),
      getByName: async (serverId, name) =>
        [...tools.values()].find(
          (tool) => tool.serverId === serverId && tool.definition.name === name && tool.removedAt === null,
        ),
      getMany: async (ids) => getMany(tools, ids),
      definitionsOf: async (serverId) =>
        [...tools.values()]
          .filter((tool) => tool.serverId === serverId)
          .map(({ id, definition, definitionText, removedAt }) => ({
            id,
            name: definition.name,
            removedAt,
            definitionText,
          })),
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
      oldest: async (after, limit) => oldest(refreshes, after, limit),
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
      oldest: async (after, limit) => oldest(runs, after, limit),
    },
    log: {
      jobEvents: async (jobId, after, limit) => (jobEvents.get(jobId) ?? []).slice(after, after + limit),
      lastJobSeqs: async (ids) =>
        new Map(
          ids.flatMap((id) => (jobEvents.get(id)?.length ? [[id, jobEvents.get(id)?.length ?? 0] as const] : [])),
        ),
      serverEvents: async (after, limit, serverId) => ({
        events: serverEvents.kept
          .filter(({ seq, event }) => seq > after && (serverId === undefined || event.serverId === serverId))
          .slice(0, limit),
        oldest: serverEvents.kept[0]?.seq ?? 0,
        last: serverEvents.last,
      }),
      lastServerSeq: async () => serverEvents.last,
    },
    children: { ofHost: async (host) => [...children.values()].filter((child) => child.host === host) },
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
        children: new Map(),
        serverEvents: { kept: [], last: 0 },
        owners: new Map(),
        secretKeys: new Map(),
      }),
  }
}
