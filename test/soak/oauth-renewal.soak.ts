import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secretKey, startConnected } from '../fixtures/oauth/connected.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { type Ends, type KilledRenewals, killRenewals } from '../nodes/killed-renewals.ts'
import { waysToEnd } from '../oauth/one-renewal.ts'
import { cases, expectSoundRenewals } from '../oauth/renewal-model.ts'
import { openOn, renewOnceInProcesses } from '../oauth/several-nodes.ts'
import { anySeed, randomOf } from './crashing-process.ts'
import { inForm } from './form.ts'

/** Each of the moments as often. */
const killsOnSqlite = inForm(30, 10)
const killsOnPostgres = inForm(25, 10)
const renewals = inForm(20, 6)
const casesOfQuarter = inForm(25, 8)

// Most of their time they wait, for leases and for tokens to end: so the tests of a group run at once.

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; the tests of several nodes are skipped\n`)
const figures = (what: string, value: object) => process.stdout.write(`${what}: ${JSON.stringify(value)}\n`)

/**
 * Of the nodes that are killed, of which seven at once share the processors: one that has no answer within its lease leaves
 * the token to the next one, which shows it again.
 */
const patience = 4

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
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

async function killOnSqlite(kills: number, name: string): Promise<void> {
  const seed = anySeed()
  const storage = { path: join(folder, `${name}.db`) }
  await using connected = await startConnected({ storage: sqliteStorage(storage) })
  const open = () => createRegistry({ storage: sqliteStorage(storage), secretKey })
  const setting: KilledRenewals = { ...connected, storage, open, patience }
  const ends = await killRenewals(setting, kills, randomOf(seed))
  figures(`Kills on SQLite, seed ${seed}`, Object.fromEntries(ends))
  expectEnds(ends, kills)
}

async function killOnPostgres(kills: number, connectionString: string): Promise<void> {
  const seed = anySeed()
  const open = () => openOn(connectionString)
  await using connected = await startConnected({ storage: postgresStorage({ connectionString, poolSize: 4 }) })
  const setting: KilledRenewals = { ...connected, storage: { connectionString }, open, patience }
  const ends = await killRenewals(setting, kills, randomOf(seed))
  figures(`Kills on PostgreSQL, seed ${seed}`, Object.fromEntries(ends))
  expectEnds(ends, kills)
}

describe.concurrent(`${5 * killsOnSqlite + 2 * killsOnPostgres} kills in the middle of a renewal`, () => {
  it.each(['a', 'b', 'c', 'd', 'e'])(`show no refresh token twice: ${killsOnSqlite} on SQLite (%s)`, (name) =>
    killOnSqlite(killsOnSqlite, name),
  )

  it.skipIf(typeof postgres === 'string').each(['a', 'b'])(
    `show no refresh token twice: ${killsOnPostgres} on PostgreSQL (%s)`,
    async () => {
      if (typeof postgres !== 'string') await killOnPostgres(killsOnPostgres, await postgres.createMigrated())
    },
  )
})

describe.concurrent('many renewals', () => {
  it.skipIf(typeof postgres === 'string').each(waysToEnd)(
    `three processes renew a token that is %s once for 200 runs at once, ${renewals} times`,
    async (way) => {
      if (typeof postgres !== 'string') await renewOnceInProcesses(await postgres.createMigrated(), way, renewals)
    },
  )

  it.each([1, 2, 3, 4])(
    `show no refresh token twice, lose no newer one, and end, in ${4 * casesOfQuarter} cases: quarter %i`,
    async () => {
      await fc.assert(fc.asyncProperty(cases, expectSoundRenewals), { numRuns: casesOfQuarter })
    },
  )
})
