// Longer than 300 lines: one implementation of the storage port, whose reads share the tables of a tenant. Writes are in memory-writes.ts.

import { compareText } from '../../base/compare-text.ts'
import type { TenantId } from '../../base/ids.ts'
import { slices } from '../../base/slices.ts'
import type { AuditRecord } from '../../model/audit-event.ts'
import { hasEnded } from '../../model/events.ts'
import type { PageQuery, SortKey } from '../../model/filters.ts'
import type { RunRecord } from '../../model/job.ts'
import type { ServerRecord } from '../../model/server.ts'
import { type DefinitionText, definitionOf, type ToolDefinition, type ToolRecord } from '../../model/tool.ts'
import type { ToolSearch } from '../../model/tool-search.ts'
import { rankTools, scoreTool } from '../../search/score.ts'
import { serverWords, toolWords } from '../../search/tool-words.ts'
import { changesCatalog } from '../catalog-writes.ts'
import { compareKeys, matchesAudit, matchesRun, matchesServer, matchesTool } from '../matches.ts'
import { isLarge } from '../portions.ts'
import type { OfTenant, Storage, StorageAdapter, StoredDefinition, TenantStorage } from '../storage.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import { apply, applySystem, type SystemTables, type Tables, type Undo, writesToJobs } from './memory-writes.ts'

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

const asAsked = (runs: readonly RunRecord[], { withoutResults }: PageQuery<unknown, string>) =>
  withoutResults ? runs.map((run) => ({ ...run, result: null })) : runs

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

/** Definitions are replaced, never changed. */
const knownWords = new WeakMap<ToolDefinition, string>()

function wordsOf(definition: ToolDefinition): string {
  const words = knownWords.get(definition) ?? toolWords(definition)
  knownWords.set(definition, words)
  return words
}

/** The tools that the filter leaves, as they are searched. */
function searched({ servers, tools }: Tables, { filter }: ToolSearch) {
  const words = new Map([...servers.values()].map(({ id, name }) => [id, serverWords(name)]))
  return tools
    .values()
    .filter((tool) => matchesTool(filter, tool))
    .map((tool) => ({
      id: tool.id,
      name: tool.definition.name,
      words: wordsOf(tool.definition),
      serverWords: words.get(tool.serverId) ?? '',
      record: tool,
    }))
}

function emptyTables(): Tables {
  return {
    servers: new Map(),
    tools: new Map(),
    toolUsage: new Map(),
    refreshes: new Map(),
    runs: new Map(),
    runKeys: new Map(),
    jobEvents: new Map(),
    audit: new Map(),
    cancelRequests: new Map(),
    serverEvents: { kept: [], last: 0 },
  }
}

const definitionsPerPage = 1_000

function toStoredDefinition({ id, definition, definitionText, quarantine, removedAt }: ToolRecord): StoredDefinition {
  return { id, name: definition.name, removedAt, definitionText, quarantine }
}

