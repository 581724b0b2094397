import { McpServer } from '@modelcontextprotocol/server'
import { createRegistry, type McpResourceUpdate, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { everythingStdio, startEverything } from '../fixtures/mcp/everything.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { scriptedModernStdio } from '../fixtures/mcp/scripted-modern.ts'
import { startScriptedSse } from '../fixtures/mcp/scripted-sse.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'
import { startSdk2 } from '../fixtures/mcp/sdk2-server.ts'

let registry: Registry
beforeEach(async () => {
  registry = await createRegistry()
})
afterEach(() => registry.close())

type Updates = AsyncIterableIterator<McpResourceUpdate, undefined, undefined>
const follow = (serverId: string, ...uris: readonly string[]): Updates => registry.resources.updates({ serverId, uris })
const told = async (updates: Updates) => (await updates.next()).value?.uri
/** What the tool of the server answers, as JSON. */
async function ask(args: object): Promise<unknown> {
  const { result } = await registry.tools.run({ server: 'server', tool: 'echo' }, { ...args })
  const [block] = result?.content ?? []
  return block?.type === 'text' ? JSON.parse(block.text) : undefined
}

describe('updates of the server "everything"', () => {
  const uri = 'demo://resource/static/document/features.md'

  it.each(['stdio', 'streamableHttp', 'sse'] as const)('come over %s', async (transport) => {
    await using running = transport === 'stdio' ? undefined : await startEverything(transport)
    const config =
      transport === 'stdio'
        ? ({ transport, ...everythingStdio() } as const)
        : ({ transport, serverUrl: running?.url ?? '' } as const)
    const { id } = await registered(registry, 'server', config)
    const updates = follow(id, uri)
    expect(await told(updates)).toBe(uri)
    const next = told(updates)
    await registry.tools.run({ server: 'server', tool: 'toggle-subscriber-updates' }, {})
    expect(await next).toBe(uri)
    await registry.tools.run({ server: 'server', tool: 'toggle-subscriber-updates' }, {})
    await updates.return?.()
    await expect.poll(() => registry.stats().followedResources, { interval: 5 }).toBe(0)
  })
})

/** The tool answers what is followed; it also notifies of an update (`touch`), and ends the process (`die`). */
const legacyScript = `
const followed = new Set()
sound.initialize = ({ params }) => ({
  protocolVersion: params.protocolVersion, capabilities: { tools: {}, resources: { subscribe: true } }, serverInfo: { name: 's', version: '1' },
})
sound['resources/subscribe'] = ({ params }) => { followed.add(params.uri); return {} }
sound['resources/unsubscribe'] = ({ params }) => { followed.delete(params.uri); return {} }
on((message) => {
  const { touch, die } = message.params?.arguments ?? {}
  if (die) process.exit(1)
  if (touch) send({ method: 'notifications/resources/updated', params: { uri: touch } })
  if (message.method === 'tools/call') send({ id: message.id, result: { content: [{ type: 'text', text: JSON.stringify([...followed]) }] } })
  else if (sound[message.method]) answer(message)
  else send({ id: message.id, error: { code: -32601, message: 'Method not found' } })
})`

const modernScript = `
const followed = new Map()
const discover = sound['server/discover']
sound['server/discover'] = (message) => ({ ...discover(message), capabilities: { tools: {}, resources: { subscribe: true } } })
const meta = (id) => ({ _meta: { 'io.modelcontextprotocol/subscriptionId': id } })
on((message) => {
  const { id, method, params = {} } = message
  const { touch, die } = params.arguments ?? {}
  if (die) process.exit(1)
  if (method === 'notifications/cancelled') followed.delete(params.requestId)
  else if (method === 'subscriptions/listen') {
    followed.set(id, params.notifications.resourceSubscriptions ?? [])
    send({ method: 'notifications/subscriptions/acknowledged', params: { notifications: params.notifications, ...meta(id) } })
  } else if (method === 'tools/call') {
    for (const [each, uris] of followed) if (uris.includes(touch)) send({ method: 'notifications/resources/updated', params: { uri: touch, ...meta(each) } })
    send({ id, result: { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify([...followed.values()].flat()) }] } })
  } else if (id !== undefined) answer(message)
})`

describe.each([
  ['legacy', () => scriptedStdio(legacyScript)],
  ['modern', () => scriptedModernStdio(modernScript)],
] as const)('updates of a %s server over stdio', (_, config) => {
  it('come by one subscription for each resource, which ends with its last follower', async () => {
    const { id } = await registered(registry, 'server', config())
    const [one, two, other] = [follow(id, 'a'), follow(id, 'a'), follow(id, 'b')]
    expect(await Promise.all([told(one), told(two), told(other)])).toEqual(['a', 'a', 'b'])
    await expect.poll(() => ask({}), { interval: 5 }).toEqual(['a', 'b'])
    const next = Promise.all([told(one), told(two)])
    await ask({ touch: 'a' })
    expect(await next).toEqual(['a', 'a'])
    await one.return?.()
    await other.return?.()
    await expect.poll(() => ask({}), { interval: 5 }).toEqual(['a'])
    await two.return?.()
    await expect.poll(() => ask({}), { interval: 5 }).toEqual([])
  })

  it('go on in the next process after its end, and may have been missed', async () => {
    const { id } = await registered(registry, 'server', config())
    const updates = follow(id, 'a')
    await told(updates)
    const next = told(updates)
    await registry.tools.run({ server: 'server', tool: 'echo' }, { die: true })
    expect(await next).toBe('a')
    const live = told(updates)
    expect(await ask({ touch: 'a' })).toEqual(['a'])
    expect(await live).toBe('a')
    await updates.return?.()
  })
})

it('updates over HTTP with SSE go on after the stream was cut', async () => {
  let cut: () => void = () => undefined
  let notify: (uri: string) => void = () => undefined
  await using server = await startScriptedSse(({ method, params, response, result, send, cut: cutNow }) => {
    if (method === 'initialize') {
      const capabilities = { tools: {}, resources: { subscribe: true } }
      response.writeHead(202).end()
      result({ protocolVersion: params.protocolVersion, capabilities, serverInfo: { name: 's', version: '1' } })
      return true
    }
    if (method === 'resources/subscribe') {
      cut = cutNow
      notify = (uri) => send({ method: 'notifications/resources/updated', params: { uri } })
    }
    return false
  })
  const config = { transport: 'sse', serverUrl: server.url } as const
  const { id } = await registry.servers.create({ name: 'server', config, refresh: false })
  const updates = follow(id, 'a')
  expect(await told(updates)).toBe('a')
  cut()
  expect(await told(updates)).toBe('a')
  expect([server.sessions, server.count('resources/subscribe')]).toEqual([2, 2])
  const next = told(updates)
  notify('a')
  expect(await next).toBe('a')
  await updates.return?.()
})

it('updates of a server on version 2 of the SDK come by one stream, whose URIs change', async () => {
  await using server = await startSdk2('reject', () => {
    const capabilities = { resources: { subscribe: true, listChanged: true } }
    return new McpServer({ name: 'sdk2', version: '2.4.0' }, { capabilities })
  })
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  const { id } = await registry.servers.create({ name: 'server', config, refresh: false })
  const a = follow(id, 'a')
  expect(await told(a)).toBe('a')
  const b = follow(id, 'b')
  expect(await told(b)).toBe('b')
  for (const [updates, uri] of [
    [a, 'a'],
    [b, 'b'],
    [a, 'a'],
  ] as const) {
    const next = told(updates)
    server.resourceUpdated(uri)
    expect(await next).toBe(uri)
  }
  await b.return?.()
  const next = told(a)
  server.resourceUpdated('a')
  expect(await next).toBe('a')
  await a.return?.()
})
