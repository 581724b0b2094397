import { expect, it } from 'vitest'
import { boundedNames } from './bounded-names.ts'

it('knows so many names, and no more', () => {
  const nameOf = boundedNames(2)
  expect(['a', 'b', 'a', 'c', 'b', null, 'c'].map(nameOf)).toEqual(['a', 'b', 'a', 'other', 'b', 'anonymous', 'other'])
})

it('takes no long name', () => {
  const nameOf = boundedNames(1)
  expect(nameOf('x'.repeat(101))).toBe('other')
  expect(nameOf('x'.repeat(100))).toBe('x'.repeat(100))
})
