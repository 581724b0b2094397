import { expect, it } from 'vitest'
import { killedRefreshes } from './killed-refreshes.ts'
import { killedRuns } from './killed-runs.ts'

// That each way to end is among them tells that the moments are those that matter.

it('200 kills in the middle of a refresh leave the tools of before or of after, and every event to read', async () => {
  const { succeeded, interrupted } = await killedRefreshes(200)
  expect(succeeded).toBeGreaterThan(20)
  expect(interrupted).toBeGreaterThan(20)
})
it('50 kills in the middle of a refresh of 3,000 tools do so too', async () => {
  const { succeeded, interrupted } = await killedRefreshes(50, 3_000)
  expect(succeeded).toBeGreaterThan(5)
  expect(interrupted).toBeGreaterThan(5)
})
it('200 kills among runs leave each effect with the one run that had it, and every run settled', async () => {
  const { succeeded, unknown, neverSent } = await killedRuns(200)
  expect(succeeded).toBeGreaterThan(2_000)
  expect(unknown).toBeGreaterThan(200)
  expect(neverSent).toBeGreaterThan(20)
})
