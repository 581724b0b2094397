import { afterAll, describe, it } from 'vitest'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { renewOnceInRegistries, startThree } from './several-nodes.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)

describe.skipIf(typeof postgres === 'string')('three registries over PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  it('renew a token once for 200 runs at once', async () => {
    await using three = await startThree(await postgres.createMigrated())
    three.authorizationServer.expireAccessTokens()
    await renewOnceInRegistries(three)
  })
})
