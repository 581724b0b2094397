import { expect, it } from 'vitest'
import { drawBars } from './picture.ts'

it('draws each part as long as it is, and says all of them in words', () => {
  const bar = {
    name: 'A & B',
    microseconds: 99.6,
    parts: [
      ['GraphQL', 0.75],
      ['storage', 0.25],
    ],
  } as const
  const svg = drawBars([bar], ['GraphQL', 'storage'])
  expect(svg).toContain('A &amp; B: GraphQL 75 %, storage 25 %.')
  expect(svg).toContain('A &amp; B: 100 µs of CPU a run')
  expect(svg).toMatch(/<rect x="16" y="34" width="516" /)
  expect(svg).toMatch(/<rect x="532" y="34" width="172" /)
})
