import { compareText } from '../../base/compare-text.ts'
import type { ServerId } from '../../base/ids.ts'
import { hasEnded } from '../../model/events.ts'
import type { PageQuery, RefreshSort, RunFilter, RunSort, SortKey } from '../../model/filters.ts'
import type { RefreshRecord, RunRecord } from '../../model/job.ts'
import { matchesRun } from '../matches.ts'
import type { LogReads, RefreshReads, RunReads } from '../storage.ts'
import { getMany, grouped, isNotEmpty, isPositive, mapValues, page } from './rows.ts'
import type { Tables } from './tables.ts'

const refreshKey = ({ id }: RefreshRecord): SortKey => ({ id, value: id })

export function createRefreshReads({ refreshes, jobEvents }: Tables): RefreshReads {
  const byServer = (ids: readonly ServerId[]) => grouped(ids, refreshes.values(), ({ serverId }) => serverId)
  const pageOf = (rows: Iterable<RefreshRecord>, query: PageQuery<unknown, RefreshSort>) =>
    page(rows, query, () => true, refreshKey)
  return {
    get: async (id) => refreshes.get(id),
    getMany: async (ids) => getMany(refreshes, ids),
    // Ids sort by time.
    latestByServer: async (ids) =>
      mapValues(byServer(ids), (rows) => rows.reduce((latest, refresh) => (refresh.id > latest.id ? refresh : latest))),
    pageByServer: async (ids, query) => mapValues(byServer(ids), (rows) => pageOf(rows, query), isNotEmpty),
    countByServer: async (ids) => mapValues(byServer(ids), (rows) => rows.length),
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
  }
}

const runKey = (run: RunRecord): SortKey => ({ id: run.id, value: run.createdAt })

function pageOfRuns(rows: Iterable<RunRecord>, query: PageQuery<RunFilter, RunSort>): readonly RunRecord[] {
  const runs = page(rows, query, matchesRun, runKey)
  return query.withoutResults ? runs.map((run) => ({ ...run, result: null })) : runs
}

export function createRunReads({ runs, runKeys }: Tables): RunReads {
  const pageBy = <Id extends string>(
    ids: readonly Id[],
    query: PageQuery<RunFilter, RunSort>,
    idOf: (run: RunRecord) => Id,
  ) => mapValues(grouped(ids, runs.values(), idOf), (rows) => pageOfRuns(rows, query), isNotEmpty)
  const countBy = <Id extends string>(ids: readonly Id[], filter: RunFilter, idOf: (run: RunRecord) => Id) =>
    mapValues(
      grouped(ids, runs.values(), idOf),
      (rows) => rows.filter((run) => matchesRun(filter, run)).length,
      isPositive,
    )
  return {
    get: async (id) => runs.get(id),
    getMany: async (ids) => getMany(runs, ids),
    async getByIdempotencyKey(key) {
      const id = runKeys.get(key)
      return id && runs.get(id)
    },
    page: async (query) => pageOfRuns(runs.values(), query),
    count: async (filter) => [...runs.values()].filter((run) => matchesRun(filter, run)).length,
    pageByServer: async (ids, query) => pageBy(ids, query, (run) => run.serverId),
    countByServer: async (ids, filter) => countBy(ids, filter, (run) => run.serverId),
    pageByTool: async (ids, query) => pageBy(ids, query, (run) => run.toolId),
    countByTool: async (ids, filter) => countBy(ids, filter, (run) => run.toolId),
  }
}

export function createLogReads({ jobEvents, serverEvents }: Tables): LogReads {
  return {
    jobEvents: async (jobId, after, limit) => (jobEvents.get(jobId) ?? []).slice(after, after + limit),
    lastJobSeqs: async (ids) =>
      new Map(ids.flatMap((id) => (jobEvents.get(id)?.length ? [[id, jobEvents.get(id)?.length ?? 0] as const] : []))),
    serverEvents: async (after, limit, serverId) => ({
      events: serverEvents.kept
        .filter(({ seq, event }) => seq > after && (serverId === undefined || event.serverId === serverId))
        .slice(0, limit),
      oldest: serverEvents.kept[0]?.seq ?? 0,
      last: serverEvents.last,
    }),
    lastServerSeq: async () => serverEvents.last,
  }
}
