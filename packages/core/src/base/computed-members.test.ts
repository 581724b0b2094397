import { expect, it } from 'vitest'
import { computedMembers } from './computed-members.ts'

const withLength = computedMembers<{ readonly text: string }, { readonly length: number }>({
  length: ({ text }) => text.length,
})

it('adds members of the object itself, which are printed and copied, and hides their source', () => {
  const word = withLength({ name: 'word' }, { text: 'abc' })
  expect(word).toEqual({ name: 'word', length: 3 })
  expect(JSON.stringify(word)).toBe('{"name":"word","length":3}')
  expect({ ...word }).toEqual({ name: 'word', length: 3 })
})

it('computes a member whenever it is read, and not before', () => {
  let reads = 0
  const withReads = computedMembers<object, { readonly reads: number }>({
    reads: () => {
      reads += 1
      return reads
    },
  })
  const counting = withReads({}, {})
  expect(reads).toBe(0)
  expect([counting.reads, counting.reads]).toEqual([1, 2])
})

it('shares the accessors among all objects, and keeps their sources apart', () => {
  const one = withLength({}, { text: 'a' })
  const other = withLength({}, { text: 'ab' })
  expect([one.length, other.length]).toEqual([1, 2])
  const accessorOf = (object: object) => Object.getOwnPropertyDescriptor(object, 'length')?.get
  expect(accessorOf(one)).toBe(accessorOf(other))
})
