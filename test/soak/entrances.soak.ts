import { expect, it } from 'vitest'
import { costsOfEntrances, harmful, holding } from '../fixtures/process/entrances/costs-of-entrances.ts'
import { inForm } from './form.ts'

const MiB = 2 ** 20
const mostMiB = inForm(128, 48)
const offers = inForm(10, 5)
/** Of up to three rounds. */
const mostMs = 1_800_000

async function bringIn() {
  const costs = await costsOfEntrances(mostMiB * MiB, offers)
  for (const { name, offers: times, heldMs, grownBytes, keptBytes } of costs) {
    const [grown, kept] = [grownBytes, keptBytes].map((bytes) => (bytes / MiB).toFixed(0))
    process.stdout.write(
      `${name}: ${times} times, held ${heldMs.toFixed(0)} ms, grown ${grown} MiB, kept ${kept} MiB\n`,
    )
  }
  expect(harmful(costs)).toEqual([])
  return costs
}

it(
  `the largest thing that each entrance lets in, until ${mostMiB} MiB or ${offers} of it have come in`,
  async () => expect(await holding(bringIn)).toEqual({}),
  mostMs,
)
