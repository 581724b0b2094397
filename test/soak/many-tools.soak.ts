import { join } from 'node:path'
import { memoryStorage } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll } from 'vitest'
import { describeManyTools } from '../fixtures/mcp/many-tools-suite.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)
else afterAll(() => postgres[Symbol.asyncDispose]())

describeManyTools(10_000, {
  memory: () => memoryStorage(),
  'SQLite in a file': (folder) => sqliteStorage({ path: join(folder, 'a.db') }),
  'SQLite in memory': () => sqliteStorage({ path: ':memory:' }),
  ...(typeof postgres === 'string'
    ? {}
    : { PostgreSQL: async () => postgresStorage({ connectionString: await postgres.create() }) }),
})
