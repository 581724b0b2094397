import { parseId, type ServerId, type ToolId } from '../base/ids.ts'
import type { PageRows, ToolFilter, ToolSort } from '../model/filters.ts'
import { type ListOrder, type Page, pageRequest } from '../model/pages.ts'
import type { McpTool, ToolRecord } from '../model/tool.ts'
import type { RunTargets } from '../runs/run-targets.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolListOptions, ToolsApi } from './api.ts'
import type { ToolViews } from './tool-views.ts'

export type ToolQueries = Pick<ToolsApi, 'get' | 'getMany' | 'list' | 'count' | 'listByServer' | 'countByServer'>

export interface ToolQueriesDeps {
  readonly storage: TenantStorage
  readonly targets: RunTargets
  readonly views: ToolViews
}

const order: ListOrder<ToolSort, ToolRecord> = {
  name: 'tools',
  defaultSort: 'NAME',
  defaultDirection: 'ASC',
  key: (tool, sort) => ({ value: sort === 'NAME' ? tool.definition.name : tool.firstSeenAt, id: tool.id }),
}

const emptyFilter: ToolFilter = {}

const serverIdsOf = (ids: readonly string[]) => ids.flatMap((id) => parseId('server', id) ?? [])

/** A page of tools, without those whose server was deleted meanwhile. */
function pageOf(
  records: PageRows<ToolRecord>,
  views: ReadonlyMap<ToolId, McpTool>,
  toPage: ReturnType<typeof pageRequest<ToolFilter, ToolSort, ToolRecord>>['toPage'],
): Page<McpTool> {
  const page = toPage(records, (record) => views.get(record.id))
  return {
    ...page,
    edges: page.edges.flatMap(({ cursor, node }) => (node === undefined ? [] : [{ cursor, node }])),
  }
}

export function createToolQueries({ storage, targets, views }: ToolQueriesDeps): ToolQueries {
  async function toPages(
    groups: ReadonlyMap<ServerId, readonly ToolRecord[]>,
    ids: readonly ServerId[],
    options: ToolListOptions,
  ): Promise<ReadonlyMap<string, Page<McpTool>>> {
    const { toPage } = pageRequest(order, emptyFilter, options)
    const byId = await views.of([...groups.values()].flat())
    return new Map(ids.map((id) => [id, pageOf(groups.get(id) ?? [], byId, toPage)]))
  }

  return {
    async get(ref) {
      const found = await targets.find(ref)
      return found && (await views.of([found.tool])).get(found.tool.id)
    },
    getMany: (ids) =>
      views.byIds(
        ids.flatMap((id) => parseId('tool', id) ?? []),
        { isBounded: true },
      ),
    async list(options = {}) {
      const { query, toPage } = pageRequest(order, emptyFilter, options)
      const records = await storage.tools.page(query)
      return pageOf(records, await views.of(records), toPage)
    },
    count: (filter = {}) => storage.tools.count(filter),
    async listByServer(ids, options = {}) {
      const { query } = pageRequest(order, emptyFilter, options)
      const serverIds = serverIdsOf(ids)
      return toPages(await storage.tools.pageByServer(serverIds, query), serverIds, options)
    },
    countByServer: (ids, filter = {}) => storage.tools.countByServer(serverIdsOf(ids), filter),
  }
}
