import { it } from 'vitest'
import { killedRefreshes } from '../../soak/killed-refreshes.ts'
import { killedRuns } from '../../soak/killed-runs.ts'

// The short forms of test/soak/crashes.soak.ts.
it('5 kills in the middle of a refresh leave the tools of before or of after, and every event to read', async () => {
  await killedRefreshes(5)
})
it('2 kills in the middle of a refresh of 1,500 tools do so too', async () => {
  await killedRefreshes(2, 1_500)
})
it('5 kills among runs leave each effect with the one run that had it, and every run settled', async () => {
  await killedRuns(5)
})
