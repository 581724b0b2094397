import { expect, it } from 'vitest'
import { type Entry, entryAfter, hasWords } from './entries.ts'

const entry = (id: string): Entry => ({ id, icon: 'tools', name: id, deed: { type: 'GO', href: '/' } })

it('a text has words in any order and case, or parts of them', () => {
  expect(hasWords('Add a server', 'SERVER add')).toBe(true)
  expect(hasWords('Add a server', 'serv')).toBe(true)
  expect(hasWords('Add a server', '')).toBe(true)
  expect(hasWords('Add a server', 'add tool')).toBe(false)
})

it('the entries go round', () => {
  const entries = [entry('a'), entry('b'), entry('c')]
  expect(entryAfter(entries, 'a', 1)?.id).toBe('b')
  expect(entryAfter(entries, 'c', 1)?.id).toBe('a')
  expect(entryAfter(entries, 'a', -1)?.id).toBe('c')
  expect(entryAfter(entries, 'gone', 1)?.id).toBe('a')
  expect(entryAfter(entries, undefined, -1)?.id).toBe('c')
  expect(entryAfter([], 'a', 1)).toBeUndefined()
})
