import { expect, it } from 'vitest'
import { runFilterOf, spanOf, statusesOf } from './run-filters.ts'

const nowMs = Date.parse('2026-05-04T12:00:00Z')

it('an address without filters asks for all runs', () => expect(runFilterOf({}, nowMs)).toEqual({}))

it('an address names statuses, a server and a span of time', () => {
  expect(runFilterOf({ status: 'FAILED,CANCELED', server: 'mcps_1', within: 'day' }, nowMs)).toEqual({
    status: statusesOf({ status: 'CANCELED,FAILED' }),
    serverId: ['mcps_1'],
    createdAt: { gte: '2026-05-03T12:00:00.000Z' },
  })
  expect(statusesOf({ status: 'FAILED,CANCELED' })).toHaveLength(2)
})

it('what an address may not name is left out', () => {
  expect(runFilterOf({ status: 'LOST,failed', within: 'constructor' }, nowMs)).toEqual({})
  expect(spanOf({ within: 'toString' })).toBeNull()
})
