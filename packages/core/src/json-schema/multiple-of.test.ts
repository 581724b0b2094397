import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isMultipleOf } from './multiple-of.ts'

it.each([
  [0.07, 0.01],
  [4.35, 0.01],
  [19.99, 0.01],
  [-19.99, 0.01],
  [0.3, 0.1],
  [1.15, 0.05],
  [2.675, 0.001],
  [1e-9, 1e-9],
  [3e-9, 1e-9],
  [1, 1e-9],
  [0, 0.01],
  [1e21, 3e20 / 3],
  [1e300, 1e-300],
  [9007199254740994, 2],

  [123456789012345680000, 10],
  [1e23, 10],
  [5e-324, 5e-324],
])('%d is a multiple of %d', (value, divisor) => {
  expect(isMultipleOf(value, divisor)).toBe(true)
})

it.each([
  [0.075, 0.01],
  [4.351, 0.01],
  [1, 0.3],
  [1e-10, 1e-9],
  [9007199254740992, 5],
  [Number.POSITIVE_INFINITY, 1],
  [1, Number.POSITIVE_INFINITY],
  [1e23, 7],
  [1e300, 7e-300],
  [0.5, 1],
])('%d is no multiple of %d', (value, divisor) => {
  expect(isMultipleOf(value, divisor)).toBe(false)
})

it('is what it is for the integers that both stand for', () => {
  const places = fc.integer({ min: 0, max: 12 })
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 10_000 }), places, (value, divisor, exponent) => {
      expect(isMultipleOf(Number(`${value}e-${exponent}`), Number(`${divisor}e-${exponent}`))).toBe(
        value % divisor === 0,
      )
    }),
  )
})
