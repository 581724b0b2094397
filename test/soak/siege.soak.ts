import { expect, it } from 'vitest'
import { attackNames, siege, tableOf } from './siege/siege.ts'

it('another tenant’s runs go on while one tenant does its worst for 60 s', async () => {
  const report = await siege({ attacks: attackNames, seconds: 60 })
  process.stdout.write(`${tableOf([report])}\n`)
  expect(report.broken).toEqual([])
  expect(report.stands).toBe(true)
  expect(report.underSiege.failed).toBe(0)
  expect(report.unhealthy).toBe(0)
  expect(report.ratio).toBeLessThanOrEqual(5)
  expect(report.rssMaxMb).toBeLessThanOrEqual(768)
})
