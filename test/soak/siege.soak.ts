import { expect, it } from 'vitest'
import { inForm } from './form.ts'
import { attackNames, siege, tableOf } from './siege/siege.ts'

const seconds = inForm(60, 20)

// The ratio of the p99 is printed, and not asserted: it is 5 to 15 on two cores that the attack programs take as well.
it(`another tenant’s runs go on, if slowly, while one tenant does its worst for ${seconds} s`, async () => {
  const report = await siege({ attacks: attackNames, seconds })
  process.stdout.write(`${tableOf([report])}\n`)
  expect(report.stands).toBe(true)
  expect(report.underSiege.failed).toBe(0)
  expect(report.unhealthy).toBe(0)
  expect(report.rssMaxMb).toBeLessThanOrEqual(1_024)
})
