import { it } from 'vitest'
import { killedRefreshes } from '../../soak/killed-refreshes.ts'
import { killedRuns } from '../../soak/killed-runs.ts'

// The short forms of test/soak/crashes.soak.ts.
it('3 kills in the middle of a refresh leave the tools of before or of after, and every event to read', async () => {
  await killedRefreshes(3)
})
it('a kill in the middle of a refresh of 1,500 tools does so too', async () => {
  await killedRefreshes(1, 1_500)
})
it('3 kills among runs leave each effect with the one run that had it, and every run settled', async () => {
  await killedRuns(3)
})
