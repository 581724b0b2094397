import fc from 'fast-check'
import { it } from 'vitest'
import { propertyRuns } from '../fixtures/property-runs.ts'
import { cases, expectSoundRenewals } from './renewal-model.ts'

it('renewals show no refresh token twice, lose no newer one, and end', async () => {
  await fc.assert(fc.asyncProperty(cases, expectSoundRenewals), { numRuns: propertyRuns(25) })
})
