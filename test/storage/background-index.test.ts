import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import pg from 'pg'
import { afterAll } from 'vitest'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { describeBackgroundIndex, sqliteCounts } from './background-index-suite.ts'

const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
afterAll(() => rm(folder, { recursive: true }))
let files = 0

describeBackgroundIndex('SQLite', async () => {
  files += 1
  const path = join(folder, `${files}.db`)
  return { adapter: sqliteStorage({ path }), counts: sqliteCounts(path) }
})

const postgres = await startPostgres()
if (typeof postgres === 'string') {
  process.stderr.write(`${postgres}; its tests are skipped\n`)
} else {
  afterAll(() => postgres[Symbol.asyncDispose]())
  describeBackgroundIndex('PostgreSQL', async () => {
    const connectionString = await postgres.createMigrated()
    return {
      adapter: postgresStorage({ connectionString }),
      async counts(tables) {
        const client = new pg.Client({ connectionString, options: '-c search_path=toolyard' })
        await client.connect()
        try {
          const counts: number[] = []
          for (const table of tables) {
            const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table}`)
            counts.push(rows[0]?.n ?? -1)
          }
          return counts
        } finally {
          await client.end()
        }
      },
    }
  })
}
