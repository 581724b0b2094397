import type { ToolId } from '../../../base/ids.ts'
import type { ToolRecord } from '../../../model/tool.ts'
import type { ToolReads } from '../../storage.ts'
import { IndexSearch } from './index-search.ts'
import { indexChangedTools } from './index-tools.ts'
import type { TenantRows } from './tenant-rows.ts'

/** Search of tools by the index of the database. */
export function createToolSearch(
  rows: TenantRows,
  toolsOf: (ids: readonly ToolId[]) => Promise<readonly ToolRecord[]>,
): Pick<ToolReads, 'search' | 'searchCount'> {
  const { pages } = rows
  const index = new IndexSearch(rows, {
    bringUpToDate: () => indexChangedTools(rows),
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
