import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRegistry, memoryStorage, type Registry, type RegistryOptions } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { watchLoop } from '../../fixtures/loop-watch.ts'
import type { ManyTools } from '../../fixtures/many-tools.ts'
import { startPostgres } from '../../fixtures/postgres.ts'

const count = 10_000
/** The pass mark, of CPU time of the thread. */
const heldMs = 50

const postgres = await startPostgres()
let folder: string
let server: ChildProcess
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  server = fork(fileURLToPath(new URL('../../fixtures/many-tools.ts', import.meta.url)))
  const [told] = await once(server, 'message')
  url = told.url
})
afterAll(async () => {
  server.kill()
  if (typeof postgres !== 'string') await postgres[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function list(tools: ManyTools): Promise<void> {
  server.send(tools)
  await once(server, 'message')
}

/** Reads until the job ends; answers the counts that were seen. */
async function countsDuring(registry: Registry, job: Promise<unknown>): Promise<ReadonlySet<number>> {
  const seen = new Set<number>()
  let isOver = false
  const ended = job.finally(() => {
    isOver = true
  })
  while (!isOver) {
    seen.add(await registry.tools.count())
    await delay(5)
  }
  await ended
  return seen
}

const storages: readonly (readonly [string, () => Promise<NonNullable<RegistryOptions['storage']>>])[] = [
  ['memory', async () => memoryStorage()],
  ['SQLite in a file', async () => sqliteStorage({ path: join(folder, 'a.db') })],
  ['SQLite in memory', async () => sqliteStorage({ path: ':memory:' })],
  ...(typeof postgres === 'string'
    ? []
    : [['PostgreSQL', async () => postgresStorage({ connectionString: await postgres.create() })] as const]),
]

describe.each(storages)('10,000 tools on one page, with %s,', (name, storageOf) => {
  it('hold the loop for 50 ms at most, whatever became of them, and readers see the old ones or the new ones', async () => {
    await using registry = await createRegistry({ storage: await storageOf(), secretKey: [new Uint8Array(32).fill(7)] })
    const config = { transport: 'streamableHttp', serverUrl: url } as const
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    const held: Record<string, number> = {}
    async function step(what: string, tools: ManyTools, counts: readonly number[]): Promise<void> {
      await list(tools)
      using watch = watchLoop()
      const job = await registry.servers.refresh(id)
      const seen = await countsDuring(registry, registry.refreshes.wait(job.id))
      held[what] = watch.longestMs
      expect([...seen].filter((each) => !counts.includes(each))).toEqual([])
      expect(await registry.tools.count()).toBe(counts.at(-1))
    }
    // What is compiled at the first use holds the loop as well.
    await step('warm', { count: 500, from: 0, version: 1 }, [0, 500])
    await step('new', { count, from: 0, version: 1 }, [500, count])
    await step('changed', { count, from: 0, version: 2 }, [count])
    await step('unchanged', { count, from: 0, version: 2 }, [count])
    await step('others', { count, from: count, version: 2 }, [count])
    await step('removed', { count: 0, from: 0, version: 0 }, [count, 0])
    await step('back', { count, from: 0, version: 3 }, [0, count])
    delete held.warm

    async function measure(what: string, work: () => Promise<unknown>): Promise<void> {
      using watch = watchLoop()
      await work()
      held[what] = watch.longestMs
    }
    // The first search of all brings the index up to date; memory has none.
    if (name !== 'memory') await measure('indexed', () => registry.tools.search('tool_15000'))
    await measure('deleted', () => registry.servers.delete(id))
    expect(await registry.tools.count()).toBe(0)
    const next = await registry.servers.create({ name: 'b', config, refresh: false })
    await list({ count: 500, from: 0, version: 1 })
    await registry.refreshes.wait((await registry.servers.refresh(next.id)).id)
    await measure('indexed after that', () => registry.tools.search('tool_15'))
    await measure('deleted after that', () => registry.servers.delete(next.id))
    for (const [what, ms] of Object.entries(held)) expect.soft(ms, what).toBeLessThanOrEqual(heldMs)
  }, 60_000)

  it('are told to a follower in pages, and added to a result, without holding the loop', async () => {
    await using registry = await createRegistry({ storage: await storageOf(), secretKey: [new Uint8Array(32).fill(7)] })
    await list({ count, from: 0, version: 1 })
    const config = { transport: 'streamableHttp', serverUrl: url } as const
    const { id } = await registry.servers.create({ name: 'c', config, refresh: false })
    const job = await registry.servers.refresh(id)
    await registry.refreshes.wait(job.id)
    using watch = watchLoop()
    let told = 0
    for await (const { type } of job.events()) if (type === 'RefreshToolChanged') told += 1
    expect(told).toBe(count)
    expect((await job.result()).added).toHaveLength(count)
    expect((await registry.servers.refresh(id, { dryRun: true })).listed).toHaveLength(count)
    expect(watch.longestMs).toBeLessThanOrEqual(heldMs)
  }, 60_000)
})
