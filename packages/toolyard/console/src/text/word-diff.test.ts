import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type DiffPart, wordDiff } from './word-diff.ts'

const marked = (parts: readonly DiffPart[] = []) =>
  parts.map(({ text, isChanged }) => (isChanged ? `[${text}]` : text)).join('')

it.each([
  ['Reads a file', 'Reads one file', 'Reads [a] file', 'Reads [one] file'],
  ['same', 'same', 'same', 'same'],
  ['', 'all new', '', '[all new]'],
  ['a.b', 'a,b', 'a[.]b', 'a[,]b'],
  ['Reads files', 'Reads files, and sends them', 'Reads files', 'Reads files[, and sends them]'],
])('%s → %s', (before, after, shownBefore, shownAfter) => {
  const diff = wordDiff(before, after)
  expect(marked(diff?.before)).toBe(shownBefore)
  expect(marked(diff?.after)).toBe(shownAfter)
})

it('keeps each text whole, and marks nothing of equal ones', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', ' ', '.', '\n'), { maxLength: 30 }).map((all) => all.join(''))
  fc.assert(
    fc.property(words, words, (before, after) => {
      const diff = wordDiff(before, after)
      const whole = (parts: readonly DiffPart[] = []) => parts.map(({ text }) => text).join('')
      const kept = (parts: readonly DiffPart[] = []) => whole(parts.filter(({ isChanged }) => !isChanged))
      expect(whole(diff?.before)).toBe(before)
      expect(whole(diff?.after)).toBe(after)
      expect(kept(diff?.before)).toBe(kept(diff?.after))
      if (before === after) expect(diff?.before.some(({ isChanged }) => isChanged)).toBe(false)
    }),
  )
})

it('compares no texts of thousands of words', () => {
  expect(wordDiff('a '.repeat(301), 'b')).toBeUndefined()
})
