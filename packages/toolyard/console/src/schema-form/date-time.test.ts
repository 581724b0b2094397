import { expect, it } from 'vitest'
import { dateTimeText, fromDateTimeText, fromTimeText, timeText } from './date-time.ts'

it('a date and time reads in local time, and is sent with the offset of this place', () => {
  const sent = fromDateTimeText('2026-03-01T10:20')
  expect(sent).toMatch(/^2026-03-01T10:20:00(Z|[+-]\d\d:\d\d)$/)
  expect(new Date(sent).getTime()).toBe(new Date(2026, 2, 1, 10, 20).getTime())
  expect(dateTimeText(sent)).toBe('2026-03-01T10:20:00')
  expect(dateTimeText('soon')).toBeUndefined()
})

it('a time is sent with the offset of this place, and one of another offset stays a text', () => {
  expect(timeText(fromTimeText('10:20'))).toBe('10:20:00')
  expect(timeText('10:20:30')).toBe('10:20:30')
  expect(timeText('10:20:30+13:37')).toBeUndefined()
})
