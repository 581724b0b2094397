import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresStorage } from '../../packages/core/src/storage/postgres.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { describeStorage } from './storage-suite.ts'

const started = await startPostgres()
if (typeof started === 'string') process.stderr.write(`${started}; its tests are skipped\n`)

describe.skipIf(typeof started === 'string')('PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(() => {
    if (typeof started === 'string') throw new Error(started)
    postgres = started
  })
  afterAll(() => postgres[Symbol.asyncDispose]())

  describeStorage('the PostgreSQL storage', () => ({
    async open() {
      return postgresStorage({ connectionString: await postgres.create(), poolSize: 3 }).open()
    },
  }))

  it('is made by one of ten nodes that begin at once', async () => {
    const connectionString = await postgres.create()
    const nodes = await Promise.all(Array.from({ length: 10 }, () => postgresStorage({ connectionString }).open()))
    for (const node of nodes) expect(await node.owners()).toEqual([])
    await Promise.all(nodes.map((node) => node.close()))
  })

  it('that cannot be reached is STORAGE_UNAVAILABLE, and its password is not told', async () => {
    const opening = postgresStorage({ connectionString: 'postgres://a:a-secret@127.0.0.1:1/b' }).open()
    await expect(opening).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: true })
    await expect(opening).rejects.not.toThrow('a-secret')
  })
})
