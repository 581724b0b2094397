import { RegistryError } from '../../base/errors.ts'
import type { ServerId, TenantId, ToolId } from '../../base/ids.ts'
import type { ToolRecord } from '../../model/tool.ts'
import type { SearchTerm, ToolSearch } from '../../model/tool-search.ts'
import { rankTools } from '../../search/score.ts'
import type { ToolReads } from '../storage.ts'
import type { SqlConnection } from './connection.ts'
import { matchExpression, type SearchPlace } from './match-expression.ts'
import type { createPages, HitRow } from './pages.ts'
import { toolPortions } from './tool-portions.ts'

/** So many tools are ranked of those that are found in a place: where there are more, the words say little. */
const maxRanked = 1_000
const serversAtOnce = 100

const ofServer = 'tools.tenant = ? and tools.server_id = ?'

function searchedTool({ id, name, words, server_words }: HitRow) {
  return { id, name, words, serverWords: server_words }
}

/** Search by the index of the database. It finds the tools; how well they fit is the same for every storage (score.ts). */
export function createToolSearch(
  pages: ReturnType<typeof createPages>,
  connection: SqlConnection,
  tenantId: TenantId,
  toolsOf: (ids: readonly ToolId[]) => Promise<readonly ToolRecord[]>,
): Pick<ToolReads, 'search' | 'searchCount'> {
  const { all, transact, transactInPortions, dialect } = connection
  /**
   * Brings the index up to date with what was committed. Where several do so at once, some work is done twice, and nothing
   * is missed: the mark is taken away before the tools are read.
   */
  async function indexChanged(): Promise<void> {
    const unindexed = 'select server_id from unindexed_servers where tenant = ? limit ?'
    for (;;) {
      const servers = await all<{ server_id: ServerId }>(unindexed, [tenantId, serversAtOnce])
      for (const { server_id } of servers) {
        const rows = [[tenantId, server_id]]
        const done = { sql: 'delete from unindexed_servers where tenant = ? and server_id = ?', rows }
        // Whatever is in the index already is replaced: no key can be taken.
        const taken = async () => new RegistryError('INTERNAL', `A tool of ${server_id} is indexed twice`)
        const portions = await toolPortions(connection, tenantId, server_id)
        if (!portions) await transact([done, { sql: dialect.indexTools(ofServer), rows }], undefined, taken)
        else {
          const sql = dialect.indexTools(portions.condition)
          const each = portions.rows.map((row) => [{ sql, rows: [row] }])
          await transactInPortions([[done], ...each], undefined, taken)
        }
      }
      if (servers.length < serversAtOnce) return
    }
  }

  const hitsOf = (search: ToolSearch, place: SearchPlace, words: 'WHOLE' | 'BEGUN') =>
    pages.toolHits(matchExpression(tenantId, search, place, words), search.filter, maxRanked)

  /** Without the words that many tools have: what is found by the others is ranked by all of them, and so left out again. */
  async function withoutCommon(search: ToolSearch): Promise<ToolSearch | undefined> {
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

  /**
   * All that is found there, or `maxRanked` of it. To look for what a common word begins takes the longest, so that it is
   * done last, where all else did not do.
   */
  async function find(search: ToolSearch, place: SearchPlace): Promise<readonly HitRow[]> {
    const whole = await hitsOf(search, place, 'WHOLE')
    const isEnough = whole.length === maxRanked || place === 'SAME_NAME'
    if (isEnough || !search.query.terms.some(({ isPrefix }) => isPrefix)) return whole
    const selective = place === 'ANYWHERE' ? await withoutCommon(search) : undefined
    const selected = selective && (await hitsOf(selective, place, 'BEGUN'))
    return selected && selected.length < maxRanked ? selected : hitsOf(search, place, 'BEGUN')
  }

  /** What is found everywhere, where that is not too much; else, of what has the words in its name, as much besides. */
  async function hits(search: ToolSearch): Promise<readonly HitRow[]> {
    const anywhere = await find(search, 'ANYWHERE')
    if (anywhere.length < maxRanked) return anywhere
    const found = [...anywhere, ...(await find(search, 'NAMES')), ...(await find(search, 'SAME_NAME'))]
    return [...new Map(found.map((row) => [row.id, row])).values()]
  }

  return {
    async search(search, limit, beyond) {
      await indexChanged()
      const ranked = rankTools(search, (await hits(search)).map(searchedTool), limit, beyond)
      // Ids of rows of tools.
      const tools = await toolsOf(ranked.map(({ tool }) => tool.id as ToolId))
      const byId = new Map<string, ToolRecord>(tools.map((tool) => [tool.id, tool]))
      return ranked.flatMap(({ tool: { id }, score }) => {
        const tool = byId.get(id)
        return tool ? [{ tool, score }] : []
      })
    },
    async searchCount(search) {
      await indexChanged()
      return pages.toolHitCount(matchExpression(tenantId, search, 'ANYWHERE', 'BEGUN'), search.filter)
    },
  }
}
