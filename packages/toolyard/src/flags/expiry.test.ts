import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseExpiry } from './expiry.ts'

const now = Date.parse('2026-06-15T12:00:00Z')

it.each([
  ['45s', '2026-06-15T12:00:45.000Z'],
  ['90m', '2026-06-15T13:30:00.000Z'],
  ['12h', '2026-06-16T00:00:00.000Z'],
  ['30d', '2026-07-15T12:00:00.000Z'],
  ['2w', '2026-06-29T12:00:00.000Z'],
  ['1y', '2027-06-15T12:00:00.000Z'],
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T08:00Z', '2027-01-31T08:00:00.000Z'],
  ['2027-01-31T08:00:00.5+02:00', '2027-01-31T06:00:00.500Z'],
])('%s is %s', (text, expected) => expect(parseExpiry(text, now)?.toISOString()).toBe(expected))

it.each([
  '',
  '0d',
  '-1d',
  '1',
  'd',
  '1.5d',
  '1 d',
  '30D',
  'never',
  '2026-06-15',
  '2026-02-30',
  '2027-13-01',
  '2027-01-31T08:00',
  '31.1.2027',
  '9999999d',
  '999999y',
])('"%s" is not understood, or is over', (text) => expect(parseExpiry(text, now)).toBeUndefined())

it('whatever the text, it is a moment to come or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,8}[smhdwy]$/)), (text) => {
      const date = parseExpiry(text, now)
      if (date) expect(date.getTime()).toBeGreaterThan(now)
    }),
  )
})
