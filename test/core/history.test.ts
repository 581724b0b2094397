import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type HistoryOptions, isRegistryError, memoryStorage, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultTenant, parseTenantId } from '../../packages/core/src/base/ids.ts'
import { pruneExpired } from '../../packages/core/src/cluster/prune-history.ts'
import { pruneJobs } from '../../packages/core/src/cluster/retention.ts'
import { createEventBus } from '../../packages/core/src/events/bus.ts'
import type { AuditRecord } from '../../packages/core/src/model/audit-event.ts'
import type { Storage, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { refresh, run, server, tool } from '../storage/records.ts'

let fixture: FixtureServer
let folder: string
beforeEach(async () => {
  fixture = await startFixture()
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(async () => {
  await fixture.close()
  await rm(folder, { recursive: true })
})

async function open(history: HistoryOptions = {}): Promise<Registry> {
  const storage = sqliteStorage({ path: join(folder, 'registry.db') })
  const registry = await createRegistry({ storage, history })
  if (!(await registry.servers.getByName('a'))) {
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
  }
  return registry
}

const add = { server: 'a', tool: 'add' }

describe('what is recorded of a run', () => {
  it('is all of it, unless something else is said', async () => {
    await using registry = await open()
    const answered = await registry.tools.run(add, { a: 1, b: 2 })
    expect(await registry.runs.get(answered.id)).toEqual(answered)
    expect(answered.recorded).toEqual({ args: 'KEEP', result: 'KEEP' })
  })

  it('has no values if redacted, and nothing if dropped; the caller gets everything', async () => {
    await using registry = await open({ args: 'REDACT', results: 'DROP' })
    const answered = await registry.tools.run(add, { a: 1, b: 2 })
    expect(answered).toMatchObject({ args: { a: 1, b: 2 }, result: { funcReturn: { sum: 3 } } })
    const recorded = { args: 'REDACT', result: 'DROP' }
    expect(await registry.runs.get(answered.id)).toEqual({
      ...answered,
      args: { a: '[redacted]', b: '[redacted]' },
      result: null,
      recorded,
    })
  })

  it('goes by the tool where the tool says so, and never again by what it said before', async () => {
    await using registry = await open({ args: 'DROP' })
    const { id = '' } = (await registry.tools.get(add)) ?? {}
    expect(await registry.tools.set(id, { recordArgs: 'KEEP', recordResults: 'REDACT' })).toMatchObject({
      recordArgs: 'KEEP',
      recordResults: 'REDACT',
    })
    const first = await registry.tools.run(add, { a: 1, b: 2 })
    expect(await registry.tools.set(id, { recordArgs: null })).toMatchObject({ recordArgs: 'DROP' })
    const second = await registry.tools.run(add, { a: 1, b: 2 })
    expect(await registry.runs.get(first.id)).toMatchObject({
      args: { a: 1, b: 2 },
      result: { status: 'SUCCESS', funcReturn: { sum: '[redacted]' }, structuredContent: { sum: '[redacted]' } },
    })
    expect(await registry.runs.get(second.id)).toMatchObject({
      args: {},
      result: { funcReturn: { sum: '[redacted]' } },
    })
    const asked = registry.tools.set(id, { recordArgs: 'SOME' as never })
    await expect(asked).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['recordArgs'] })
  })

  it('still tells the same args from others under an idempotency key, whatever the order of their keys', async () => {
    const first = await open({ args: 'DROP', results: 'DROP' })
    const { id } = await first.tools.run(add, { a: 1, b: 2 }, { idempotencyKey: 'k' })
    await first.close()
    await using registry = await open({ args: 'DROP', results: 'DROP' })
    const again = await registry.tools.start(add, { b: 2, a: 1 }, { idempotencyKey: 'k' })
    expect(again).toMatchObject({ id, deduplicated: true })
    const other = registry.tools.start(add, { a: 1, b: 3 }, { idempotencyKey: 'k' })
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', details: { jobId: id } })
  })

  it('is returned for its key as long as the key lasts, and not after', async () => {
    const storage = sqliteStorage({ path: join(folder, 'registry.db') })
    await using registry = await createRegistry({ storage, idempotencyKeyMs: 60_000 })
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const ask = (b: number) => registry.tools.start(add, { a: 1, b }, { idempotencyKey: 'k' })
    const first = await ask(1)
    await first.result()
    expect(await ask(1)).toMatchObject({ id: first.id, deduplicated: true })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    try {
      const second = await ask(2)
      expect(second).toMatchObject({ deduplicated: false })
      expect(await second.result()).toMatchObject({ status: 'SUCCEEDED' })
      expect(await ask(2)).toMatchObject({ id: second.id, deduplicated: true })
      expect(await registry.runs.get(first.id)).toMatchObject({ status: 'SUCCEEDED' })
    } finally {
      vi.useRealTimers()
    }
  })

  it('is nowhere in the database where it is dropped', async () => {
    const registry = await open({ args: 'DROP', results: 'DROP' })
    const secret = `secret ${Math.random()}`
    await registry.tools.run({ server: 'a', tool: 'echo' }, { message: secret })
    await registry.tools.run({ server: 'a', tool: 'echo' }, { message: secret }, { idempotencyKey: 'k' })
    await registry.close()
    const { readFile } = await import('node:fs/promises')
    expect((await readFile(join(folder, 'registry.db'))).includes(secret)).toBe(false)
  })
})

describe.each([
  ['memory', () => memoryStorage()],
  ['SQLite', () => sqliteStorage({ path: ':memory:' })],
])('retention in %s', (_, adapter) => {
  let opened: Storage
  let storage: TenantStorage
  const one = server()
  beforeEach(async () => {
    opened = await adapter().open()
    storage = opened.tenant(defaultTenant)
  })
  afterEach(() => opened.close())

  const never = new AbortController().signal
  const hour = 3_600_000
  const pruned = (history: { maxAgeMs?: number; maxCount?: number }) =>
    pruneJobs(
      {
        storage: opened,
        bus: createEventBus(),
        history: { maxAgeMs: Number.POSITIVE_INFINITY, maxCount: Number.POSITIVE_INFINITY, ...history },
        idempotencyKeyMs: hour,
      },
      never,
    )
  const ended = { status: 'SUCCEEDED' as const, ownerId: null }

  async function insertRuns(patches: readonly Parameters<typeof run>[1][]) {
    const runs = patches.map((patch) => run(tool(one.id, 'a'), { createdAt: Date.now(), ...ended, ...patch }))
    for (const each of runs) {
      await storage.commit([
        { kind: 'insertRun', run: each },
        { kind: 'appendJobEvents', jobId: each.id, at: 1, events: [{ type: 'ToolRunFinished', status: 'SUCCEEDED' }] },
      ])
    }
    return runs.map(({ id }) => id)
  }

  it('keeps the newest runs, and those within the age, with their events', async () => {
    const ids = await insertRuns(
      Array.from({ length: 350 }, (_, n) => ({ createdAt: Date.now() - (350 - n) * 60_000 })),
    )
    expect(await pruned({})).toBe(0)
    expect(await pruned({ maxCount: 300 })).toBe(50)
    // Half a minute of room: the runs take time to insert.
    expect(await pruned({ maxAgeMs: 100.5 * 60_000 })).toBe(200)
    const kept = (await storage.runs.getMany(ids)).map(({ id }) => id)
    expect(kept.toSorted()).toEqual(ids.slice(250))
    expect([...(await storage.log.lastJobSeqs(ids)).keys()].toSorted()).toEqual(ids.slice(250))
  })

  it('leaves what goes on, and what a key still answers, and reaches what lies behind', async () => {
    const old = Date.now() - 2 * hour
    const ids = await insertRuns([
      { createdAt: old, status: 'RUNNING' },
      { createdAt: old, idempotencyKey: 'given up' },
      { idempotencyKey: 'kept' },
      {},
      {},
    ])
    expect(await pruned({ maxCount: 1 })).toBe(2)
    expect((await storage.runs.getMany(ids)).map(({ id }) => id).toSorted()).toEqual([ids[0], ids[2], ids[4]])
  })

  it('leaves the newest refresh of each server that is still there', async () => {
    const other = server()
    const old = { createdAt: 1, ...ended }
    const jobs = [refresh(one.id, old), refresh(other.id, old), refresh(one.id, old), refresh(server().id, old)]
    await storage.commit([one, other].map((each) => ({ kind: 'insertServer', server: each }) as const))
    for (const job of jobs) await storage.commit([{ kind: 'insertRefresh', refresh: job }])
    expect(await pruned({ maxAgeMs: hour })).toBe(2)
    expect((await storage.refreshes.getMany(jobs.map(({ id }) => id))).map(({ id }) => id).toSorted()).toEqual(
      jobs.slice(1, 3).map(({ id }) => id),
    )
  })

  it('forgets tools that were removed too long ago, and old events of the audit, of all tenants', async () => {
    const day = 24 * hour
    const other = opened.tenant(parseTenantId('other') ?? defaultTenant)
    const two = server()
    const names = Array.from({ length: 130 }, (_, n) => `t${n}`)
    const tools = [...names.map((name) => tool(one.id, name)), tool(one.id, 'listed')]
    const event = (at: number, n: number): AuditRecord => ({
      id: `audt_${n}` as AuditRecord['id'],
      at,
      count: 1,
      firstAt: at,
      lastAt: at,
      actor: null,
      action: 'SERVER_CREATED',
      refusedWith: null,
      targetId: null,
      targetName: null,
      fields: [],
    })
    const audited = names.map((_, n) => event(Date.now() - (n < 120 ? 11 : 9) * day, n))
    const removals = tools.slice(0, 130).map(({ id }, n): Write => {
      return { kind: 'removeTools', toolIds: [id], at: Date.now() - (n < 120 ? 8 : 6) * day }
    })
    await storage.commit([
      { kind: 'insertServer', server: one },
      { kind: 'insertTools', tools },
      ...removals,
      { kind: 'recountTools', serverId: one.id },
      ...audited.map((each) => ({ kind: 'appendAudit', event: each }) as const),
    ])
    const its = tool(two.id, 'its')
    await other.commit([
      { kind: 'insertServer', server: two },
      { kind: 'insertTools', tools: [its] },
      { kind: 'removeTools', toolIds: [its.id], at: 1 },
      { kind: 'appendAudit', event: event(1, 1) },
    ])
    await pruneExpired({ storage: opened, budgets: { removedToolDays: 7, auditDays: 10 } }, never)
    expect(await storage.tools.count({ includeRemoved: true })).toBe(11)
    expect(await storage.tools.count({})).toBe(1)
    expect(await storage.audit.count({})).toBe(10)
    expect(await other.tools.count({ includeRemoved: true })).toBe(0)
    expect(await other.audit.count({})).toBe(0)
    await storage.commit([{ kind: 'assertQuota', quota: 'toolsPerTenant', atMost: 11 }])
  })
})

describe('a registry', () => {
  it('prunes excess runs soon after its start, and notifies readers that follow one of them', async () => {
    const first = await open()
    const runs = []
    for (let n = 0; n < 5; n += 1) runs.push(await first.tools.run(add, { a: n, b: 0 }))
    await first.close()
    await using registry = await open({ maxCount: 2 })
    await expect.poll(() => registry.runs.count()).toBe(2)
    expect((await registry.runs.list()).edges.map(({ node }) => node.id)).toEqual([runs[4]?.id, runs[3]?.id])
    const gone = registry.runs.events(runs[0]?.id ?? '').next()
    await expect(gone).rejects.toSatisfy((error) => isRegistryError(error, 'NOT_FOUND'))
  })

  it.each([
    [{ history: { args: 'SOME' as never } }, 'history.args: expected KEEP, REDACT or DROP, got SOME'],
    [{ history: { maxAgeMs: 0 } }, 'history.maxAgeMs: expected a whole number'],
    [{ history: { maxCount: -1 } }, 'history.maxCount: expected a whole number'],
    [{ budgets: { argsBytes: 1 } }, 'budgets.argsBytes: expected a whole number'],
    [{ idempotencyKeyMs: 0.5 }, 'idempotencyKeyMs: expected a whole number'],
  ])('refuses %j', async (options, message) => {
    await expect(createRegistry(options)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(message),
    })
  })

  it('refuses args, metadata, keys over their limits before anything is stored', async () => {
    await using registry = await createRegistry({ budgets: { argsBytes: 100 } })
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const echo = { server: 'a', tool: 'echo' }
    const refused = async (message: string, args: object, options: object = {}) =>
      expect(registry.tools.start(echo, { ...args }, options)).rejects.toMatchObject({ code: 'INVALID_INPUT', message })
    await refused('args: expected at most 100 bytes (argsBytes), got 214', { message: 'é'.repeat(100) })
    await refused(
      'idempotencyKey: expected 1 to 255 characters, got 256',
      { message: '' },
      { idempotencyKey: 'k'.repeat(256) },
    )
    await refused(
      'metadata: expected at most 16384 bytes of JSON, got 16385',
      { message: '' },
      { metadata: { m: 'x'.repeat(16_377) } },
    )
    expect(await registry.runs.count()).toBe(0)
    expect(fixture.calls.filter(({ method }) => method === 'tools/call')).toEqual([])
  })
})
