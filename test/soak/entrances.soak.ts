import { expect, it } from 'vitest'
import { costsOfEntrances, harmful, holding } from '../fixtures/process/entrances/costs-of-entrances.ts'

/** Of up to three rounds. */
const mostMs = 1_800_000

async function bringIn() {
  const costs = await costsOfEntrances(128 * 2 ** 20, 10)
  for (const { name, offers, heldMs, grownBytes, keptBytes } of costs) {
    const [grown, kept] = [grownBytes, keptBytes].map((bytes) => (bytes / 2 ** 20).toFixed(0))
    process.stdout.write(
      `${name}: ${offers} times, held ${heldMs.toFixed(0)} ms, grown ${grown} MiB, kept ${kept} MiB\n`,
    )
  }
  expect(harmful(costs)).toEqual([])
  return costs
}

it(
  'the largest thing that each entrance lets in, until 128 MiB or ten of it have come in',
  async () => expect(await holding(bringIn)).toEqual({}),
  mostMs,
)
