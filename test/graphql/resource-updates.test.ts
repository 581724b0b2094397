import { createRegistry, type Registry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import { type ServedHandler, serveHandler } from './serve-handler.ts'
import { type StreamedResult, transports } from './subscribe.ts'

let registry: Registry
let fixture: FeatureServer
let served: ServedHandler
let serverId: string

beforeEach(async () => {
  registry = await createRegistry()
  fixture = await startFeatureServer('LEGACY')
  const handler = createHandler(registry, {
    authenticate: ({ header }) => ({
      id: 'caller',
      tenant: 'default',
      scopes: new Set(header('x-scope') === 'read' ? (['read'] as const) : (['read', 'run'] as const)),
      expiresAt: null,
    }),
  })
  served = await serveHandler(handler)
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  serverId = (await registry.servers.create({ name: 'fixture', config, refresh: false })).id
})
afterEach(async () => {
  await registry.close()
  await served[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

const query = /* GraphQL */ `
  subscription ($serverId: ID!, $uris: [String!]!) {
    mcpResourceUpdates(serverId: $serverId, uris: $uris) { at uri server { ... on McpServerBase { id name } } }
  }`

/** A result with its first error and its data, whichever came. */
interface Told {
  readonly uri?: string
  readonly server?: { readonly id: string; readonly name: string }
  readonly code?: unknown
}

const toTold = ({ data, errors }: StreamedResult): Told =>
  errors ? { code: errors[0]?.extensions?.code } : data.mcpResourceUpdates

const update = (uri: string) => fixture.notify('notifications/resources/updated', { uri })
const uriOf = async (updates: AsyncGenerator<Told, undefined>) => (await updates.next()).value?.uri

describe.each(transports)('mcpResourceUpdates over %s', (_, follow) => {
  async function* subscribe(variables: Record<string, unknown>): AsyncGenerator<Told, undefined> {
    for await (const result of follow(served.url, { query, variables })) yield toTold(result)
  }

  it('tells that a resource is followed, then of each update, and ends its subscription with the client', async () => {
    const updates = subscribe({ serverId, uris: ['db://a'] })
    expect((await updates.next()).value).toEqual({
      at: expect.any(String),
      uri: 'db://a',
      server: { id: serverId, name: 'fixture' },
    })
    expect(fixture.followed).toEqual(['db://a'])
    const audited = await registry.audit.list({ filter: { action: ['RESOURCE_FOLLOWED'] } })
    expect(audited.edges).toMatchObject([{ node: { actor: 'caller', targetId: serverId, targetName: 'db://a' } }])
    for (let n = 0; n < 3; n += 1) {
      const next = uriOf(updates)
      update('db://a')
      expect(await next).toBe('db://a')
    }
    const gone = fixture.next('resources/unsubscribe')
    await updates.return(undefined)
    // An event stream finds out by the next event that it cannot deliver.
    update('db://a')
    await gone
    await expect.poll(() => registry.stats().resourceFollowers, { interval: 5 }).toBe(0)
  })

  it('shares one subscription among all clients', async () => {
    const clients = Array.from({ length: 20 }, () => subscribe({ serverId, uris: ['db://a'] }))
    expect(new Set(await Promise.all(clients.map(uriOf)))).toEqual(new Set(['db://a']))
    const next = clients.map(uriOf)
    update('db://a')
    expect(new Set(await Promise.all(next))).toEqual(new Set(['db://a']))
    expect(fixture.count('resources/subscribe')).toBe(1)
    await Promise.all(clients.map((each) => each.return(undefined)))
  })

  it.each([
    ['an unknown server', 'NOT_FOUND', () => ({ serverId: serverId.replace(/.{32}$/, '0'.repeat(32)), uris: ['a'] })],
    ['another text than an id', 'INVALID_INPUT', () => ({ serverId: 'x', uris: ['a'] })],
    ['no URI', 'INVALID_INPUT', () => ({ serverId, uris: [] })],
    ['a URI that is too long', 'LIMIT_EXCEEDED', () => ({ serverId, uris: ['a'.repeat(8_193)] })],
  ])('refuses %s as data', async (_what, code, variables) => {
    expect((await subscribe(variables()).next()).value).toEqual({ code })
  })

  it('refuses a server that does not notify, and a resource that it does not have', async () => {
    fixture.features.answer = ({ method, id, response }) => {
      if (method !== 'resources/subscribe') return false
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_002, message: 'none' } }))
      return true
    }
    expect((await subscribe({ serverId, uris: ['a'] }).next()).value).toEqual({ code: 'NOT_FOUND' })
    fixture.features.capabilities = { resources: {} }
    await registry.servers.update(serverId, { name: 'renamed' })
    expect((await subscribe({ serverId, uris: ['a'] }).next()).value).toEqual({ code: 'INVALID_INPUT' })
  })

  it('ends with its reason when the server is deleted', async () => {
    const updates = subscribe({ serverId, uris: ['db://a'] })
    await updates.next()
    const next = updates.next()
    await registry.servers.delete(serverId)
    expect((await next).value).toEqual({ code: 'NOT_FOUND' })
    expect((await updates.next()).done).toBe(true)
  })

  it('ends with the registry', async () => {
    const updates = subscribe({ serverId, uris: ['db://a'] })
    await updates.next()
    const next = updates.next()
    await registry.close()
    expect((await next).done).toBe(true)
  })
})

describe('a request for updates', () => {
  const send = (init: RequestInit, search = '') =>
    fetch(`http://${served.url}${search}`, { ...init, headers: { accept: 'text/event-stream', ...init.headers } })

  it('is refused over GET, which a page could cause by a link', async () => {
    const variables = JSON.stringify({ serverId, uris: ['a'] })
    const response = await send({}, `?${new URLSearchParams({ query, variables })}`)
    await response.body?.cancel()
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(fixture.asked).toEqual([])
  })

  it('needs the scope run', async () => {
    const body = JSON.stringify({ query, variables: { serverId, uris: ['a'] } })
    const headers = { 'content-type': 'application/json', 'x-scope': 'read' }
    const response = await send({ method: 'POST', headers, body })
    expect(await response.text()).toContain('FORBIDDEN')
    expect(fixture.asked).toEqual([])
  })
})
