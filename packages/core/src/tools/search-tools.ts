import type { ToolFilter } from '../model/filters.ts'
import { countMatches, type Searched, searchPage } from '../search/search-pages.ts'
import type { FoundTool, TenantStorage } from '../storage/storage.ts'
import type { ToolSearchPage, ToolsApi } from './api.ts'
import type { ToolViews } from './tool-views.ts'

/** Searches the tools of a tenant. */
export function createSearch(
  { tools }: Pick<TenantStorage, 'tools'>,
  views: ToolViews,
): Pick<ToolsApi, 'search' | 'searchCount'> {
  const searched = (filter: ToolFilter): Searched<FoundTool> => ({
    name: 'search',
    find: (query, match, limit, beyond) => tools.search({ query, match, filter }, limit, beyond),
    rankOf: ({ tool, score }) => ({ score, name: tool.definition.name, id: tool.id }),
  })
  return {
    async search(text, { filter = {}, ...options } = {}): Promise<ToolSearchPage> {
      const { edges, pageInfo } = await searchPage(searched(filter), text, options)
      const seen = await views.of(edges.map(({ found }) => found.tool))
      const nodes = edges.flatMap(({ cursor, found: { tool, score } }) => {
        const node = seen.get(tool.id)
        return node ? [{ cursor, node, score }] : []
      })
      return { edges: nodes, pageInfo }
    },
    searchCount: (text, filter = {}) =>
      countMatches(text, (query, match) => tools.searchCount({ query, match, filter })),
  }
}
