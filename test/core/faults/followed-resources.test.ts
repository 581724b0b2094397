import { createRegistry, type McpResourceUpdate, type Registry } from '@toolyard/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type Era, type FeatureServer, type Features, startFeatureServer } from '../../fixtures/mcp/feature-server.ts'

let registry: Registry
let fixture: FeatureServer
let serverId: string
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

async function open(era: Era, features: Partial<Features> = {}): Promise<void> {
  fixture = await startFeatureServer(era, features)
  registry = await createRegistry()
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  serverId = (await registry.servers.create({ name: 'fixture', config, refresh: false })).id
}

type Updates = AsyncIterableIterator<McpResourceUpdate, undefined, undefined>
const follow = (...uris: readonly string[]): Updates => registry.resources.updates({ serverId, uris })
const told = async (updates: Updates) => (await updates.next()).value?.uri
const nothing = { resourceFollowers: 0, followedResources: 0, eventSubscribers: 0 }
/** A method whose requests get no answer. */
const silent =
  (method: string): Features['answer'] =>
  (asked) =>
    asked.method === method

describe.each([
  ['LEGACY', 'initialize', 'resources/subscribe'],
  ['MODERN', 'server/discover', 'subscriptions/listen'],
] as const)('a follower of a %s server', (era, greeting, subscription) => {
  it('that leaves while the server is dialed leaves nothing behind', async () => {
    await open(era, { answer: silent(greeting) })
    const greeted = fixture.next(greeting)
    const updates = follow('a')
    const next = updates.next()
    const gone = greeted.then(({ response }) => new Promise((resolve) => response.once('close', resolve)))
    await greeted
    await updates.return?.()
    expect(await next).toMatchObject({ done: true })
    await gone
    await expect.poll(() => registry.stats(), { interval: 5 }).toMatchObject({ ...nothing, sessions: 0 })
  })

  it('that leaves while it is subscribed leaves no subscription behind', async () => {
    await open(era, { answer: silent(subscription), capabilities: { resources: { subscribe: true } } })
    const asked = fixture.next(subscription)
    const updates = follow('a')
    const next = updates.next()
    await asked
    const taken = era === 'LEGACY' ? fixture.next('resources/unsubscribe') : undefined
    const gone = asked.then(({ response }) => new Promise((resolve) => response.once('close', resolve)))
    await updates.return?.()
    expect(await next).toMatchObject({ done: true })
    await Promise.all([taken, gone])
    await expect.poll(() => registry.stats(), { interval: 5 }).toMatchObject(nothing)
  })

  it('that comes while the last one leaves is subscribed', async () => {
    await open(era)
    for (let round = 0; round < 20; round += 1) {
      const updates = follow('a')
      expect(await told(updates)).toBe('a')
      await updates.return?.()
    }
    const one = follow('a')
    await told(one)
    const leaving = one.return?.()
    const other = follow('a')
    expect(await told(other)).toBe('a')
    await leaving
    const next = told(other)
    fixture.notify('notifications/resources/updated', { uri: 'a' })
    expect(await next).toBe('a')
    expect(fixture.followed).toEqual(['a'])
    await other.return?.()
  })

  it.each([greeting, subscription])('ends with the registry while %s is not answered', async (method) => {
    await open(era, { answer: silent(method) })
    const asked = fixture.next(method)
    const next = follow('a').next()
    await asked
    await registry.close()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('that has just come is told that the server is away, and later ones wait until it is back', async () => {
    await open(era)
    const early = follow('a')
    await told(early)
    const { port } = fixture
    await fixture[Symbol.asyncDispose]()
    const waiting = told(early)
    await expect(follow('b').next()).rejects.toMatchObject({
      code: expect.stringMatching(/CONNECT_FAILED|TIMEOUT/),
      retryable: true,
    })
    expect(registry.stats()).toMatchObject({ resourceFollowers: 1 })
    fixture = await startFeatureServer(era, {}, port)
    expect(await waiting).toBe('a')
    await early.return?.()
  })

  it('that has never read holds nothing', async () => {
    await open(era)
    follow('a')
    expect(registry.stats()).toMatchObject(nothing)
    expect(fixture.asked).toEqual([])
  })
})

it('a server that breaks each subscription is dialed again after growing pauses', async () => {
  await open('LEGACY')
  const updates = follow('a')
  await told(updates)
  const next = updates.next()
  next.catch(() => undefined)
  fixture.features.answer = ({ method, response }) => method === 'resources/subscribe' && !!response.destroy()
  const attempts: number[] = []
  const attempt = async () => attempts.push((await fixture.next('resources/subscribe')).at)
  const first = attempt()
  fixture.features.capabilities = { resources: { subscribe: true } }
  // A new revision: followed anew, at once.
  await registry.servers.update(serverId, { name: 'renamed' })
  await first
  for (let n = 0; n < 2; n += 1) await attempt()
  const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0))
  expect(Math.max(...pauses)).toBeGreaterThan(900)
  fixture.features.answer = () => false
  await updates.return?.()
  expect(await next).toMatchObject({ done: true })
})

it('a follower of a legacy server without a stream of notifications is refused: it would hear of nothing', async () => {
  await open('LEGACY', { answer: ({ method, response }) => method === 'GET' && !!response.writeHead(405).end() })
  await expect(follow('a').next()).rejects.toMatchObject({
    code: 'PROTOCOL_ERROR',
    message: expect.stringContaining('no stream'),
  })
  expect(registry.stats()).toMatchObject(nothing)
})

it('a follower of a legacy server whose stream opens with its first message is told of that message', async () => {
  let open1: (() => void) | undefined
  await open('LEGACY', {
    answer: ({ method, response }) => {
      if (method !== 'GET') return false
      open1 = () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const message = { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'a' } }
        response.write(`data: ${JSON.stringify(message)}\n\n`)
      }
      return true
    },
  })
  const updates = follow('a')
  expect(await told(updates)).toBe('a')
  const next = told(updates)
  open1?.()
  expect(await next).toBe('a')
  await updates.return?.()
})
