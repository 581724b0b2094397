import type { FeatureKind } from '../../../model/feature.ts'
import type { Rank } from '../../../model/rank.ts'
import type { Search, SearchTerm } from '../../../model/tool-search.ts'
import { rankEntries } from '../../../search/score.ts'
import { type MatchExpression, matchExpression, type SearchPlace } from '../match-expression.ts'
import type { HitRow } from './pages.ts'
import type { TenantRows } from './tenant-rows.ts'

/** Entries ranked of those found in a place: if more are found, the words say little. */
const maxRanked = 1_000

/** An index of the database, and the rows that it finds. */
export interface SearchedIndex<Filter, Id extends string, Row extends { readonly id: Id }> {
  /** Brings the index up to date with all commits. */
  bringUpToDate(): Promise<void>
  hits(expression: MatchExpression, filter: Filter, limit: number): Promise<readonly HitRow<Id>[]>
  /** Counts hits. */
  hitCount(expression: MatchExpression, filter: Filter): Promise<number>
  /** Whether the index has fewer than `limit` hits, removed entries included, which costs no look at any. */
  isRare(expression: MatchExpression, limit: number): Promise<boolean>
  recordsOf(ids: readonly Id[]): Promise<readonly Row[]>
}

type OfServers = { readonly serverId?: readonly string[]; readonly kind?: FeatureKind }

/** Search by an index. The index finds entries; every storage scores them alike (score.ts). */
export class IndexSearch<Filter extends OfServers, Id extends string, Row extends { readonly id: Id }> {
  readonly #rows: TenantRows
  readonly #index: SearchedIndex<Filter, Id, Row>

  constructor(rows: TenantRows, index: SearchedIndex<Filter, Id, Row>) {
    this.#rows = rows
    this.#index = index
  }

  /** The best after `beyond`, at most `limit`. */
  async best(
    search: Search<Filter>,
    limit: number,
    beyond: Rank | undefined,
  ): Promise<readonly { readonly row: Row; readonly score: number }[]> {
    await this.#index.bringUpToDate()
    const entries = (await this.#hits(search)).map(({ id, name, words, server_words }) => ({
      id,
      name,
      words,
      serverWords: server_words,
    }))
    const ranked = rankEntries(search, entries, limit, beyond)
    const rows = await this.#index.recordsOf(ranked.map(({ entry }) => entry.id))
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ranked.flatMap(({ entry: { id }, score }) => {
      const row = byId.get(id)
      return row ? [{ row, score }] : []
    })
  }

  async count(search: Search<Filter>): Promise<number> {
    await this.#index.bringUpToDate()
    return this.#index.hitCount(this.#expression(search, 'ANYWHERE', 'BEGUN'), search.filter)
  }

  #expression(search: Search<Filter>, place: SearchPlace, words: 'WHOLE' | 'BEGUN'): MatchExpression {
    const { joinsKind } = this.#rows.connection.dialect.indexing
    return matchExpression(this.#rows.tenantId, search, place, words, joinsKind)
  }

  #hitsOf(search: Search<Filter>, place: SearchPlace, words: 'WHOLE' | 'BEGUN'): Promise<readonly HitRow<Id>[]> {
    return this.#index.hits(this.#expression(search, place, words), search.filter, maxRanked)
  }

  /** Drops the words that many entries have: the final ranking is by all words, and so excludes entries without them again. */
  async #withoutCommon(search: Search<Filter>): Promise<Search<Filter> | undefined> {
    const { terms } = search.query
    if (search.match === 'ANY' || terms.length < 2) return undefined
    const only = (some: readonly SearchTerm[]): Search<Filter> => ({
      ...search,
      query: { ...search.query, terms: some },
    })
    const rare: SearchTerm[] = []
    for (const term of terms) {
      const expression = this.#expression(only([term]), 'ANYWHERE', 'WHOLE')
      if (await this.#index.isRare(expression, maxRanked)) rare.push(term)
    }
    return rare.length > 0 && rare.length < terms.length ? only(rare) : undefined
  }

  /** All hits in a place, or `maxRanked` of them. Prefixes of common words take the longest, so they come last. */
  async #find(search: Search<Filter>, place: SearchPlace): Promise<readonly HitRow<Id>[]> {
    const whole = await this.#hitsOf(search, place, 'WHOLE')
    const isEnough = whole.length === maxRanked || place === 'SAME_NAME'
    if (isEnough || !search.query.terms.some(({ isPrefix }) => isPrefix)) return whole
    const selective = place === 'ANYWHERE' ? await this.#withoutCommon(search) : undefined
    const selected = selective && (await this.#hitsOf(selective, place, 'BEGUN'))
    return selected && selected.length < maxRanked ? selected : this.#hitsOf(search, place, 'BEGUN')
  }

  /** All hits unless they are too many; then as many again of the entries with the words in their names. */
  async #hits(search: Search<Filter>): Promise<readonly HitRow<Id>[]> {
    const anywhere = await this.#find(search, 'ANYWHERE')
    if (anywhere.length < maxRanked) return anywhere
    const found = [...anywhere, ...(await this.#find(search, 'NAMES')), ...(await this.#find(search, 'SAME_NAME'))]
    return [...new Map(found.map((row) => [row.id, row])).values()]
  }
}
