import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect } from 'vitest'
import { everythingStdio, startEverything } from '../fixtures/mcp/everything.ts'
import { fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { childrenOf, goneWithin } from '../fixtures/process/processes.ts'

// What lasts long: `npm run test:soak` runs it at length, and `npm test` its short form.

async function withDatabase(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  try {
    await use(join(folder, 'registry.db'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

export function heapAfterCollection(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

const openFiles = () => readdirSync('/proc/self/fd').length

/** `count` of work, so many at a time. */
export async function concurrently(count: number, limit: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) {
      const n = next
      next += 1
      await work(n)
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
}

/** Runs leave nothing behind: memory, file descriptors and sessions are at the end what they were soon after the start. */
export async function manyRuns(count: number, maxHeapGrowth: number): Promise<void> {
  await using everything = await startEverything('streamableHttp')
  await withDatabase(async (path) => {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    await registered(registry, 'http', { transport: 'streamableHttp', serverUrl: everything.url })
    await registered(registry, 'stdio', { transport: 'stdio', ...everythingStdio() })
    const batch = async (size: number) =>
      concurrently(size, 64, async (n) => {
        const server = n % 2 === 0 ? 'http' : 'stdio'
        const run = await registry.tools.run({ server, tool: 'echo' }, { message: `${n}` })
        expect(run.result?.funcReturn).toBe(`Echo: ${n}`)
      })
    // The first fifth fills caches and pools.
    await batch(count / 5)
    const heap = heapAfterCollection()
    const files = openFiles()
    await batch((count * 4) / 5)
    expect(heapAfterCollection()).toBeLessThan(heap * (1 + maxHeapGrowth))
    // Sockets to a server: as many as requests at a time, once that many came together.
    expect(Math.abs(openFiles() - files)).toBeLessThanOrEqual(16)
    expect(registry.stats()).toMatchObject({ sessions: 2, sessionsOpened: 2 })
    expect(registry.stats().runningJobs).toBe(0)
  })
}

/** Two tenants' calls, mixed: no answer comes from the other's session. */
export async function twoTenants(calls: number): Promise<void> {
  await using fixture = await startFixture()
  await withDatabase(async (path) => {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    const config = {
      transport: 'streamableHttp',
      serverUrl: fixture.url,
      customHeaders: { Who: '{{ WHO | unknown }}' },
    } as const
    await registered(registry, 'http', config)
    await registered(registry, 'stdio', { transport: 'stdio', ...fixtureStdio(), env: { WHO: '{{ WHO | unknown }}' } })
    let wrong = 0
    await concurrently(calls, 32, async (n) => {
      const WHO = `tenant-${n % 2}`
      const ask = (tool: { readonly server: string; readonly tool: string }, args = {}) =>
        registry.tools.run(tool, args, { variables: { WHO } })
      const run =
        n % 4 < 2
          ? await ask({ server: 'http', tool: 'headers' })
          : await ask({ server: 'stdio', tool: 'env' }, { name: 'WHO' })
      if (run.status !== 'SUCCEEDED' || !JSON.stringify(run.result?.funcReturn).includes(WHO)) wrong += 1
    })
    expect(wrong).toBe(0)
    expect(registry.stats().sessionsOpened).toBe(6)
  })
}

/** Children killed in the middle of a call, each on a server of its own: every call ends, and no process is left. */
export async function manyKills(count: number): Promise<void> {
  const started = new Set<number>()
  const registry = await createRegistry()
  try {
    await concurrently(count, 4, (n) => killInCall(registry, `server ${n}`, started))
  } finally {
    await registry.close()
  }
  await goneWithin([...started], 5_000)
  expect(childrenOf(process.pid).filter((pid) => started.has(pid))).toEqual([])
}

async function killInCall(registry: Registry, server: string, started: Set<number>): Promise<void> {
  await registered(registry, server, { transport: 'stdio', ...fixtureStdio() })
  const pid = async () => {
    const run = await registry.tools.run({ server, tool: 'pid' })
    expect(run.status).toBe('SUCCEEDED')
    const found = Number(run.result?.funcReturn)
    started.add(found)
    return found
  }
  const victim = await pid()
  const job = await registry.tools.start({ server, tool: 'hang' })
  for await (const event of job.events()) if (event.type === 'ToolRunStarted') break
  process.kill(victim, 'SIGKILL')
  expect((await job.result()).status).toBe('OUTCOME_UNKNOWN')
  expect(await pid()).not.toBe(victim)
}
