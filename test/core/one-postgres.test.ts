import { postgresStorage } from '@toolyard/core/postgres'
import { afterAll, describe } from 'vitest'
import { startPostgres } from '../fixtures/postgres.ts'
import { describeRegistriesOnOneDatabase } from './one-database.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)

describe.skipIf(typeof postgres === 'string')('two registries on one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  describeRegistriesOnOneDatabase(async () => {
    const connectionString = await postgres.create()
    return () => postgresStorage({ connectionString, poolSize: 4 })
  })
})
