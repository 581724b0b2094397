import type { FeatureKind } from '../model/feature.ts'
import type { Page } from '../model/pages.ts'
import type { McpTool } from '../model/tool.ts'
import type { McpPrompt } from '../prompts/api.ts'
import type { McpResource, McpResourceTemplate } from '../resources/api.ts'

/** What servers list. */
export type McpKind = 'TOOL' | FeatureKind

/** A tool, resource, template or prompt, with its kind. */
export type McpEntry =
  | { readonly kind: 'TOOL'; readonly node: McpTool }
  | { readonly kind: 'RESOURCE'; readonly node: McpResource }
  | { readonly kind: 'RESOURCE_TEMPLATE'; readonly node: McpResourceTemplate }
  | { readonly kind: 'PROMPT'; readonly node: McpPrompt }

/** What is searched: of these kinds and servers. An omitted member excludes nothing. */
export interface SearchFilter {
  readonly kinds?: readonly McpKind[] | undefined
  /** Ids of servers. */
  readonly serverId?: readonly string[] | undefined
}

export interface SearchOptions {
  /** Page size, 0 to 100. @default 10 */
  readonly first?: number | undefined
  /** A cursor of this search: begins after it. */
  readonly after?: string | undefined
  readonly filter?: SearchFilter | undefined
}

/** A page of entries with their scores: above 0, and higher for a better match, whatever their kinds. */
export type SearchPage = Pick<Page<McpEntry>, 'pageInfo'> & {
  readonly edges: readonly (McpEntry & { readonly cursor: string; readonly score: number })[]
}

/** Search over all that the servers of a tenant list. */
export interface CatalogApi {
  /**
   * Finds the tools, resources, resource templates and prompts that match words best, in their names, titles and
   * descriptions, the properties of tools and the arguments of prompts, URIs, and the names of their servers. A match has
   * every word, or a word that begins with it. If nothing has them all, entries with some of them match. Entries that their
   * servers no longer list are not found.
   *
   * @param query At most 1,000 characters. Text without a letter or digit finds nothing.
   * @throws INVALID_INPUT for a longer query, a page size out of range, an unknown kind, or a cursor of another search
   */
  search(query: string, options?: SearchOptions): Promise<SearchPage>
  /**
   * The number of entries that `search` finds, over all pages.
   *
   * @throws INVALID_INPUT for a longer query, or an unknown kind
   */
  searchCount(query: string, filter?: SearchFilter): Promise<number>
}
