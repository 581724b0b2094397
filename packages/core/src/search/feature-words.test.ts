import fc from 'fast-check'
import { expect, it } from 'vitest'
import { entryWords } from './entry-words.ts'
import { featureWords } from './feature-words.ts'
import { scoreEntry } from './score.ts'
import { parseSearch } from './tool-search.ts'

it('has each word of a resource once, at its best place', () => {
  const uri = 'file:///notes/file.md'
  expect(featureWords({ name: 'notes', title: 'My notes', uri, description: 'My file of notes, a file' })).toBe(
    ' =notes _notes notes \n my \n file md \n of a ',
  )
})

it('scores a resource as with all of its words', () => {
  const words = fc.constantFrom('file', 'files', 'readFile', 'read', 'note', 'my', 'a')
  const text = fc.array(words, { maxLength: 6 }).map((all) => all.join(' '))
  const query = text.map((asked) => parseSearch(asked)).filter(({ terms }) => terms.length > 0)
  const match = fc.constantFrom('ALL' as const, 'ANY' as const)
  fc.assert(
    fc.property(text, text, text, text, query, match, (name, title, uri, description, asked, how) => {
      const score = (searched: string) =>
        scoreEntry({ query: asked, match: how }, { name, words: searched, serverWords: ' =my _my my ' })
      const all = entryWords({ name, title, properties: uri, description })
      expect(score(featureWords({ name, title, uri, description }))).toBe(score(all))
    }),
  )
})
