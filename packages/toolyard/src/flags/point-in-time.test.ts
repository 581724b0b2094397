import { expect, it } from 'vitest'
import { parsePast } from './point-in-time.ts'

const now = Date.parse('2026-11-25T12:00:00Z')

it.each([
  ['2h', '2026-11-25T10:00:00.000Z'],
  ['7d', '2026-11-18T12:00:00.000Z'],
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T08:30+01:00', '2026-01-31T07:30:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(parsePast(text, now)?.toISOString()).toBe(expected)
})

it.each(['', '2', 'h', '2 h', '-2h', '2y', '2026-13-01', '2026-01-31T08:30', 'yesterday'])('%j is no time', (text) => {
  expect(parsePast(text, now)).toBeUndefined()
})
