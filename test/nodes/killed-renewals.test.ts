import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secretKey, startConnected } from '../fixtures/oauth/connected.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { openOn } from '../oauth/several-nodes.ts'
import { killRenewals } from './killed-renewals.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)

/** Each of the kills waits for a lease, and for a process to start. */
const timeout = 90_000

const ends = ['LEASED REAUTH_REQUIRED', 'HELD REAUTH_REQUIRED', 'ANSWERED REAUTH_REQUIRED', 'STORED CONNECTED']

describe('after a kill in the middle of a renewal, no refresh token is shown twice', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
    if (typeof postgres !== 'string') await postgres[Symbol.asyncDispose]()
  })

  it('on SQLite', { timeout }, async () => {
    const storage = { path: join(folder, 'registry.db') }
    const options = { storage: sqliteStorage(storage) }
    await using connected = await startConnected(options)
    const open = () => createRegistry({ storage: sqliteStorage(storage), secretKey })
    const counts = await killRenewals({ ...connected, storage, open }, 10)
    expect([...counts.keys()]).toEqual(expect.arrayContaining(ends))
  })

  it.skipIf(typeof postgres === 'string')('on PostgreSQL', { timeout }, async () => {
    if (typeof postgres === 'string') return
    const connectionString = await postgres.createMigrated()
    const open = () => openOn(connectionString)
    await using connected = await startConnected({ storage: postgresStorage({ connectionString, poolSize: 4 }) })
    const counts = await killRenewals({ ...connected, storage: { connectionString }, open }, 5)
    expect([...counts.keys()]).toEqual(expect.arrayContaining(ends))
  })
})
