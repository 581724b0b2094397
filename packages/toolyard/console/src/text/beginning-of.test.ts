import { expect, it } from 'vitest'
import { beginningOf } from './beginning-of.ts'

it('a text begins with its first lines, or with part of a long one', () => {
  expect(beginningOf('short', 10)).toBe('short')
  expect(beginningOf('a line\nanother line', 10)).toBe('a line\n\n…')
  expect(beginningOf('a\nvery long line', 10)).toBe('a\nvery lon…')
})
