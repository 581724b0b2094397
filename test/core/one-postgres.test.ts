import { createRegistry, type RegistryOptions } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { afterAll, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { describeRegistriesOnOneDatabase } from './one-database.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)

describe.skipIf(typeof postgres === 'string')('two registries on one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  describeRegistriesOnOneDatabase(async () => {
    const connectionString = await postgres.createMigrated()
    return () => postgresStorage({ connectionString, poolSize: 4 })
  })

  describe('what needs one of them alone', () => {
    const open = (connectionString: string, options: RegistryOptions = {}) =>
      createRegistry({
        storage: postgresStorage({ connectionString, poolSize: 4 }),
        secretKey: new Uint8Array(32),
        nodeLeaseMs: 1_500,
        ...options,
      })

    it('is done by the oldest, which hears of what is scheduled at the other, until it leaves', async () => {
      const connectionString = await postgres.createMigrated()
      await using server = await startScripted()
      const lists = () => server.count('tools/list')
      const oldest = await open(connectionString)
      await using other = await open(connectionString)
      const config = { transport: 'streamableHttp', serverUrl: server.url } as const
      await registered(other, 'a', config, { refreshIntervalMs: 1_000 })
      await expect.poll(lists).toBe(3)
      const [, second = 0, third = 0] = server.asked.flatMap(({ method, at }) => (method === 'tools/list' ? [at] : []))
      expect(third - second).toBeGreaterThan(800)
      await oldest.close()
      const before = lists()
      await expect.poll(lists).toBeGreaterThan(before + 1)
    })

    it('asks a server once for all whether it is there', async () => {
      const connectionString = await postgres.createMigrated()
      await using server = await startScripted()
      const sessions = { healthCheckMs: 1_000 }
      await using one = await open(connectionString, { sessions })
      await using other = await open(connectionString, { sessions })
      await registered(one, 'a', { transport: 'streamableHttp', serverUrl: server.url })
      await other.tools.run({ server: 'a', tool: 'echo' })
      await expect.poll(() => server.count('ping')).toBeGreaterThanOrEqual(4)
      const times = server.asked.flatMap(({ method, at }) => (method === 'ping' ? [at] : [])).slice(0, 4)
      // Each of two that did not hear of each other would ask every second.
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2_500)
    })
  })
})
