import { createHash } from 'node:crypto'
import { invalidInput } from '../base/errors.ts'
import { decodeRank, encodeRank } from '../model/cursors.ts'
import type { ToolFilter } from '../model/filters.ts'
import { checkSize } from '../model/pages.ts'
import type { Rank } from '../model/rank.ts'
import type { SearchMatch, SearchQuery } from '../model/tool-search.ts'
import { parseSearch } from '../search/tool-search.ts'
import type { FoundTool, TenantStorage } from '../storage/storage.ts'
import type { ToolSearchPage, ToolsApi } from './api.ts'
import type { ToolViews } from './tool-views.ts'

const defaultPageSize = 10

/** The short name of a search in its cursors. */
function scopeOf({ text }: SearchQuery, match: SearchMatch): string {
  return `search:${match}:${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
}

/** The kind of match and the place that the cursor belongs to. */
function position(query: SearchQuery, after: string): { readonly match: SearchMatch; readonly beyond: Rank } {
  for (const match of ['ALL', 'ANY'] as const) {
    const beyond = decodeRank(scopeOf(query, match), after)
    if (beyond) return { match, beyond }
  }
  throw invalidInput(['after'], 'after: expected a cursor that this search gave, got another string')
}

function rankOf({ tool, score }: FoundTool): Rank {
  return { score, name: tool.definition.name, id: tool.id }
}

/** Searches the tools of a tenant. */
export function createSearch(storage: TenantStorage, views: ToolViews): Pick<ToolsApi, 'search' | 'searchCount'> {
  /** Finds tools with all words; if there are none, those with some, from the first page on. */
  async function find(query: SearchQuery, filter: ToolFilter, limit: number, after: string | undefined) {
    const search = (match: SearchMatch, beyond?: Rank) => storage.tools.search({ query, match, filter }, limit, beyond)
    if (after !== undefined) {
      const { match, beyond } = position(query, after)
      return { match, found: await search(match, beyond) }
    }
    const found = query.terms.length === 0 ? [] : await search('ALL')
    if (found.length > 0 || query.terms.length < 2) return { match: 'ALL', found } as const
    return { match: 'ANY', found: await search('ANY') } as const
  }

  return {
    async search(text, { first = defaultPageSize, after, filter = {} } = {}): Promise<ToolSearchPage> {
      const query = parseSearch(text)
      const size = checkSize('first', first)
      const { match, found } = await find(query, filter, size + 1, after)
      const seen = await views.of(found.map(({ tool }) => tool))
      const scope = scopeOf(query, match)
      const edges = found.slice(0, size).flatMap((each) => {
        const node = seen.get(each.tool.id)
        return node ? [{ cursor: encodeRank(scope, rankOf(each)), node, score: each.score }] : []
      })
      return {
        edges,
        pageInfo: {
          hasNextPage: found.length > size,
          hasPreviousPage: after !== undefined,
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      }
    },
    async searchCount(text, filter = {}) {
      const query = parseSearch(text)
      if (query.terms.length === 0) return 0
      const count = await storage.tools.searchCount({ query, match: 'ALL', filter })
      return count > 0 || query.terms.length < 2 ? count : storage.tools.searchCount({ query, match: 'ANY', filter })
    },
  }
}
