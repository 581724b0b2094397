import type { ToolId } from '../../../base/ids.ts'
import type { ToolRecord } from '../../../model/tool.ts'
import type { SearchTerm, ToolSearch } from '../../../model/tool-search.ts'
import { rankTools } from '../../../search/score.ts'
import type { ToolReads } from '../../storage.ts'
import { matchExpression, type SearchPlace } from '../match-expression.ts'
import { indexChangedTools } from './index-tools.ts'
import type { HitRow } from './pages.ts'
import type { TenantRows } from './tenant-rows.ts'

/** Tools ranked of those found in a place: if more are found, the words say little. */
const maxRanked = 1_000

function searchedTool({ id, name, words, server_words }: HitRow) {
  return { id, name, words, serverWords: server_words }
}

function hitsOf(
  { pages, tenantId }: TenantRows,
  search: ToolSearch,
  place: SearchPlace,
  words: 'WHOLE' | 'BEGUN',
): Promise<readonly HitRow[]> {
  return pages.toolHits(matchExpression(tenantId, search, place, words), search.filter, maxRanked)
}

/** Drops the words that many tools have: the final ranking is by all words, and so excludes tools without them again. */
async function withoutCommon({ pages, tenantId }: TenantRows, search: ToolSearch): Promise<ToolSearch | undefined> {
  const { terms } = search.query
  if (search.match === 'ANY' || terms.length < 2) return undefined
  const only = (some: readonly SearchTerm[]): ToolSearch => ({ ...search, query: { ...search.query, terms: some } })
  const rare: SearchTerm[] = []
  for (const term of terms) {
    const expression = matchExpression(tenantId, only([term]), 'ANYWHERE', 'WHOLE')
    if ((await pages.toolHitCount(expression, {}, maxRanked)) < maxRanked) rare.push(term)
  }
  return rare.length > 0 && rare.length < terms.length ? only(rare) : undefined
}

/** All hits in a place, or `maxRanked` of them. Prefixes of common words take the longest, so they come last. */
async function find(rows: TenantRows, search: ToolSearch, place: SearchPlace): Promise<readonly HitRow[]> {
  const whole = await hitsOf(rows, search, place, 'WHOLE')
  const isEnough = whole.length === maxRanked || place === 'SAME_NAME'
  if (isEnough || !search.query.terms.some(({ isPrefix }) => isPrefix)) return whole
  const selective = place === 'ANYWHERE' ? await withoutCommon(rows, search) : undefined
  const selected = selective && (await hitsOf(rows, selective, place, 'BEGUN'))
  return selected && selected.length < maxRanked ? selected : hitsOf(rows, search, place, 'BEGUN')
}

/** All hits unless they are too many; then as many again of the tools with the words in their names. */
async function hits(rows: TenantRows, search: ToolSearch): Promise<readonly HitRow[]> {
  const anywhere = await find(rows, search, 'ANYWHERE')
  if (anywhere.length < maxRanked) return anywhere
  const found = [...anywhere, ...(await find(rows, search, 'NAMES')), ...(await find(rows, search, 'SAME_NAME'))]
  return [...new Map(found.map((row) => [row.id, row])).values()]
}

/** Search by the index of the database. The index finds tools; every storage scores them alike (score.ts). */
export function createToolSearch(
  rows: TenantRows,
  toolsOf: (ids: readonly ToolId[]) => Promise<readonly ToolRecord[]>,
): Pick<ToolReads, 'search' | 'searchCount'> {
  return {
    async search(search, limit, beyond) {
      await indexChangedTools(rows)
      const ranked = rankTools(search, (await hits(rows, search)).map(searchedTool), limit, beyond)
      const tools = await toolsOf(ranked.map(({ tool }) => tool.id))
      const byId = new Map(tools.map((tool) => [tool.id, tool]))
      return ranked.flatMap(({ tool: { id }, score }) => {
        const tool = byId.get(id)
        return tool ? [{ tool, score }] : []
      })
    },
    async searchCount(search) {
      await indexChangedTools(rows)
      const expression = matchExpression(rows.tenantId, search, 'ANYWHERE', 'BEGUN')
      return rows.pages.toolHitCount(expression, search.filter)
    },
  }
}
