import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serverWords } from './entry-words.ts'
import { compareRanks, rankEntries, scoreEntry } from './score.ts'
import { parseSearch } from './tool-search.ts'
import { toolWords } from './tool-words.ts'

function searched(name: string, description = '', server = 'server') {
  return {
    id: name,
    name,
    words: toolWords({ name, description, inputSchema: {} }),
    serverWords: serverWords(server),
  }
}
const score = (query: string, tool: ReturnType<typeof searched>, match: 'ALL' | 'ANY' = 'ALL') =>
  scoreEntry({ query: parseSearch(query), match }, tool)

describe('a score', () => {
  it('is 0 where a word is missing, unless any will do', () => {
    expect(score('read file', searched('read'))).toBe(0)
    expect(score('read file', searched('read'), 'ANY')).toBeGreaterThan(0)
    expect(score('git foo', searched('github'), 'ANY')).toBeGreaterThan(0)
    expect(score('write', searched('read'), 'ANY')).toBe(0)
  })

  it('counts a whole word more than a beginning, and the whole name more than a part of it', () => {
    expect(score('read', searched('read_file'))).toBeGreaterThan(score('read', searched('reads_file')))
    expect(score('read', searched('read_file'))).toBeGreaterThan(score('read', searched('read_many_files')))
    expect(score('read_file', searched('read_file'))).toBeGreaterThan(score('read_file', searched('readFile')))
    expect(score('read file', searched('readFile'))).toBeGreaterThan(score('read file', searched('file_read')))
  })

  it('of a beginning in the name is more than of the word in the description', () => {
    expect(score('read', searched('reads'))).toBeGreaterThan(score('read', searched('x', 'read')))
  })

  it('takes only the last of many words for a beginning', () => {
    const tool = searched('x', 'one two three four five')
    expect(score('one two three fou', tool)).toBeGreaterThan(0)
    expect(score('one two three four fiv', tool)).toBeGreaterThan(0)
    expect(score('one two three fou five', tool)).toBe(0)
  })

  it('of one letter is of that word alone', () => {
    expect(score('a', searched('b', 'above'))).toBe(0)
    expect(score('a', searched('b', 'a b'))).toBeGreaterThan(0)
  })

  it('finds a server by its name, also as one word', () => {
    for (const query of ['git hub', 'github', 'hub x']) {
      expect(score(query, searched('x', '', 'Git Hub'))).toBeGreaterThan(0)
    }
  })
})

it('a query of too many characters is refused, and one without words has no terms', () => {
  expect(parseSearch('x'.repeat(1_000)).terms).toHaveLength(1)
  expect(() => parseSearch('x'.repeat(1_001))).toThrow('query: expected at most 1000 characters, got 1001')
  for (const text of ['', ' ', '"*(', '\0']) expect(parseSearch(text).terms).toEqual([])
  expect(parseSearch('a b A b').terms.map(({ word }) => word)).toEqual(['a', 'b'])
  expect(parseSearch(Array.from({ length: 50 }, (_, n) => `w${n}`).join(' ')).terms).toHaveLength(16)
})

it('a long description is found by its beginning', () => {
  const tool = searched('x', `first ${'word '.repeat(2_000)} last`)
  expect(score('first', tool)).toBeGreaterThan(0)
  expect(score('last', tool)).toBe(0)
})

it('pages are parts of one order', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^(read|file|x)(_(read|file|y))?\d?$/), { maxLength: 12 })
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 4 }), (list, size) => {
      const tools = list.map((name) => searched(name, 'read it'))
      const search = { query: parseSearch('read'), match: 'ALL', filter: {} } as const
      const all = rankEntries(search, tools, 100, undefined)
      const ranks = all.map(({ entry: { id, name }, score }) => ({ id, name, score }))
      expect(ranks).toEqual(ranks.toSorted(compareRanks))
      const walked: (typeof all)[number][] = []
      for (;;) {
        const last = walked.at(-1)
        const beyond = last && { score: last.score, name: last.entry.name, id: last.entry.id }
        const page = rankEntries(search, tools, size, beyond)
        if (page.length === 0) break
        walked.push(...page)
      }
      expect(walked).toEqual(all)
    }),
  )
})
