import { invalidInput } from '../base/errors.ts'
import type { SearchQuery } from '../model/tool-search.ts'
import { joinWords, splitWords } from './words.ts'

/** Longest query, in UTF-16 units. */
const maxLength = 1_000
/** Most words of a query: each is looked up. */
const maxTerms = 16
/** Most words of a query in which every word is a prefix: prefixes take longer to look up than words. */
const maxPrefixes = 4

/** Throws INVALID_INPUT for a query that is too long. */
export function parseSearch(query: string): SearchQuery {
  if (query.length > maxLength) {
    throw invalidInput(['query'], `query: expected at most ${maxLength} characters, got ${query.length}`)
  }
  const words = splitWords(query)
  const distinct = [...new Map(words.map((each) => [each.word, each])).values()].slice(0, maxTerms)
  // The last word may be incomplete.
  const terms = distinct.map((each, place) => ({
    ...each,
    isPrefix: each.word.length > 1 && (distinct.length <= maxPrefixes || place === distinct.length - 1),
  }))
  return { text: query.trim(), joined: joinWords(words), terms }
}
