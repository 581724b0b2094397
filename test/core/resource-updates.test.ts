import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRegistry,
  type McpResourceUpdate,
  type Registry,
  RegistryError,
  type RegistryOptions,
} from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { type Era, type FeatureServer, type Features, startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import { refuse } from '../fixtures/mcp/scripted-modern.ts'

let registry: Registry
let fixture: FeatureServer
let serverId: string
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

async function open(era: Era, features: Partial<Features> = {}, options: RegistryOptions = {}): Promise<void> {
  fixture = await startFeatureServer(era, features)
  registry = await createRegistry(options)
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  serverId = (await registry.servers.create({ name: 'fixture', config, refresh: false })).id
}

type Updates = AsyncIterableIterator<McpResourceUpdate, undefined, undefined>
const follow = (...uris: readonly string[]): Updates => registry.resources.updates({ serverId, uris })
const update = (uri: string) => fixture.notify('notifications/resources/updated', { uri })
const told = async (updates: Updates) => (await updates.next()).value?.uri
/** Waits for what the server has seen, which it sees by its own events. */
const followed = (...uris: readonly string[]) => expect.poll(() => fixture.followed, { interval: 5 }).toEqual(uris)
const eras = ['LEGACY', 'MODERN'] as const

/** A storage whose reads of servers fail for as long as a test says. */
function failing(adapter: ReturnType<typeof sqliteStorage>) {
  const storage = {
    ...adapter,
    fails: false,
    async open() {
      const opened = await adapter.open()
      const orFail =
        <Args extends unknown[], Answer>(read: (...args: Args) => Promise<Answer>) =>
        async (...args: Args): Promise<Answer> => {
          if (storage.fails) throw new RegistryError('STORAGE_UNAVAILABLE', 'The storage is away', { retryable: true })
          return await read(...args)
        }
      return {
        ...opened,
        tenant(...id: Parameters<typeof opened.tenant>) {
          const tenant = opened.tenant(...id)
          const { get, getMany } = tenant.servers
          return { ...tenant, servers: { ...tenant.servers, get: orFail(get), getMany: orFail(getMany) } }
        },
      }
    },
  }
  return storage
}

describe.each(eras)('updates of a resource of a %s server', (era) => {
  it('are told from when the server notifies, each as it comes', async () => {
    await open(era)
    const updates = follow('db://a')
    const first = await updates.next()
    expect(first.value).toEqual({ at: expect.any(Date), serverId, uri: 'db://a' })
    expect(fixture.followed).toEqual(['db://a'])
    for (let n = 0; n < 3; n += 1) {
      const next = updates.next()
      update('db://a')
      expect(await next).toMatchObject({ done: false, value: { uri: 'db://a' } })
    }
    update('db://other')
    const ended = updates.next()
    await updates.return?.()
    expect(await ended).toEqual({ done: true, value: undefined })
    await followed()
    const nothing = { resourceFollowers: 0, followedResources: 0, eventSubscribers: 0 }
    await expect.poll(() => registry.stats(), { interval: 5 }).toMatchObject(nothing)
  })

  it('of several resources are told by one iterator, and one of a part is one of the whole', async () => {
    await open(era)
    const updates = follow('file:///dir', 'db://a', 'db://a')
    expect([await told(updates), await told(updates)].sort()).toEqual(['db://a', 'file:///dir'])
    update('file:///dir/sub/file#line')
    expect(await told(updates)).toBe('file:///dir')
    update('file:///director')
    update('db://a')
    expect(await told(updates)).toBe('db://a')
    await updates.return?.()
  })

  it('cost one subscription for 1,000 followers, which ends with the last of them', async () => {
    await open(era)
    const followers = Array.from({ length: 1_000 }, () => follow('db://a'))
    await Promise.all(followers.map(told))
    expect(fixture.followed).toEqual(['db://a'])
    expect(registry.stats()).toMatchObject({ resourceFollowers: 1_000, followedResources: 1 })
    const next = followers.map(told)
    update('db://a')
    expect(new Set(await Promise.all(next))).toEqual(new Set(['db://a']))
    const [last, ...rest] = followers
    await Promise.all(rest.map((each) => each.return?.()))
    expect(fixture.followed).toEqual(['db://a'])
    const gone = era === 'LEGACY' ? fixture.next('resources/unsubscribe') : undefined
    await last?.return?.()
    await gone
    await followed()
    expect(fixture.count('resources/subscribe')).toBe(era === 'LEGACY' ? 1 : 0)
  })

  it('are told to a follower who comes back, who may have missed some', async () => {
    await open(era)
    const before = follow('db://a')
    await told(before)
    await before.return?.()
    await followed()
    update('db://a')
    const after = follow('db://a')
    expect(await told(after)).toBe('db://a')
    await after.return?.()
  })

  it('of a server that was killed and returns go on, and may have been missed meanwhile', async () => {
    await open(era, {}, { budgets: { reconnectMinMs: 1 } })
    const updates = follow('db://a')
    await told(updates)
    const { port } = fixture
    await fixture[Symbol.asyncDispose]()
    const next = told(updates)
    fixture = await startFeatureServer(
      era,
      {
        // A legacy server that begins anew knows no session of before.
        answer: (asked) =>
          era === 'LEGACY' &&
          asked.sessionId !== undefined &&
          !known.has(asked.sessionId) &&
          !!asked.response.writeHead(404).end(),
      },
      port,
    )
    const known = new Set<string>()
    const { features } = fixture
    const refuseUnknown = features.answer
    features.answer = (asked) => {
      if (asked.method === 'initialize')
        asked.response.once('finish', () => known.add(String(asked.response.getHeader('mcp-session-id'))))
      return refuseUnknown(asked)
    }
    expect(await next).toBe('db://a')
    await followed('db://a')
    const live = told(updates)
    update('db://a')
    expect(await live).toBe('db://a')
    await updates.return?.()
  })

  it('of a stream that was cut may have been missed', async () => {
    await open(era)
    const updates = follow('db://a')
    await told(updates)
    const method = era === 'LEGACY' ? 'GET' : 'subscriptions/listen'
    fixture.asked.findLast((asked) => asked.method === method)?.response.destroy()
    expect(await told(updates)).toBe('db://a')
    await updates.return?.()
  })

  it('are joined into the newest for a follower that does not read', async () => {
    await open(era, {}, { budgets: { resourceUpdatesPerSecond: 1_000 } })
    const slow = follow('db://a', 'db://b')
    const quick = follow('db://a', 'db://b')
    await Promise.all([told(slow), told(slow), told(quick), told(quick)])
    for (let n = 0; n < 10; n += 1) {
      const next = quick.next()
      update('db://a')
      await next
    }
    const last = quick.next()
    update('db://b')
    await last
    const uris = [await told(slow), await told(slow)]
    expect(uris).toEqual(['db://a', 'db://b'])
    const waiting = slow.next()
    await slow.return?.()
    expect(await waiting).toMatchObject({ done: true })
    await quick.return?.()
  })

  it('are joined into one when a server floods', async () => {
    await open(era, {}, { budgets: { resourceUpdatesPerSecond: 20 } })
    const updates = follow('db://a')
    await told(updates)
    let told20 = 0
    const reading = (async () => {
      for await (const { uri } of updates) if (uri === 'db://a') told20 += 1
    })()
    const startedAt = performance.now()
    for (let n = 0; n < 500; n += 1) update('db://a')
    // The last of the flood is told, by the timer that joins them.
    await expect.poll(() => told20, { interval: 5 }).toBeGreaterThan(0)
    const other = follow('db://b')
    await told(other)
    const seconds = (performance.now() - startedAt) / 1_000
    expect(told20).toBeLessThanOrEqual(20 * seconds + 2)
    await updates.return?.()
    await other.return?.()
    await reading
  })

  it('of a server without the capability, an unknown, a disabled or a deleted one end with the reason', async () => {
    await open(era, { capabilities: { resources: {} } })
    await expect(follow('db://a').next()).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['serverId'] })
    const unknown = registry.resources.updates({
      serverId: serverId.replace(/[0-9a-f]{32}$/, '0'.repeat(32)),
      uris: ['db://a'],
    })
    await expect(unknown.next()).rejects.toMatchObject({ code: 'NOT_FOUND', path: ['serverId'] })
    expect(await unknown.next()).toEqual({ done: true, value: undefined })
    await registry.servers.update(serverId, { enabled: false })
    await expect(follow('db://a').next()).rejects.toMatchObject({ code: 'DISABLED' })
    expect(registry.stats()).toMatchObject({ resourceFollowers: 0, followedResources: 0, eventSubscribers: 0 })
  })

  it.each([
    ['disabled', 'DISABLED', () => registry.servers.update(serverId, { enabled: false })],
    ['deleted', 'NOT_FOUND', () => registry.servers.delete(serverId)],
  ] as const)('of a server that is %s meanwhile end with the reason', async (_, code, change) => {
    await open(era)
    const updates = follow('db://a')
    await told(updates)
    const next = updates.next()
    next.catch(() => undefined)
    await change()
    await expect(next).rejects.toMatchObject({ code })
    await followed()
  })

  it('of a server that is changed meanwhile go on over a session of its new revision', async () => {
    await open(era)
    const updates = follow('db://a')
    await told(updates)
    await using other = await startFeatureServer(era)
    await registry.servers.update(serverId, { config: { transport: 'streamableHttp', serverUrl: other.url } })
    expect(await told(updates)).toBe('db://a')
    expect(other.followed).toEqual(['db://a'])
    await followed()
    await updates.return?.()
  })

  it('of a resource that the server does not have end with NOT_FOUND, and those of others go on', async () => {
    const isRefused = (uris: readonly unknown[]) => uris.includes('db://none')
    await open(era, {
      answer: (asked) => {
        const { notifications, uri } = asked.params
        const { resourceSubscriptions = [] } = Object(notifications)
        return (
          isRefused([uri, ...resourceSubscriptions]) &&
          (era === 'LEGACY' ? refuse(asked, 200, -32_002) : refuse(asked, 400, -32_602))
        )
      },
    })
    const good = follow('db://a')
    await told(good)
    const both = await Promise.allSettled([follow('db://none').next(), follow('db://b').next()])
    expect(both).toMatchObject([
      { reason: { code: 'NOT_FOUND', path: ['uris'] } },
      { value: { value: { uri: 'db://b' } } },
    ])
    const next = told(good)
    update('db://a')
    expect(await next).toBe('db://a')
    await good.return?.()
  })

  it('are refused for input that cannot be right', async () => {
    await open(era, {}, { budgets: { followedUriBytes: 64, followedUrisPerServer: 2 } })
    const refusal = (options: object) => {
      try {
        // As a caller without types.
        registry.resources.updates(options as never)
      } catch (error) {
        return error
      }
      return undefined
    }
    expect(refusal({ serverId: 'x', uris: ['a'] })).toMatchObject({ code: 'INVALID_INPUT', path: ['serverId'] })
    expect(refusal({ serverId, uris: [] })).toMatchObject({ code: 'INVALID_INPUT', path: ['uris'] })
    expect(refusal({ serverId, uris: ['db://a', 5] })).toMatchObject({ code: 'INVALID_INPUT', path: ['uris', '1'] })
    expect(refusal({ serverId, uris: [`db://${'a'.repeat(64)}`] })).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('followedUriBytes'),
    })
    expect(refusal({ serverId, uris: ['a', 'b', 'c'] })).toMatchObject({ code: 'LIMIT_EXCEEDED', path: ['uris'] })
  })

  it('are in the audit once a follow, with the actor, and so are refusals', async () => {
    await open(era)
    const actor = 'key_1'
    const updates = registry.resources.updates({ serverId, uris: ['db://a', 'db://b'], actor })
    await told(updates)
    update('db://a')
    await told(updates)
    await updates.return?.()
    await registry.servers.update(serverId, { enabled: false })
    const refused = registry.resources.updates({ serverId, uris: ['db://a'], actor })
    await expect(refused.next()).rejects.toMatchObject({ code: 'DISABLED' })
    const action = 'RESOURCE_FOLLOWED' as const
    const { edges } = await registry.audit.list({ filter: { action: [action] } })
    const followed = { action, actor, targetId: serverId }
    expect(edges.map(({ node }) => node)).toMatchObject([
      { ...followed, targetName: 'db://a', refusedWith: 'DISABLED' },
      { ...followed, targetName: 'db://a db://b', refusedWith: null },
    ])
    expect(() => registry.resources.updates({ serverId, uris: ['a'], actor: 'x'.repeat(256) })).toThrow('actor')
  })

  it('go on, and miss no change of the server, when the storage fails as it is asked for changes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    await using stack = new AsyncDisposableStack()
    stack.defer(() => rm(folder, { recursive: true }))
    const stored = sqliteStorage({ path: join(folder, 'a.db') })
    const storage = failing(stored)
    const faults: unknown[] = []
    await open(era, {}, { storage, onError: (error) => faults.push(error) })
    stack.defer(() => registry.close())
    const other = stack.use(await createRegistry({ storage: stored }))
    const updates = follow('db://a')
    await told(updates)
    const changed = async (change: object) => {
      const before = faults.length
      storage.fails = true
      await other.servers.update(serverId, change)
      await expect.poll(() => faults[before], { interval: 5 }).toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      storage.fails = false
    }
    const next = told(updates)
    await changed({ timeouts: { requestMs: 5_000 } })
    // It is followed anew, as some updates may have been missed.
    expect(await next).toBe('db://a')
    const ended = Promise.allSettled([updates.next()])
    await changed({ enabled: false })
    expect(await ended).toMatchObject([{ reason: { code: 'DISABLED' } }])
  })

  it('end with the signal and with the registry', async () => {
    await open(era)
    const controller = new AbortController()
    const updates = registry.resources.updates({ serverId, uris: ['db://a'], signal: controller.signal })
    await told(updates)
    const next = updates.next()
    controller.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    await followed()
    const open1 = follow('db://a')
    await told(open1)
    const last = open1.next()
    await registry.close()
    expect(await last).toEqual({ done: true, value: undefined })
    expect(() => follow('db://a')).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  })
})
