import type { SortKey } from '../../model/filters.ts'
import type { ToolDefinition, ToolRecord } from '../../model/tool.ts'
import type { ToolSearch } from '../../model/tool-search.ts'
import { serverWords } from '../../search/entry-words.ts'
import { rankEntries, scoreEntry } from '../../search/score.ts'
import { toolWords } from '../../search/tool-words.ts'
import { matchesTool } from '../matches.ts'
import type { StoredDefinition, ToolReads } from '../storage.ts'
import { getMany, grouped, isNotEmpty, isPositive, mapValues, page } from './rows.ts'
import type { Tables } from './tables.ts'

/** By definition: definitions are replaced, never changed. */
const knownWords = new WeakMap<ToolDefinition, string>()

/** The words of a definition, split once. */
export function wordsOf(definition: ToolDefinition): string {
  const words = knownWords.get(definition) ?? toolWords(definition)
  knownWords.set(definition, words)
  return words
}

/** The tools that pass the filter, as a search ranks them. */
function searched({ servers, tools }: Tables, { filter }: ToolSearch) {
  const words = new Map([...servers.values()].map(({ id, name }) => [id, serverWords(name)]))
  return tools
    .values()
    .filter((tool) => matchesTool(filter, tool))
    .map((tool) => ({
      id: tool.id,
      name: tool.definition.name,
      words: wordsOf(tool.definition),
      serverWords: words.get(tool.serverId) ?? '',
      record: tool,
    }))
}

const definitionsPerPage = 1_000

function toStoredDefinition({ id, definition, definitionText, quarantine, removedAt }: ToolRecord): StoredDefinition {
  return { id, name: definition.name, removedAt, definitionText, quarantine }
}

const toolKey = (tool: ToolRecord, sort: 'NAME' | 'FIRST_SEEN_AT'): SortKey => ({
  id: tool.id,
  value: sort === 'NAME' ? tool.definition.name : tool.firstSeenAt,
})

const serverOf = (tool: ToolRecord) => tool.serverId

export function createToolReads(tables: Tables): ToolReads {
  const { tools } = tables
  return {
    get: async (id) => tools.get(id),
    getByName: async (serverId, name) =>
      [...tools.values()].find(
        (tool) => tool.serverId === serverId && tool.definition.name === name && tool.removedAt === null,
      ),
    getMany: async (ids) => getMany(tools, ids),
    async *definitionsOf(serverId) {
      const owned = [...tools.values()].filter((tool) => tool.serverId === serverId)
      for (let start = 0; start < owned.length; start += definitionsPerPage) {
        yield owned.slice(start, start + definitionsPerPage).map(toStoredDefinition)
      }
    },
    page: async (query) => page(tools.values(), query, matchesTool, toolKey),
    count: async (filter) => [...tools.values()].filter((tool) => matchesTool(filter, tool)).length,
    pageByServer: async (ids, query) =>
      mapValues(grouped(ids, tools.values(), serverOf), (rows) => page(rows, query, matchesTool, toolKey), isNotEmpty),
    countByServer: async (ids, filter) =>
      mapValues(
        grouped(ids, tools.values(), serverOf),
        (rows) => rows.filter((tool) => matchesTool(filter, tool)).length,
        isPositive,
      ),
    search: async (search, limit, beyond) =>
      rankEntries(search, searched(tables, search), limit, beyond).map(({ entry, score }) => ({
        tool: entry.record,
        score,
      })),
    searchCount: async (search) =>
      searched(tables, search)
        .filter((tool) => scoreEntry(search, tool) > 0)
        .reduce((count) => count + 1, 0),
  }
}
