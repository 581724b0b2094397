import { expect, it } from 'vitest'
import { timeLeftText } from './time-left-text.ts'

it.each([
  [-1, 'no time left'],
  [1, '1 s left'],
  [59_200, '1 min left'],
  [598_000, '9 min 58 s left'],
  [3_600_000, '1 hour left'],
  [47 * 3_600_000, '47 hours left'],
  [30 * 86_400_000, '30 days left'],
])('%d ms: %s', (ms, words) => {
  expect(timeLeftText(ms)).toBe(words)
})
