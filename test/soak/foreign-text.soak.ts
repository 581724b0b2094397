import { expect, it } from 'vitest'
import { costly, costsOfText } from '../fixtures/process/costs-of-text.ts'
import { isLong } from './form.ts'

const MiB = 2 ** 20
/** Those between are as those of test/core/faults/foreign-text.test.ts. */
const sizes = isLong ? [8, 32, 64] : [8, 64]

it('texts of 8 to 64 MiB, of every kind, cost 250 ms and 64 MiB at most, and are gone then', async () => {
  for (const size of sizes) {
    const { costs, kept } = await costsOfText(size * MiB, 100)
    expect(costs.length).toBeGreaterThan(100)
    expect(costly(costs)).toEqual([])
    expect(kept.filter(({ works, keptBytes }) => works < 10 || keptBytes > 16 * MiB)).toEqual([])
  }
})
