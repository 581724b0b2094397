import { expect, it } from 'vitest'
import { costly, costsOfText } from '../fixtures/process/costs-of-text.ts'

const MiB = 2 ** 20

it('texts of 8 to 64 MiB, of every kind, cost 250 ms and 64 MiB at most, and are gone then', async () => {
  for (const bytes of [8 * MiB, 32 * MiB, 64 * MiB]) {
    const { costs, kept } = await costsOfText(bytes, 100)
    expect(costs.length).toBeGreaterThan(100)
    expect(costly(costs)).toEqual([])
    expect(kept.filter(({ works, keptBytes }) => works < 10 || keptBytes > 16 * MiB)).toEqual([])
  }
})
