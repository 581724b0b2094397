import type { ToolFilter } from './filters.ts'

/** A run of letters and digits, folded. */
export interface Word {
  readonly word: string
  /** What it is made of, where it is written in camelCase; else nothing. */
  readonly parts: readonly string[]
}

/** A word that is looked for. */
export interface SearchTerm extends Word {
  /** Whether words count that begin with it. One letter is none. */
  readonly isPrefix: boolean
}

/** What is looked for. */
export interface SearchQuery {
  /** As it was given, without space around it. */
  readonly text: string
  /** All of it as one word. */
  readonly joined: string
  /** Each once; none where there is nothing to look for. */
  readonly terms: readonly SearchTerm[]
}

/** Whether a tool must have all of the words, or any. */
export type SearchMatch = 'ALL' | 'ANY'

export interface ToolSearch {
  /** Of one term at least. */
  readonly query: SearchQuery
  readonly match: SearchMatch
  readonly filter: ToolFilter
}
