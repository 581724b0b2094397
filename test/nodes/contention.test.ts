import { afterAll, describe, it } from 'vitest'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { contention } from './contention.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; the tests of several nodes are skipped\n`)

describe.skipIf(typeof postgres === 'string')('two nodes at work on the same server', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  it('lose no update, run nothing twice, and deliver every event to every reader in one order', async () => {
    await contention(await postgres.createMigrated(), 300)
  })
})
