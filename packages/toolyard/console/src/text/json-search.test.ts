import { expect, it } from 'vitest'
import { searchJson } from './json-search.ts'

const value = { name: 'Ada', people: [{ name: 'Bob', age: 7 }, { name: 'Ada L' }], none: null }

it('a search finds names and values, in order and up to a limit', () => {
  expect(searchJson(value, 'ada', 10).map(({ path }) => path.join('.'))).toEqual(['name', 'people.1.name'])
  expect(searchJson(value, 'PEOPLE', 10).map(({ path }) => path.join('.'))).toEqual(['people'])
  expect(searchJson(value, 'name', 2)).toHaveLength(2)
  expect(searchJson(value, '7', 10)).toEqual([{ path: ['people', '0', 'age'], value: 7 }])
  expect(searchJson(value, ' ', 10)).toEqual([])
})

it('a search of a large value ends', () => {
  const large = Array.from({ length: 200_000 }, (_, n) => ({ n }))
  expect(searchJson(large, 'nowhere', 10)).toEqual([])
})
