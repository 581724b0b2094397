import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isRegistryError } from '../../packages/core/src/base/errors.ts'
import { LogFile, readFenced } from '../../packages/core/src/storage/sql/sqlite/run-logs/log-file.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => rm(folder, { recursive: true }))

const echo = { server: 'a', tool: 'echo' }

/** A server whose answers to `method` wait until they are let go. */
async function startHolding(method = 'tools/call') {
  let letGo = Promise.withResolvers<void>()
  const server = await startScripted(async (asked) => {
    if (asked.method !== method) return false
    await letGo.promise
    if (method === 'tools/list') return false
    asked.result(textResult('done'))
    return true
  })
  return {
    ...server,
    asked: () => server.count('tools/call'),
    letGo: () => letGo.resolve(),
    hold() {
      letGo = Promise.withResolvers<void>()
    },
  }
}

async function open(path: string, url: string, busyTimeoutMs: number): Promise<Registry> {
  const registry = await createRegistry({ storage: sqliteStorage({ path, busyTimeoutMs }) })
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: url })
  return registry
}

/** Another process, which takes the lock of the database, and gives it back when it is told to. */
async function lockedBy(path: string) {
  const child = fork(fileURLToPath(new URL('../fixtures/postgres/lock-database.ts', import.meta.url)), [path])
  const [message] = await once(child, 'message')
  expect(message).toBe('locked')
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

describe('while another process holds the lock of the database', () => {
  it('runs go on by their log, writes to the tables wait, and nothing is lost', async () => {
    await using server = await startHolding()
    const path = join(folder, 'registry.db')
    await using registry = await open(path, server.url, 60_000)
    const held = await registry.tools.start(echo, { n: 1 })
    await using lock = await lockedBy(path)
    const started = await registry.tools.start(echo, { n: 2 })
    let isCreated = false
    const config = { transport: 'stdio', command: 'x' } as const
    const creating = registry.servers.create({ name: 'b', config, refresh: false }).then(() => {
      isCreated = true
    })
    server.letGo()
    // As long as the issue of such a lock is: the process goes on meanwhile, and answers who reads.
    const until = performance.now() + 3_000
    let reads = 0
    while (performance.now() < until) {
      expect(await registry.servers.count()).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 10))
      reads += 1
    }
    expect(reads).toBeGreaterThan(50)
    expect(server.asked()).toBe(2)
    expect(isCreated).toBe(false)
    await lock[Symbol.asyncDispose]()
    await creating
    const runs = await Promise.all([held.result(), started.result()])
    expect(runs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
    for (const run of runs) expect(await registry.runs.get(run.id)).toEqual(run)
  })

  it('runs outside the log are told once they have waited long enough, and were not sent; the log keeps the others', async () => {
    await using server = await startHolding()
    const path = join(folder, 'registry.db')
    await using registry = await open(path, server.url, 100)
    const held = await registry.tools.start(echo, { n: 1 })
    const unavailable = { code: 'STORAGE_UNAVAILABLE', retryable: true }
    await expect.poll(() => server.asked()).toBe(1)
    await using lock = await lockedBy(path)
    const logged = registry.tools.run(echo, { n: 2 })
    const keyed = registry.tools.run(echo, { n: 3 }, { idempotencyKey: 'k' })
    await expect(keyed).rejects.toMatchObject(unavailable)
    const long = registry.tools.run(echo, { n: 3, text: 'x'.repeat(20_000) })
    await expect(long).rejects.toMatchObject(unavailable)
    const creating = registry.servers.create({
      name: 'b',
      config: { transport: 'stdio', command: 'x' },
      refresh: false,
    })
    await expect(creating).rejects.toMatchObject(unavailable)
    await expect(registry.runs.count()).rejects.toMatchObject(unavailable)
    server.letGo()
    expect(await logged).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'done' } })
    await lock[Symbol.asyncDispose]()
    // Without a restart, and without any request.
    const events: string[] = []
    for await (const { type } of registry.runs.events(held.id)) events.push(type)
    expect(events).toEqual(['ToolRunStarted', 'ToolRunFinished'])
    expect(await registry.runs.get(held.id)).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'done' } })
    expect(await registry.runs.count()).toBe(2)
    expect((await registry.tools.run(echo, { n: 4 }, { idempotencyKey: 'k' })).status).toBe('SUCCEEDED')
    expect(server.asked()).toBe(3)
  })

  it('a refresh that could not be written has FAILED once that can be, and the next one succeeds', async () => {
    await using server = await startHolding('tools/list')
    server.letGo()
    const path = join(folder, 'registry.db')
    const { promise: told, resolve: tell } = Promise.withResolvers<unknown>()
    const storage = sqliteStorage({ path, busyTimeoutMs: 100 })
    await using registry = await createRegistry({ storage, onError: tell })
    const { id } = await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    server.hold()
    const asked = server.next('tools/list')
    const job = await registry.servers.refresh(id)
    await asked
    const lock = await lockedBy(path)
    server.letGo()
    expect(await told).toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await lock[Symbol.asyncDispose]()
    await expect(job.result()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    const ends: unknown[] = []
    for await (const event of registry.refreshes.events(job.id)) if (event.type === 'RefreshFinished') ends.push(event)
    expect(ends).toMatchObject([{ status: 'FAILED', error: { code: 'STORAGE_UNAVAILABLE', retryable: true } }])
    expect(await (await registry.servers.refresh(id)).result()).toMatchObject({ unchangedCount: 1 })
  })
})

