import { createHash } from 'node:crypto'
import { invalidInput } from '../base/errors.ts'
import { decodeRank, encodeRank } from '../model/cursors.ts'
import { checkSize, type Page } from '../model/pages.ts'
import type { Rank } from '../model/rank.ts'
import type { SearchMatch, SearchQuery } from '../model/tool-search.ts'
import { parseSearch } from './tool-search.ts'

const defaultPageSize = 10

/** What is searched, and how it is ranked. */
export interface Searched<Found> {
  /** Names the search in its cursors. */
  readonly name: string
  /** The best matches after `beyond`, at most `limit`. */
  find(query: SearchQuery, match: SearchMatch, limit: number, beyond: Rank | undefined): Promise<readonly Found[]>
  rankOf(found: Found): Rank
}

export interface SearchPageOptions {
  readonly first?: number | undefined
  readonly after?: string | undefined
}

export interface FoundPage<Found> {
  readonly edges: readonly { readonly cursor: string; readonly found: Found }[]
  readonly pageInfo: Page<Found>['pageInfo']
}

/** The short name of a search in its cursors. */
function scopeOf(name: string, { text }: SearchQuery, match: SearchMatch): string {
  return `${name}:${match}:${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
}

/** The kind of match and the place that the cursor belongs to. */
function position(name: string, query: SearchQuery, after: string) {
  for (const match of ['ALL', 'ANY'] as const) {
    const beyond = decodeRank(scopeOf(name, query, match), after)
    if (beyond) return { match, beyond }
  }
  throw invalidInput(['after'], 'after: expected a cursor that this search gave, got another string')
}

/** Finds entries with all words; if there are none, those with some, from the first page on. */
async function find<Found>(searched: Searched<Found>, query: SearchQuery, limit: number, after: string | undefined) {
  if (after !== undefined) {
    const { match, beyond } = position(searched.name, query, after)
    return { match, found: await searched.find(query, match, limit, beyond) }
  }
  const found = query.terms.length === 0 ? [] : await searched.find(query, 'ALL', limit, undefined)
  if (found.length > 0 || query.terms.length < 2) return { match: 'ALL', found } as const
  return { match: 'ANY', found: await searched.find(query, 'ANY', limit, undefined) } as const
}

/** @throws INVALID_INPUT for a query that is too long, a page size out of range, or a cursor of another search */
export async function searchPage<Found>(
  searched: Searched<Found>,
  text: string,
  { first = defaultPageSize, after }: SearchPageOptions,
): Promise<FoundPage<Found>> {
  const query = parseSearch(text)
  const size = checkSize('first', first)
  const { match, found } = await find(searched, query, size + 1, after)
  const scope = scopeOf(searched.name, query, match)
  const edges = found.slice(0, size).map((each) => ({ cursor: encodeRank(scope, searched.rankOf(each)), found: each }))
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > size,
      hasPreviousPage: after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** The number of entries that a search finds, over all pages. */
export async function countMatches(
  text: string,
  count: (query: SearchQuery, match: SearchMatch) => Promise<number>,
): Promise<number> {
  const query = parseSearch(text)
  if (query.terms.length === 0) return 0
  const all = await count(query, 'ALL')
  return all > 0 || query.terms.length < 2 ? all : count(query, 'ANY')
}
