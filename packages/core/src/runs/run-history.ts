import { parseId } from '../base/ids.ts'
import { encodeSeq } from '../model/cursors.ts'
import type { RunFilter, RunSort } from '../model/filters.ts'
import type { RunRecord } from '../model/job.ts'
import { type ListOrder, type Page, pageRequest } from '../model/pages.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { RunListOptions, RunsApi, ToolRun } from './api.ts'
import type { RunViews } from './run-views.ts'

export type RunHistory = Omit<
  RunsApi,
  'start' | 'events' | 'wait' | 'cancel' | 'decide' | 'mayDecide' | 'answer' | 'pausedArgs'
>

const order: ListOrder<RunSort, RunRecord> = {
  name: 'runs',
  defaultSort: 'CREATED_AT',
  defaultDirection: 'DESC',
  key: (run) => ({ value: run.createdAt, id: run.id }),
}

/** Reads the recorded runs of a tenant. */
export function createRunHistory(storage: TenantStorage, views: RunViews): RunHistory {
  const emptyFilter: RunFilter = {}
  async function pagesOf<Id extends string>(
    groups: ReadonlyMap<Id, readonly RunRecord[]>,
    ids: readonly Id[],
    options: RunListOptions,
  ) {
    const { toPage } = pageRequest(order, emptyFilter, options)
    const view = await views.viewer([...groups.values()].flat())
    return new Map<string, Page<ToolRun>>(ids.map((id) => [id, toPage(groups.get(id) ?? [], view)]))
  }
  const queryOf = (options: RunListOptions) => ({
    ...pageRequest(order, emptyFilter, options).query,
    withoutResults: options.results === false,
  })
  const runIds = (ids: readonly string[]) => ids.flatMap((id) => parseId('run', id) ?? [])
  const serverIds = (ids: readonly string[]) => ids.flatMap((id) => parseId('server', id) ?? [])
  const toolIds = (ids: readonly string[]) => ids.flatMap((id) => parseId('tool', id) ?? [])

  return {
    async get(id) {
      const runId = parseId('run', id)
      const record = runId && (await storage.runs.get(runId))
      return record && views.of(record)
    },
    async getMany(ids) {
      const records = await storage.runs.getMany(runIds(ids))
      const view = await views.viewer(records)
      return new Map(records.map((record) => [record.id, view(record)]))
    },
    async list(options = {}) {
      const { toPage } = pageRequest(order, emptyFilter, options)
      const records = await storage.runs.page(queryOf(options))
      return toPage(records, await views.viewer(records))
    },
    count: (filter = {}) => storage.runs.count(filter),
    async listByServer(ids, options = {}) {
      const query = queryOf(options)
      return pagesOf(await storage.runs.pageByServer(serverIds(ids), query), serverIds(ids), options)
    },
    countByServer: (ids, filter = {}) => storage.runs.countByServer(serverIds(ids), filter),
    async listByTool(ids, options = {}) {
      const query = queryOf(options)
      return pagesOf(await storage.runs.pageByTool(toolIds(ids), query), toolIds(ids), options)
    },
    countByTool: (ids, filter = {}) => storage.runs.countByTool(toolIds(ids), filter),
    async lastCursors(ids) {
      const seqs = await storage.log.lastJobSeqs(runIds(ids))
      return new Map([...seqs].map(([id, seq]) => [id, encodeSeq(id, seq)]))
    },
  }
}