function mountTmpfs(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    // Only root of a Linux may.
    return false
  }
}

describe('on a disk that is full', () => {
  let small: string
  let isMounted = false
  beforeEach(async () => {
    small = await mkdtemp(join(tmpdir(), 'toolyard-small-'))
    isMounted = mountTmpfs(small)
  })
  afterEach(async () => {
    if (isMounted) execFileSync('umount', [small])
    await rm(small, { recursive: true })
  })

  it('writes fail with what is the matter, no acknowledged run is lost, and all goes on once there is room', async ({
    skip,
  }) => {
    skip(!isMounted, 'mounting a small tmpfs needs root on Linux')
    await using server = await startHolding()
    const path = join(small, 'registry.db')
    await using registry = await open(path, server.url, 100)
    const held = await registry.tools.start(echo, { n: 0 })
    const heldResult = held.result()
    await expect.poll(() => server.asked()).toBe(1)
    const filler = join(small, 'filler')
    await fill(filler)
    const unavailable = {
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining('the disk is full'),
      retryable: true,
    }
    const refused = async () => {
      for (let n = 1; ; n += 1) {
        await registry.tools.start(echo, { n, text: 'x'.repeat(10_000) })
      }
    }
    await expect(refused()).rejects.toMatchObject(unavailable)
    server.letGo()
    // A page of the log may have room for its end.
    const told = await heldResult.then(
      ({ status }) => status,
      (error: unknown) => error,
    )
    expect(told).toSatisfy((each) => each === 'SUCCEEDED' || isRegistryError(each, 'STORAGE_UNAVAILABLE'))
    await unlink(filler)
    const ended = await registry.runs.wait(held.id)
    expect(ended).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'done' } })
    expect((await registry.tools.run(echo, { n: -1 })).status).toBe('SUCCEEDED')
    expect(await registry.runs.count({ status: ['QUEUED', 'RUNNING'] })).toBe(0)
    expect(await registry.runs.count()).toBe(server.asked())
    await registry.close()
    const database = new BetterSqlite3(path)
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    database.close()
  })

  it('a write to the log of runs that fails halfway leaves a fence, and the log takes no more', async ({ skip }) => {
    skip(!isMounted, 'mounting a small tmpfs needs root on Linux')
    const path = join(small, 'log')
    const filler = join(small, 'filler')
    const database = join(small, 'registry.db')
    await writeFile(database, '')
    const log = new LogFile(path, database)
    try {
      const first = Buffer.from('first')
      expect(log.append(first)).toBe(first.length)
      expect(readFenced(path)).toEqual(first)
      await fill(filler)
      // The last page has room for a part of it.
      expect(() => log.append(Buffer.alloc(10_000, 1))).toThrow('ENOSPC')
      expect(log.isTorn).toBe(true)
      expect(readFenced(path)).toEqual(first)
    } finally {
      log.close()
    }
  })
})

/** A file that takes all the room there is. */
async function fill(path: string): Promise<void> {
  const page = Buffer.alloc(4_096, 1)
  for (let size = 64 * page.length; size >= page.length; size /= 2) {
    for (;;) {
      const written = await writeFile(path, Buffer.alloc(size, 1), { flag: 'a' }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOSPC') throw error
          return false
        },
      )
      if (!written) break
    }
  }
}
