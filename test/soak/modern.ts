import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Asked, openEvents, type ScriptedServer } from '../fixtures/mcp/scripted-http.ts'
import { acknowledge, startScriptedModern } from '../fixtures/mcp/scripted-modern.ts'
import { concurrently, heapAfterCollection } from './endurance.ts'

// Servers without a handshake at length: `npm run test:soak` runs it, and `npm test` its short form.

/** Cancelled calls of one server, of which every other one has begun its answer: each closes its stream, and nothing else. */
export async function manyCancels(count: number): Promise<void> {
  let closed = 0
  const waiting = new Map<number, () => void>()
  await using server = await startScriptedModern((asked) => {
    if (asked.method !== 'tools/call') return false
    asked.response.once('close', () => {
      if (!asked.response.writableFinished) closed += 1
    })
    if (Number(asked.args.n) % 2 === 0) openEvents(asked)
    waiting.get(Number(asked.args.n))?.()
    return true
  })
  const registry = await createRegistry()
  try {
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    await concurrently(count, 16, async (n) => {
      const { promise: arrived, resolve } = Promise.withResolvers<void>()
      waiting.set(n, resolve)
      const job = await registry.runs.start({ server: 'a', tool: 'region' }, { n })
      await arrived
      waiting.delete(n)
      await registry.runs.cancel(job.id)
      expect((await job.result()).status).toBe('CANCELED')
    })
    await expect.poll(() => closed).toBe(count)
    expect(server.count('tools/call')).toBe(count)
    expect(server.count('notifications/cancelled')).toBe(0)
    const ofCalls = server.asked.filter(({ method }) => method === 'tools/call').map(({ request }) => request.socket)
    expect(ofCalls.filter(({ destroyed }) => !destroyed)).toEqual([])
    expect(registry.stats()).toMatchObject({ sessions: 1, sessionsOpened: 1, runningJobs: 0 })
  } finally {
    await registry.close()
  }
  await expect.poll(() => socketsOf(server)).toBe(0)
}

const socketsOf = ({ asked }: ScriptedServer) =>
  new Set(asked.map(({ request }) => request.socket))
    .values()
    .filter(({ destroyed }) => !destroyed)
    .toArray().length

/** A server process that is any number of servers, told apart by their URLs, each of which lists one tool. */
async function startChanging() {
  const versions = new Map<string, number>()
  const streams = new Map<string, Asked>()
  let opened = 0
  const server = await startScriptedModern((asked) => {
    const key = asked.request.url ?? ''
    if (asked.method === 'tools/list') {
      const tools = [{ name: `v${versions.get(key) ?? 0}`, inputSchema: { type: 'object' } }]
      asked.result({ resultType: 'complete', tools, ttlMs: 0, cacheScope: 'private' })
      return true
    }
    if (asked.method !== 'subscriptions/listen') return false
    opened += 1
    streams.set(key, asked)
    asked.response.once('close', () => {
      if (streams.get(key) === asked) streams.delete(key)
    })
    acknowledge(asked)
    return true
  })
  return {
    server,
    opened: () => opened,
    open: () => streams.size,
    /** Cuts every stream, and then changes every list, of which no stream tells. */
    cutAndChange(keys: readonly string[], version: number) {
      for (const { response } of streams.values()) response.destroy()
      for (const key of keys) versions.set(key, version)
      server.forget()
    },
  }
}

async function listed(registry: Registry): Promise<readonly string[]> {
  const names: string[] = []
  for (let after: string | undefined; ; ) {
    const { edges, pageInfo } = await registry.tools.list({ first: 100, ...(after ? { after } : {}) })
    names.push(...edges.map(({ node }) => node.name))
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return names
    after = pageInfo.endCursor
  }
}

/**
 * Servers whose streams of changes are cut every second, as their lists change: each list that was current when the cuts end
 * is read, and memory is at the end what it was after the first third.
 */
export async function cutStreams(servers: number, cuts: number, maxHeapGrowth: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  const { server, opened, open, cutAndChange } = await startChanging()
  const budgets = { sessions: 2 * servers, automaticRefreshes: 36_000, automaticRefreshBurst: 10 * cuts }
  const registry = await createRegistry({ storage: sqliteStorage({ path: join(folder, 'registry.db') }), budgets })
  try {
    const names = Array.from({ length: servers }, (_, n) => `${n}`)
    for (const name of names) {
      await registered(registry, name, { transport: 'streamableHttp', serverUrl: `${server.url}?n=${name}` })
    }
    await expect.poll(open).toBe(servers)
    const keys = names.map((name) => `/mcp?n=${name}`)
    let heap = Number.POSITIVE_INFINITY
    for (let cut = 1; cut <= cuts; cut += 1) {
      cutAndChange(keys, cut)
      if (cut === Math.ceil(cuts / 3)) heap = heapAfterCollection()
      await delay(1_000)
    }
    await expect.poll(async () => new Set(await listed(registry)), { timeout: 60_000 }).toEqual(new Set([`v${cuts}`]))
    expect(await listed(registry)).toHaveLength(servers)
    expect(open()).toBe(servers)
    // A pause of a quarter of a second, doubled after a short stream, fits between two cuts.
    expect(opened()).toBeGreaterThan((servers * cuts) / 2)
    expect(heapAfterCollection()).toBeLessThan(heap * (1 + maxHeapGrowth))
    expect(registry.stats()).toMatchObject({ sessions: servers, sessionsOpened: servers })
  } finally {
    await registry.close()
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
}
