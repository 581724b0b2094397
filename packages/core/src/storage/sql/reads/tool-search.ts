import type { ToolId } from '../../../base/ids.ts'
import type { ToolRecord } from '../../../model/tool.ts'
import type { ToolReads } from '../../storage.ts'
import type { SearchIndex } from '../indexing/search-index.ts'
import { IndexSearch } from './index-search.ts'
import type { TenantRows } from './tenant-rows.ts'

/** Search of tools by the index of the database. */
export function createToolSearch(
  rows: TenantRows,
  searchIndex: SearchIndex,
  toolsOf: (ids: readonly ToolId[]) => Promise<readonly ToolRecord[]>,
): Pick<ToolReads, 'search' | 'searchCount'> {
  const { pages } = rows
  const index = new IndexSearch(rows, {
    bringUpToDate: () => searchIndex.complete(rows.connection, 'tools', rows.tenantId),
    hits: (...asked: Parameters<typeof pages.toolHits>) => pages.toolHits(...asked),
    hitCount: (...asked) => pages.toolHitCount(...asked),
    isRare: (expression, limit) => pages.isRare('tool_index', expression, limit),
    recordsOf: toolsOf,
  })
  return {
    search: async (search, limit, beyond) =>
      (await index.best(search, limit, beyond)).map(({ row, score }) => ({ tool: row, score })),
    searchCount: (search) => index.count(search),
  }
}
