import { invalidInput } from '../base/errors.ts'
import type { ToolFilter } from '../model/filters.ts'
import { joinWords, splitWords, type Word } from './words.ts'

const maxLength = 1_000
/** Each is looked up. */
const maxTerms = 16
/** To look for what a word begins takes longer than for the word. */
const maxPrefixes = 4

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

/** INVALID_INPUT for one that is too long. */
export function parseSearch(query: string): SearchQuery {
  if (query.length > maxLength) {
    throw invalidInput(['query'], `query: expected at most ${maxLength} characters, got ${query.length}`)
  }
  const words = splitWords(query)
  const distinct = [...new Map(words.map((each) => [each.word, each])).values()].slice(0, maxTerms)
  // The last one may not be written to its end.
  const terms = distinct.map((each, place) => ({
    ...each,
    isPrefix: each.word.length > 1 && (distinct.length <= maxPrefixes || place === distinct.length - 1),
  }))
  return { text: query.trim(), joined: joinWords(words), terms }
}
