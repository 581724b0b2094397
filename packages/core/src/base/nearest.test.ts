import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nearest } from './nearest.ts'

it('finds what was probably meant, and nothing where nothing is close', () => {
  const names = ['create_issue', 'search', 'list_repos']
  expect(['serach', 'Search', 'creat_issue', 'list', 'xyz'].map((given) => nearest(given, names))).toEqual([
    'search',
    'search',
    'create_issue',
    'list_repos',
    undefined,
  ])
})

it('finds a name that is there, and one with a letter too many', () => {
  const name = fc.string({ minLength: 4, maxLength: 20 })
  fc.assert(
    fc.property(name, fc.nat(), (text, at) => {
      const place = at % text.length
      expect(nearest(text, [text])).toBe(text)
      expect(nearest(`${text.slice(0, place)}x${text.slice(place)}`, [text])).toBe(text)
    }),
  )
})
