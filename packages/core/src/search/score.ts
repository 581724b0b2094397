import { compareText } from '../base/compare-text.ts'
import type { Rank } from '../model/rank.ts'
import type { Search } from '../model/tool-search.ts'
import { joinedMark, nameMark } from './entry-words.ts'

/** A tool, resource, template or prompt to rank: its name, and the words of it and of its server (entry-words.ts). */
export interface SearchedEntry {
  readonly name: string
  readonly words: string
  readonly serverWords: string
}

/** Score of a word by the place where it is found; the best place counts. */
const weights = { name: 8, title: 4, properties: 2, server: 2, description: 1 }
/** Share of that score for a word that is only the beginning of another. */
const prefixShare = 0.75
/** Score of an equal name: more than words alone can reach. */
const sameName = 10

interface Lines {
  readonly text: string
  /** The end of each line but the last. */
  readonly ends: readonly number[]
  readonly server: string
}

function linesOf({ words, serverWords }: SearchedEntry): Lines {
  const name = words.indexOf('\n')
  const title = words.indexOf('\n', name + 1)
  return { text: words, ends: [name, title, words.indexOf('\n', title + 1)], server: serverWords }
}

/** The score of a place after the name. Lines are ordered by score, so the first place is the best. */
function weightAt(place: number, [, title = 0, properties = 0]: Lines['ends']): number {
  if (place < 0) return 0
  if (place < title) return weights.title
  return place < properties ? weights.properties : weights.description
}

/** The score of a word; 0 if it is not found. */
function scoreOf(word: string, isPrefix: boolean, { text, ends, server }: Lines): number {
  if (text.includes(` ${nameMark}${word} `) || text.startsWith(` ${joinedMark}${word} `)) return weights.name
  const at = (found: string) => {
    const inServer = server.includes(found) || server.startsWith(` ${joinedMark}${word} `)
    return Math.max(weightAt(text.indexOf(found), ends), inServer ? weights.server : 0)
  }
  const whole = at(` ${word} `)
  if (!isPrefix) return whole
  if (text.includes(` ${nameMark}${word}`)) return weights.name * prefixShare
  return Math.max(whole, at(` ${word}`) * prefixShare)
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** What a search ranks by. */
type Ranking = Pick<Search<unknown>, 'query' | 'match'>

/**
 * The score of an entry; 0 if it does not match. It depends on the entry and the name of its server alone, so that it reveals
 * nothing of other tenants. It does not change when other entries do, and compares with that of entries of other kinds.
 */
export function scoreEntry({ query, match }: Ranking, entry: SearchedEntry): number {
  const lines = linesOf(entry)
  let sum = 0
  let covered = 0
  for (const { word, parts, isPrefix } of query.terms) {
    let score = scoreOf(word, isPrefix, lines)
    if (score === 0 && parts.length > 0) {
      const scores = parts.map((part) => scoreOf(part, isPrefix && part.length > 1, lines))
      if (!scores.includes(0)) score = mean(scores)
    }
    if (score === 0 && match === 'ALL') return 0
    if (score === weights.name) covered += word.length
    sum += score
  }
  if (sum === 0) return 0
  const joined = entry.words.slice(1 + joinedMark.length, entry.words.indexOf(' ', 1))
  // The shorter of two names with the words scores higher.
  const coverage = joined === '' ? 0 : Math.min(1, covered / joined.length)
  const same = (joined === query.joined ? sameName : 0) + (entry.name === query.text ? sameName : 0)
  return Math.round((sum / query.terms.length + coverage + same) * 10_000) / 10_000
}

export function compareRanks(a: Rank, b: Rank): number {
  return b.score - a.score || compareText(a.name, b.name) || compareText(a.id, b.id)
}

/** The best matches after `beyond`, at most `limit`. */
export function rankEntries<Entry extends SearchedEntry & { readonly id: string }>(
  search: Ranking,
  entries: Iterable<Entry>,
  limit: number,
  beyond: Rank | undefined,
): readonly { readonly entry: Entry; readonly score: number }[] {
  const ranked: { entry: Entry; rank: Rank }[] = []
  for (const entry of entries) {
    const rank = { score: scoreEntry(search, entry), name: entry.name, id: entry.id }
    if (rank.score > 0 && (!beyond || compareRanks(rank, beyond) > 0)) ranked.push({ entry, rank })
  }
  return ranked
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .slice(0, limit)
    .map(({ entry, rank }) => ({ entry, score: rank.score }))
}
