import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, describe } from 'vitest'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { describeGrantChanges } from './grant-changes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterAll(() => rm(folder, { recursive: true }))

let databases = 0
describe('after a change of another registry on one SQLite file', () =>
  describeGrantChanges(async () => {
    const path = join(folder, `${databases++}.db`)
    return () => sqliteStorage({ path })
  }))

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)

describe.skipIf(typeof postgres === 'string')('after a change of another registry on one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  describeGrantChanges(async () => {
    const connectionString = await postgres.createMigrated()
    return () => postgresStorage({ connectionString, poolSize: 4 })
  })
})