/** What one tenant reads. */
function readsOf(tables: Tables): Pick<TenantStorage, 'servers' | 'tools' | 'refreshes' | 'runs' | 'log' | 'audit'> {
  const { servers, tools, refreshes, runs, runKeys, jobEvents, serverEvents, audit } = tables
  const some = (rows: readonly unknown[]) => rows.length > 0
  const runsBy = <Id extends string>(ids: readonly Id[], idOf: (run: RunRecord) => Id) =>
    grouped(ids, runs.values(), idOf)
  return {
    servers: {
      get: async (id) => servers.get(id),
      getByName: async (name) => [...servers.values()].find((server) => server.name === name),
      getMany: async (ids) => getMany(servers, ids),
      namesOf: async (ids) => new Map(getMany(servers, ids).map(({ id, name }) => [id, name])),
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
      async *definitionsOf(serverId) {
        const owned = [...tools.values()].filter((tool) => tool.serverId === serverId)
        for (let start = 0; start < owned.length; start += definitionsPerPage) {
          yield owned.slice(start, start + definitionsPerPage).map(toStoredDefinition)
        }
      },
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
      search: async (search, limit, beyond) =>
        rankTools(search, searched(tables, search), limit, beyond).map(({ tool, score }) => ({
          tool: tool.record,
          score,
        })),
      searchCount: async (search) =>
        searched(tables, search)
          .filter((tool) => scoreTool(search, tool) > 0)
          .reduce((count) => count + 1, 0),
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
      async beyondBytes(serverId, bytes) {
        const ofServer = [...refreshes.values()].filter((refresh) => refresh.serverId === serverId)
        let taken = 0
        return ofServer
          .sort((a, b) => compareText(b.id, a.id))
          .flatMap((refresh, index) => {
            taken += Buffer.byteLength(JSON.stringify([refresh.outcome, jobEvents.get(refresh.id) ?? []]))
            return index > 0 && taken > bytes && hasEnded(refresh.status) ? refresh.id : []
          })
      },
    },
    runs: {
      get: async (id) => runs.get(id),
      getMany: async (ids) => getMany(runs, ids),
      async getByIdempotencyKey(key) {
        const id = runKeys.get(key)
        return id && runs.get(id)
      },
      page: async (query) => asAsked(page(runs.values(), query, matchesRun, runKey), query),
      count: async (filter) => [...runs.values()].filter((run) => matchesRun(filter, run)).length,
      pageByServer: async (ids, query) =>
        mapValues(
          runsBy(ids, (run) => run.serverId),
          (rows) => asAsked(page(rows, query, matchesRun, runKey), query),
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
          (rows) => asAsked(page(rows, query, matchesRun, runKey), query),
          some,
        ),
      countByTool: async (ids, filter) =>
        mapValues(
          runsBy(ids, (run) => run.toolId),
          (rows) => rows.filter((run) => matchesRun(filter, run)).length,
          (count) => count > 0,
        ),
    },
    audit: {
      page: async (query) => page(audit.values(), query, matchesAudit, ({ id, at }) => ({ id, value: at })),
      count: async (filter) => [...audit.values()].filter((event) => matchesAudit(filter, event)).length,
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
  }
}

/** Maps keep the order in which their keys were put in, which is that of the jobs. */
function oldest<Id extends string, Job extends { readonly id: Id; readonly createdAt: number }>(
  jobsByTenant: ReadonlyMap<TenantId, ReadonlyMap<Id, Job>>,
  after: Id | undefined,
  limit: number,
): readonly (Job & { readonly tenantId: TenantId; readonly newer: number })[] {
  let behind = 0
  const found = [...jobsByTenant].flatMap(([tenantId, jobs]) => {
    const passed = after === undefined ? 0 : countUpTo(jobs.keys(), after)
    behind += jobs.size - passed
    const next = jobs.values().drop(passed).take(limit)
    return next.map((job) => ({ ...job, tenantId })).toArray()
  })
  return found
    .sort((a, b) => compareText(a.id, b.id))
    .slice(0, limit)
    .map((job, index) => ({ ...job, newer: behind - 1 - index }))
}

function countUpTo(ids: Iterable<string>, last: string): number {
  let count = 0
  for (const id of ids) {
    if (id > last) break
    count += 1
  }
  return count
}

function openMemory(): Storage {
  const tenants = new Map<TenantId, Tables>()
  const system: SystemTables = { children: new Map(), owners: new Map(), secretKeys: new Map() }
  let catalogVersion = 0

  function tablesOf(tenantId: TenantId): Tables {
    const tables = tenants.get(tenantId) ?? emptyTables()
    tenants.set(tenantId, tables)
    return tables
  }

  /** Tools with what is made of their definitions, as they are kept. */
  async function parsed<Tool extends Partial<DefinitionText>>(tools: readonly Tool[]): Promise<readonly Tool[]> {
    const all: Tool[] = []
    for (const tool of tools) {
      if (slices.isOver) await slices.next()
      const { definitionText, definition } = tool
      if (definitionText === undefined) {
        all.push(tool)
        continue
      }
      const made = definition ?? definitionOf({ definitionText })
      // Else the first search makes them of all, in one piece.
      wordsOf(made)
      all.push({ ...tool, definition: made })
    }
    return all
  }

  async function ready<Of extends TenantWrite | SystemWrite>(write: Of): Promise<Of> {
    const isOfTools = write.kind === 'insertTools' || write.kind === 'redefineTools'
    return isOfTools ? { ...write, tools: await parsed<Partial<DefinitionText>>(write.tools) } : write
  }

  const commit: Storage['commit'] = async (given) => {
    // Readers see all of it or nothing, so it is put there in one piece, which is small once all is ready.
    const writes = isLarge(given) ? await Promise.all(given.map(ready)) : given
    const undos: Undo[] = []
    try {
      for (const write of writes) {
        if ('tenantId' in write) undos.push(...apply(tablesOf(write.tenantId), write))
        else if (write.kind !== 'endAbandonedJobs' && write.kind !== 'disownJobs')
          undos.push(...applySystem(system, write))
        else {
          for (const tables of tenants.values())
            for (const each of writesToJobs(tables, system, write)) undos.push(...apply(tables, each))
        }
      }
    } catch (error) {
      for (const undo of undos.reverse()) undo()
      throw error
    }
    if (changesCatalog(writes)) catalogVersion += 1
  }

  function ofAll<Row>(rowsOf: (tables: Tables) => Iterable<Row>, isWanted: (row: Row) => boolean): OfTenant<Row>[] {
    return [...tenants].flatMap(([tenantId, tables]) =>
      [...rowsOf(tables)].filter(isWanted).map((record) => ({ tenantId, record })),
    )
  }
  const ofEach = <Rows>(rowsOf: (tables: Tables) => Rows) =>
    new Map([...tenants].map(([tenantId, tables]) => [tenantId, rowsOf(tables)] as const))

  return {
    tenant: (tenantId) => ({
      tenantId,
      ...readsOf(tablesOf(tenantId)),
      catalogVersion: () => String(catalogVersion),
      commit: (writes) => commit(writes.map((write) => ({ ...write, tenantId }))),
    }),
    crossTenant: {
      tenants: async () => [...tenants].flatMap(([tenantId, { servers }]) => (servers.size > 0 ? tenantId : [])),
      scheduledServers: async () =>
        ofAll(
          ({ servers }) => servers.values(),
          ({ enabled, refreshIntervalMs }) => enabled && refreshIntervalMs !== null,
        ),
      dialledServers: async () =>
        ofAll(
          ({ servers }) => servers.values(),
          ({ state }) => state.status === 'CONNECTING',
        ),
      unfinishedOf: async (owner) =>
        [...tenants.values()]
          .flatMap(({ runs, refreshes }) => [...runs.values(), ...refreshes.values()])
          .filter(({ status, ownerId }) => !hasEnded(status) && ownerId === owner)
          .map(({ id, createdAt }) => ({ id, createdAt })),
      cancelRequests: async () =>
        ofAll(
          ({ cancelRequests }) => cancelRequests.values(),
          () => true,
        ),
      oldestRefreshes: async (after, limit) =>
        oldest(
          ofEach(({ refreshes }) => refreshes),
          after,
          limit,
        ),
      oldestRuns: async (after, limit) =>
        oldest(
          ofEach(({ runs }) => runs),
          after,
          limit,
        ),
      oldestRemovedTools: async (before, limit) =>
        ofAll(
          ({ tools }) => tools.values(),
          ({ removedAt }) => removedAt !== null && removedAt < before,
        )
          .sort((a, b) => (a.record.removedAt ?? 0) - (b.record.removedAt ?? 0))
          .slice(0, limit)
          .map(({ tenantId, record: { id, serverId } }) => ({ tenantId, record: { id, serverId } })),
      // They are kept in the order in which they came.
      oldestAudit: async (before, limit) =>
        [...tenants]
          .flatMap(([tenantId, { audit }]) => {
            const old: OfTenant<Pick<AuditRecord, 'id' | 'at'>>[] = []
            for (const { id, at } of audit.values()) {
              if (at >= before || old.length === limit) break
              old.push({ tenantId, record: { id, at } })
            }
            return old
          })
          .slice(0, limit),
    },
    children: { ofHost: async (host) => [...system.children.values()].filter((child) => child.host === host) },
    remoteVersion: () => undefined,
    commit,
    ownership: 'PROCESS',
    // Nobody else has it open.
    useLease: () => undefined,
    nodes: async () =>
      [...system.owners.values()].map(({ expiresAt, ...owner }) => ({
        ...owner,
        lapsesInMs: expiresAt === null ? null : expiresAt - Date.now(),
      })),
    secretKeys: async () => [...system.secretKeys.values()],
    purgePlaintext: async () => undefined,
    recover: async () => undefined,
    close: async () => undefined,
  }
}

/** Keeps everything in this process; it is gone with the registry. */
export function memoryStorage(): StorageAdapter {
  return { open: async () => openMemory() }
}
