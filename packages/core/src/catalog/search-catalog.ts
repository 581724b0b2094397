import { invalidInput } from '../base/errors.ts'
import { parseId } from '../base/ids.ts'
import { type FeatureKind, type FeatureRecord, featureKinds, isKind } from '../model/feature.ts'
import type { Rank } from '../model/rank.ts'
import type { ToolRecord } from '../model/tool.ts'
import type { Search, SearchMatch, SearchQuery } from '../model/tool-search.ts'
import { toMcpPrompt } from '../prompts/prompt-view.ts'
import { toMcpResource, toMcpResourceTemplate } from '../resources/resource-views.ts'
import { compareRanks } from '../search/score.ts'
import { countMatches, type Searched, searchPage } from '../search/search-pages.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolViews } from '../tools/tool-views.ts'
import type { CatalogApi, McpEntry, McpKind, SearchFilter } from './api.ts'

type Found = { readonly score: number } & ({ readonly tool: ToolRecord } | { readonly feature: FeatureRecord })

export interface CatalogDeps {
  readonly storage: Pick<TenantStorage, 'tools' | 'features'>
  readonly views: ToolViews
}

const allKinds: readonly McpKind[] = ['TOOL', ...featureKinds]

/** @throws INVALID_INPUT */
function kindsOf({ kinds = allKinds }: SearchFilter): readonly McpKind[] {
  const unknown = kinds.findIndex((kind) => !allKinds.includes(kind))
  if (unknown === -1) return [...new Set(kinds)]
  const got = JSON.stringify(String(kinds[unknown]).slice(0, 100))
  throw invalidInput(['kinds', `${unknown}`], `kinds: expected ${allKinds.join(', ')}, got ${got}`)
}

function rankOf(found: Found): Rank {
  const record = 'tool' in found ? found.tool : found.feature
  return { score: found.score, name: record.definition.name, id: record.id }
}

const isResource = isKind('RESOURCE')
const isTemplate = isKind('RESOURCE_TEMPLATE')
const isPrompt = isKind('PROMPT')

function entryOf(feature: FeatureRecord): McpEntry | undefined {
  if (isResource(feature)) return { kind: 'RESOURCE', node: toMcpResource(feature) }
  if (isTemplate(feature)) return { kind: 'RESOURCE_TEMPLATE', node: toMcpResourceTemplate(feature) }
  return isPrompt(feature) ? { kind: 'PROMPT', node: toMcpPrompt(feature) } : undefined
}

/** Searches all that the servers of a tenant list: each kind by itself, as their scores compare. */
export function createCatalog({ storage: { tools, features }, views }: CatalogDeps): CatalogApi {
  /** The searches of the kinds, of tools and of the others. */
  function searchesOf(filter: SearchFilter, query: SearchQuery, match: SearchMatch) {
    const serverId = filter.serverId?.flatMap((id) => parseId('server', id) ?? [])
    const ofServers = serverId ? { serverId } : {}
    const kinds = kindsOf(filter)
    return {
      ofTools: kinds.includes('TOOL') ? [{ query, match, filter: ofServers }] : [],
      ofFeatures: kinds
        .filter((kind): kind is FeatureKind => kind !== 'TOOL')
        .map((kind) => ({ query, match, filter: { ...ofServers, kind } })),
    }
  }

  async function find(
    { ofTools, ofFeatures }: ReturnType<typeof searchesOf>,
    limit: number,
    beyond: Rank | undefined,
  ): Promise<readonly Found[]> {
    const found: Found[] = []
    for (const search of ofTools) found.push(...(await tools.search(search, limit, beyond)))
    for (const search of ofFeatures) found.push(...(await features.search(search, limit, beyond)))
    return found.toSorted((a, b) => compareRanks(rankOf(a), rankOf(b))).slice(0, limit)
  }

  const searched = (filter: SearchFilter): Searched<Found> => ({
    name: 'catalog',
    find: (query, match, limit, beyond) => find(searchesOf(filter, query, match), limit, beyond),
    rankOf,
  })

  async function sum<Filter>(
    searches: readonly Search<Filter>[],
    count: (search: Search<Filter>) => Promise<number>,
  ): Promise<number> {
    let all = 0
    for (const search of searches) all += await count(search)
    return all
  }

  return {
    async search(text, { filter = {}, ...options } = {}) {
      const { edges, pageInfo } = await searchPage(searched(filter), text, options)
      const seen = await views.of(edges.flatMap(({ found }) => ('tool' in found ? [found.tool] : [])))
      return {
        pageInfo,
        edges: edges.flatMap(({ cursor, found }) => {
          if ('feature' in found) {
            const entry = entryOf(found.feature)
            return entry ? [{ ...entry, cursor, score: found.score }] : []
          }
          const node = seen.get(found.tool.id)
          return node ? [{ kind: 'TOOL' as const, node, cursor, score: found.score }] : []
        }),
      }
    },
    searchCount: (text, filter = {}) =>
      countMatches(text, async (query, match) => {
        const { ofTools, ofFeatures } = searchesOf(filter, query, match)
        const some = await sum(ofTools, (search) => tools.searchCount(search))
        return some + (await sum(ofFeatures, (search) => features.searchCount(search)))
      }),
  }
}
