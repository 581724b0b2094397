import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { secretKey, startConnected } from '../fixtures/oauth/connected.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { type Ends, killRenewals } from '../nodes/killed-renewals.ts'
import { waysToEnd } from '../oauth/one-renewal.ts'
import { outlast } from '../oauth/outages.ts'
import { cases, expectSoundRenewals } from '../oauth/renewal-model.ts'
import { openOn, renewOnceInProcesses } from '../oauth/several-nodes.ts'
import { anySeed, randomOf } from './crashing-process.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; the tests of several nodes are skipped\n`)
const figures = (what: string, value: object) => process.stdout.write(`${what}: ${JSON.stringify(value)}\n`)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => vi.useRealTimers())
afterAll(async () => {
  await rm(folder, { recursive: true })
  if (typeof postgres !== 'string') await postgres[Symbol.asyncDispose]()
})

/** Each moment leads where it has to: only what was stored before the kill is there after it. */
function expectEnds(ends: Ends, kills: number): void {
  const each = kills / 5
  expect(Object.fromEntries(ends)).toMatchObject({
    'LEASED REAUTH_REQUIRED': each,
    'HELD REAUTH_REQUIRED': each,
    'ANSWERED REAUTH_REQUIRED': each,
    'STORED CONNECTED': each,
  })
}

it('150 kills in the middle of a renewal on SQLite show no refresh token twice', async () => {
  const seed = anySeed()
  const storage = { path: join(folder, 'registry.db') }
  await using connected = await startConnected({ storage: sqliteStorage(storage) })
  const open = () => createRegistry({ storage: sqliteStorage(storage), secretKey })
  const ends = await killRenewals({ ...connected, storage, open }, 150, randomOf(seed))
  figures(`Kills on SQLite, seed ${seed}`, Object.fromEntries(ends))
  expectEnds(ends, 150)
})

describe.skipIf(typeof postgres === 'string')('on PostgreSQL', () => {
  if (typeof postgres === 'string') return

  it('50 kills in the middle of a renewal show no refresh token twice', async () => {
    const seed = anySeed()
    const connectionString = await postgres.createMigrated()
    const open = () => openOn(connectionString)
    await using connected = await startConnected({ storage: postgresStorage({ connectionString, poolSize: 4 }) })
    const setting = { ...connected, storage: { connectionString }, open }
    const ends = await killRenewals(setting, 50, randomOf(seed))
    figures(`Kills on PostgreSQL, seed ${seed}`, Object.fromEntries(ends))
    expectEnds(ends, 50)
  })

  it.each(waysToEnd)('three processes renew a token that is %s once for 200 runs at once, 20 times', async (way) => {
    await renewOnceInProcesses(await postgres.createMigrated(), way, 20)
  })
})

it.each([
  ['refuse', 15],
  ['500', 15],
  ['hang', 60],
] as const)('an outage loses nothing: %s for %i s', async (fault, seconds) => {
  await using connected = await startConnected()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 })
  const outcome = await outlast(connected, fault, seconds * 1_000, 2_000)
  figures(`An outage of ${seconds} s, ${fault}`, outcome)
  expect(outcome.requests).toBeLessThan(30)
})

it('renewals show no refresh token twice, lose no newer one, and end, in 100 cases', async () => {
  await fc.assert(fc.asyncProperty(cases, expectSoundRenewals), { numRuns: 100 })
})
