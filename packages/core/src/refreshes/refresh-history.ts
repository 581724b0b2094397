import { parseId, type ToolId } from '../base/ids.ts'
import { encodeSeq } from '../model/cursors.ts'
import type { RefreshSort } from '../model/filters.ts'
import { differencesOf, type RefreshOutcome, type RefreshRecord } from '../model/job.ts'
import { type ListOrder, pageRequest } from '../model/pages.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolViews } from '../tools/tool-views.ts'
import type { Refresh, RefreshesApi, RefreshResult } from './api.ts'

export type RefreshHistory = Pick<
  RefreshesApi,
  'get' | 'getMany' | 'latestByServer' | 'listByServer' | 'countByServer' | 'lastCursors'
>

const order: ListOrder<RefreshSort, RefreshRecord> = {
  name: 'refreshes',
  defaultSort: 'CREATED_AT',
  defaultDirection: 'DESC',
  key: ({ id }) => ({ value: id, id }),
}

/** A refresh as callers see it. */
export function toRefresh(record: RefreshRecord): Refresh {
  const date = (at: number | null) => (at === null ? null : new Date(at))
  const { ownerId: _owner, ...refresh } = record
  return {
    ...refresh,
    createdAt: new Date(record.createdAt),
    startedAt: date(record.startedAt),
    finishedAt: date(record.finishedAt),
  }
}

/** The changes of a refresh, with the tools as they are now; tools of a deleted server are left out. */
export async function withTools(
  views: ToolViews,
  outcome: RefreshOutcome,
): Promise<Omit<RefreshResult, keyof Refresh>> {
  const { added, updated, deleted, unchangedCount, rejected } = outcome
  const tools = await views.byIds([...added, ...updated.map(({ toolId }) => toolId), ...deleted])
  const toolsOf = (ids: readonly ToolId[]) => ids.flatMap((id) => tools.get(id) ?? [])
  return {
    added: toolsOf(added),
    updated: updated.flatMap(({ toolId, changes }) => {
      const tool = tools.get(toolId)
      return tool ? { tool, changes } : []
    }),
    deleted: toolsOf(deleted),
    unchangedCount,
    rejected,
    ...differencesOf(outcome),
  }
}

/** Reads the recorded refreshes of a tenant. */
export function createRefreshHistory(storage: TenantStorage): RefreshHistory {
  const parseIds = (ids: readonly string[]) => ids.flatMap((id) => parseId('refresh', id) ?? [])
  const parseServerIds = (ids: readonly string[]) => ids.flatMap((id) => parseId('server', id) ?? [])
  return {
    async get(id) {
      const refreshId = parseId('refresh', id)
      const record = refreshId && (await storage.refreshes.get(refreshId))
      return record && toRefresh(record)
    },
    async getMany(ids) {
      const records = await storage.refreshes.getMany(parseIds(ids))
      return new Map(records.map((record) => [record.id, toRefresh(record)]))
    },
    async latestByServer(serverIds) {
      const records = await storage.refreshes.latestByServer(parseServerIds(serverIds))
      return new Map([...records].map(([serverId, record]) => [serverId, toRefresh(record)]))
    },
    async listByServer(ids, options = {}) {
      const serverIds = parseServerIds(ids)
      const { query, toPage } = pageRequest(order, {}, options)
      const pages = await storage.refreshes.pageByServer(serverIds, query)
      return new Map(serverIds.map((id) => [id, toPage(pages.get(id) ?? [], toRefresh)]))
    },
    countByServer: (ids) => storage.refreshes.countByServer(parseServerIds(ids)),
    async lastCursors(ids) {
      const seqs = await storage.log.lastJobSeqs(parseIds(ids))
      return new Map([...seqs].map(([id, seq]) => [id, encodeSeq(id, seq)]))
    },
  }
}
