import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonPieces } from './json-pieces.ts'

const parsed = (value: unknown): unknown => JSON.parse([...jsonPieces(value)].join(''))

it('come to the same as the whole', () => {
  const wide = fc.jsonValue({ maxDepth: 4 }).map((value) => ({ value, many: Array(3_000).fill(value) }))
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), wide), (value) => {
      const whole = JSON.parse(JSON.stringify(value))
      // As texts: thousands of values take seconds to compare.
      expect(JSON.stringify(parsed(value))).toBe(JSON.stringify(whole))
    }),
    { numRuns: 200 },
  )
})

it('are short, and keep texts whole that are cut between surrogates', () => {
  const value = {
    a: ['😀'.repeat(200_000), undefined],
    b: undefined,
    [`"${'x'.repeat(100_000)}`]: `\u2028${'\n'.repeat(70_000)}`,
  }
  const pieces = [...jsonPieces(value)]
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(500_000)
  expect(JSON.parse(pieces.join(''))).toEqual(JSON.parse(JSON.stringify(value)))
  expect(parsed({ a: `x${'😀'.repeat(200_000)}` })).toEqual({ a: `x${'😀'.repeat(200_000)}` })
})

it('are one for what is small', () => {
  expect([...jsonPieces({ data: { a: 1 }, errors: undefined })]).toEqual(['{"data":{"a":1}}'])
  expect([...jsonPieces('')]).toEqual(['""'])
})
