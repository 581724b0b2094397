import { createRegistry, type McpResourceUpdate, type Registry, type RegistryOptions } from '@toolyard/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'

let registry: Registry
let servers: FeatureServer[] = []
afterEach(async () => {
  await registry.close()
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]()
})

async function open(options: RegistryOptions, count = 1): Promise<string[]> {
  registry = await createRegistry(options)
  servers = await Promise.all(Array.from({ length: count }, () => startFeatureServer('LEGACY')))
  const ids = servers.map(({ url }, index) => register(registry, `server-${index}`, url))
  return await Promise.all(ids)
}

async function register(of: Pick<Registry, 'servers'>, name: string, serverUrl: string, headers = {}): Promise<string> {
  const config = { transport: 'streamableHttp', serverUrl, ...headers } as const
  return (await of.servers.create({ name, config, refresh: false })).id
}

type Updates = AsyncIterableIterator<McpResourceUpdate, undefined, undefined>
const follow = (serverId = '', ...uris: readonly string[]): Updates => registry.resources.updates({ serverId, uris })
const told = async (updates: Updates) => (await updates.next()).value?.uri
const followed = (server = 0) => servers[server]?.followed

describe('the budgets of followed resources', () => {
  it('refuse more resources of a server (followedUrisPerServer), and take them once others have gone', async () => {
    const [id] = await open({ budgets: { followedUrisPerServer: 2 } })
    const two = follow(id, 'a', 'b')
    await told(two)
    const refusal = {
      code: 'LIMIT_EXCEEDED',
      retryable: true,
      message: expect.stringContaining('followedUrisPerServer'),
    }
    await expect(follow(id, 'c').next()).rejects.toMatchObject(refusal)
    expect(await told(follow(id, 'b'))).toBe('b')
    expect(registry.stats().budgetRefusals.followedUrisPerServer).toBe(1)
    await two.return?.()
    await expect.poll(() => registry.stats().followedResources, { interval: 5 }).toBe(1)
    expect(await told(follow(id, 'c'))).toBe('c')
  })

  it('refuse more resources of a tenant (followedUrisPerTenant), and those of no other', async () => {
    const [first, second] = await open({ budgets: { followedUrisPerTenant: 2 } }, 2)
    await told(follow(first, 'a', 'b'))
    const refusal = { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('followedUrisPerTenant') }
    await expect(follow(second, 'a').next()).rejects.toMatchObject(refusal)
    const other = registry.tenant('other')
    const id = await register(other, 'server', servers[1]?.url ?? '')
    expect(await told(other.resources.updates({ serverId: id, uris: ['a'] }))).toBe('a')
  })

  it('refuse more followers of a tenant (followersPerTenant), each counted once for each URI', async () => {
    const [id] = await open({ budgets: { followersPerTenant: 3 } })
    await told(follow(id, 'a', 'b'))
    const refusal = { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('followersPerTenant') }
    await expect(follow(id, 'a', 'b').next()).rejects.toMatchObject(refusal)
    expect(await told(follow(id, 'a'))).toBe('a')
    expect(registry.stats()).toMatchObject({ resourceFollowers: 3, followedResources: 2 })
  })
})

describe('the session of followed resources', () => {
  it('is not closed as idle while they are followed', async () => {
    const [id] = await open({ sessions: { idleMs: 0 } })
    const updates = follow(id, 'a')
    await told(updates)
    // A request over the same session, after which it is idle.
    await registry.servers.refresh(id ?? '').then((job) => job.result())
    expect(servers[0]?.count('initialize')).toBe(1)
    expect(followed()).toEqual(['a'])
    expect(registry.stats()).toMatchObject({ sessions: 1, idleSessions: 0 })
    const ended = servers[0]?.next('DELETE')
    await updates.return?.()
    await ended
    await expect.poll(() => registry.stats().sessions, { interval: 5 }).toBe(0)
  })

  it('gives way to a caller who needs its room, and its followers are told', async () => {
    const [first, second] = await open({ budgets: { sessions: 1 } }, 2)
    const updates = follow(first, 'a')
    await told(updates)
    const next = updates.next()
    next.catch(() => undefined)
    await registry.servers.refresh(second ?? '').then((job) => job.result())
    await expect(next).rejects.toMatchObject({ code: 'BUSY', retryable: true })
    await expect.poll(() => followed(), { interval: 5 }).toEqual([])
    expect(await told(follow(first, 'a'))).toBe('a')
  })

  it('never gives way to another follower', async () => {
    const [first, second] = await open({ budgets: { sessions: 1 } }, 2)
    const updates = follow(first, 'a')
    await told(updates)
    const late = follow(second, 'a')
    const refused = late.next()
    await expect.poll(() => registry.stats().waitingRequests, { interval: 5 }).toBe(1)
    expect(followed()).toEqual(['a'])
    await updates.return?.()
    expect((await refused).value).toMatchObject({ uri: 'a' })
    expect(followed(1)).toEqual(['a'])
  })
})

describe('followers of other credentials', () => {
  it('have subscriptions of their own, and get no updates of each other', async () => {
    await open({})
    const headers = { customHeaders: { 'x-key': '{{ KEY }}' } }
    const id = await register(registry, 'keyed', servers[0]?.url ?? '', headers)
    const of = (KEY: string, agentId: string) =>
      registry.resources.updates({ serverId: id, uris: ['a'], variables: { KEY }, agentId })
    await expect(follow(id, 'a').next()).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['variables'] })
    const all = [of('1', 'x'), of('1', 'x'), of('2', 'x'), of('1', 'y')]
    expect(await Promise.all(all.map(told))).toEqual(['a', 'a', 'a', 'a'])
    expect(followed()).toEqual(['a', 'a', 'a'])
    expect(registry.stats()).toMatchObject({ resourceFollowers: 4, followedResources: 3 })
    const subscribed = servers[0]?.asked.filter(({ method }) => method === 'resources/subscribe') ?? []
    const sent = subscribed.map(({ request }) => `${request.headers['x-key']} ${request.headers['x-agent-id']}`)
    expect(sent.sort()).toEqual(['1 x', '1 y', '2 x'])
  })

  it('of another tenant know nothing of a server', async () => {
    const [id = ''] = await open({})
    const updates = registry.tenant('other').resources.updates({ serverId: id, uris: ['a'] })
    await expect(updates.next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(servers[0]?.asked).toEqual([])
  })
})
