import { expect, it } from 'vitest'
import { createId, idKind } from './ids.ts'

it('ids are UUIDs of version 7, each greater than the one before', () => {
  const ids = Array.from({ length: 5_000 }, () => createId('tool'))
  for (const id of ids) {
    expect(id).toMatch(/^tool_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(idKind(id)).toBe('tool')
  }
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
})

it('the end of an id cannot be guessed from the one before', () => {
  const ends = Array.from({ length: 5_000 }, () => createId('run').slice(-8))
  expect(new Set(ends).size).toBeGreaterThan(4_990)
})
