import { expect, it } from 'vitest'
import { inForm } from './form.ts'
import { killedRefreshes } from './killed-refreshes.ts'
import { killedRuns } from './killed-runs.ts'

const kills = inForm(100, 40)
const killsOfLarge = inForm(25, 10)

// That each way to end is among them tells that the moments are those that matter.

it(`${kills} kills in the middle of a refresh leave the tools of before or of after, and every event to read`, async () => {
  const { succeeded, interrupted } = await killedRefreshes(kills)
  expect(succeeded).toBeGreaterThan(kills / 10)
  expect(interrupted).toBeGreaterThan(kills / 10)
})
it(`${killsOfLarge} kills in the middle of a refresh of 3,000 tools do so too`, async () => {
  const { succeeded, interrupted } = await killedRefreshes(killsOfLarge, 3_000)
  expect(succeeded).toBeGreaterThan(killsOfLarge / 12)
  expect(interrupted).toBeGreaterThan(killsOfLarge / 12)
})
it(`${kills} kills among runs leave each effect with the one run that had it, and every run settled`, async () => {
  const { succeeded, unknown, neverSent } = await killedRuns(kills)
  expect(succeeded).toBeGreaterThan(10 * kills)
  expect(unknown).toBeGreaterThan(kills)
  expect(neverSent).toBeGreaterThan(kills / 10)
})
