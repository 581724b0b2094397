import { expect, it } from 'vitest'
import { killedRefreshes } from './killed-refreshes.ts'
import { killedRuns } from './killed-runs.ts'

// That each way to end is among them tells that the moments are those that matter.

it('100 kills in the middle of a refresh leave the tools of before or of after, and every event to read', async () => {
  const { succeeded, interrupted } = await killedRefreshes(100)
  expect(succeeded).toBeGreaterThan(10)
  expect(interrupted).toBeGreaterThan(10)
})
it('25 kills in the middle of a refresh of 3,000 tools do so too', async () => {
  const { succeeded, interrupted } = await killedRefreshes(25, 3_000)
  expect(succeeded).toBeGreaterThan(2)
  expect(interrupted).toBeGreaterThan(2)
})
it('100 kills among runs leave each effect with the one run that had it, and every run settled', async () => {
  const { succeeded, unknown, neverSent } = await killedRuns(100)
  expect(succeeded).toBeGreaterThan(1_000)
  expect(unknown).toBeGreaterThan(100)
  expect(neverSent).toBeGreaterThan(10)
})
