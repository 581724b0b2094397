import { afterAll, describe, it } from 'vitest'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { waysToEnd } from '../oauth/one-renewal.ts'
import { renewOnceInProcesses } from '../oauth/several-nodes.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)

describe.skipIf(typeof postgres === 'string')('three processes over PostgreSQL, of 200 runs at once,', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  it.each(waysToEnd)('renew a token that is %s once', async (way) => {
    await renewOnceInProcesses(await postgres.createMigrated(), way, 1)
  })
})
