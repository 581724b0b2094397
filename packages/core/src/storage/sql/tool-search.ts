import type { TenantId, ToolId } from '../../ids.ts'
import { rankTools } from '../../search/score.ts'
import type { ToolSearch } from '../../search/tool-search.ts'
import type { ToolRecord } from '../../tools/tool.ts'
import type { ToolReads } from '../storage.ts'
import type { SqlConnection } from './connection.ts'
import { matchExpression, type SearchPlace } from './match-expression.ts'
import type { createPages, HitRow } from './pages.ts'

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
  { all, transact, dialect }: SqlConnection,
  tenantId: TenantId,
  toolsOf: (ids: readonly ToolId[]) => Promise<readonly ToolRecord[]>,
): Pick<ToolReads, 'search' | 'searchCount'> {
  /**
   * Brings the index up to date with what was committed. Where several do so at once, some work is done twice, and nothing
   * is missed: the mark is taken away before the tools are read.
   */
  async function indexChanged(): Promise<void> {
    const unindexed = 'select server_id from unindexed_servers where tenant = ? limit ?'
    for (;;) {
      const servers = await all<{ server_id: string }>(unindexed, [tenantId, serversAtOnce])
      for (const { server_id } of servers) {
        const rows = [[tenantId, server_id]]
        const done = { sql: 'delete from unindexed_servers where tenant = ? and server_id = ?', rows }
        await transact([done, { sql: dialect.indexTools(ofServer), rows }], undefined, async ({ sql }) => {
          return new Error(`A key was taken twice by ${sql}`)
        })
      }
      if (servers.length < serversAtOnce) return
    }
  }

  /** Whole words come first, and cost little: where they are enough, what begins with them is not looked for. */
  async function find(search: ToolSearch, place: SearchPlace): Promise<readonly HitRow[]> {
    const inPlace = (words: 'WHOLE' | 'BEGUN') =>
      pages.toolHits(matchExpression(tenantId, search, place, words), search.filter, maxRanked)
    const whole = await inPlace('WHOLE')
    const isEnough = whole.length === maxRanked || place === 'SAME_NAME'
    return isEnough || !search.query.terms.some(({ isPrefix }) => isPrefix) ? whole : inPlace('BEGUN')
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
