import { invalidInput } from '../errors.ts'
import type { ToolFilter } from '../storage/filters.ts'
import { joinWords, splitWords, type Word } from './words.ts'

const maxLength = 1_000
/** Each is looked up. */
const maxTerms = 16

/** What is looked for. */
export interface SearchQuery {
  /** As it was given, without space around it. */
  readonly text: string
  /** All of it as one word. */
  readonly joined: string
  /** Each once; none where there is nothing to look for. */
  readonly terms: readonly Word[]
}

/** Whether a tool must have all of the words, or any. */
export type SearchMatch = 'ALL' | 'ANY'

export interface ToolSearch {
  /** Of one term at least. */
  readonly query: SearchQuery
  readonly match: SearchMatch
  readonly filter: ToolFilter
}

/** Where a found tool stands: by score, the highest first, then by name and id. */
export interface Rank {
  readonly score: number
  readonly name: string
  readonly id: string
}

/** INVALID_INPUT for one that is too long. */
export function parseSearch(query: string): SearchQuery {
  if (query.length > maxLength) {
    throw invalidInput(['query'], `query: expected at most ${maxLength} characters, got ${query.length}`)
  }
  const words = splitWords(query)
  const terms = [...new Map(words.map((each) => [each.word, each])).values()].slice(0, maxTerms)
  return { text: query.trim(), joined: joinWords(words), terms }
}

/** A word of one letter is found as it is, longer ones also at the beginning of another. */
export function isPrefix(word: string): boolean {
  return word.length > 1
}
