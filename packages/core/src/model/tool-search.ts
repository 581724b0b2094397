import type { FeatureFilter, ToolFilter } from './filters.ts'

/** A run of letters and digits, folded. */
export interface Word {
  readonly word: string
  /** The parts of a word in camelCase; empty for any other word. */
  readonly parts: readonly string[]
}

/** A word of a query. */
export interface SearchTerm extends Word {
  /** Whether words that begin with it match. False for one letter. */
  readonly isPrefix: boolean
}

/** A parsed query. */
export interface SearchQuery {
  /** The trimmed text of the caller. */
  readonly text: string
  /** All of it as one word. */
  readonly joined: string
  /** Each word once; empty if the text has no words. */
  readonly terms: readonly SearchTerm[]
}

/** Whether a match must have all words, or any. */
export type SearchMatch = 'ALL' | 'ANY'

export interface Search<Filter> {
  /** It has at least one term. */
  readonly query: SearchQuery
  readonly match: SearchMatch
  readonly filter: Filter
}

export type ToolSearch = Search<ToolFilter>
/** A search of resources, of templates, or of prompts. */
export type FeatureSearch = Search<FeatureFilter>
