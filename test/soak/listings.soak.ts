import { expect, it } from 'vitest'
import { metered, startEndless } from '../fixtures/mcp/endless-list.ts'

const MiB = 1024 * 1024
const message = 'LIMIT_EXCEEDED: tools/list: expected at most 67108864 bytes (listBytes), got '

it.each([
  [1, 192],
  [8, 256],
])('%i lists at once in pages of 20 MB without an end are refused, and take at most %i MiB', async (count, most) => {
  await using server = await startEndless(20)
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  const grown: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const { codes, grownBytes } = await metered(Array.from({ length: count }, () => config))
    expect(codes).toEqual(Array.from({ length: count }, () => expect.stringContaining(message)))
    grown.push(grownBytes)
  }
  const [, , median = Number.NaN, , worst = Number.NaN] = grown.toSorted((a, b) => a - b)
  expect(median).toBeLessThanOrEqual(most * MiB)
  // A collection of garbage that comes late is in one of them now and then.
  expect(worst).toBeLessThanOrEqual(1.25 * most * MiB)
})
