import { invalidInput } from '../base/errors.ts'
import type { SearchQuery } from '../model/tool-search.ts'
import { joinWords, splitWords } from './words.ts'

const maxLength = 1_000
/** Each is looked up. */
const maxTerms = 16
/** To look for what a word begins takes longer than for the word. */
const maxPrefixes = 4

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
