import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createRegistry, type Registry } from '@toolyard/core'
import { type Caller, createHandler, createNodeListener, useWebSocket, type WebSocketBridge } from '@toolyard/graphql'
import {
  createGraphQLClient,
  createWebSocketClient,
  followEvents,
  type GraphQLClient,
  type WebSocketClient,
} from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import { parse } from 'graphql'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const names = graphql(`query Names { mcpServers { nodes { ... on McpServerBase { name } } } }`)
const feed = graphql(`
  subscription Feed($after: Cursor) {
    mcpServerEvents(after: $after, heartbeatMs: 1000) {
      __typename
      ... on McpServerCreated { cursor server { ... on McpServerBase { name } } }
      ... on Heartbeat { cursor }
    }
  }
`)
const key = 'the-key-of-this-test'
const caller: Caller = { id: 'test', tenant: 'default', scopes: new Set(['read', 'write']), expiresAt: null }

let registry: Registry
let server: Server
let bridge: WebSocketBridge
let url: string
const opened: WebSocketClient[] = []
const connections = new Set<Socket>()

/** A client of each kind. */
const clients = {
  http: (headers: Readonly<Record<string, string>>) => createGraphQLClient({ url, headers }),
  socket(headers: Readonly<Record<string, string>>) {
    const client = createWebSocketClient({ url, headers: () => headers })
    opened.push(client)
    return client
  },
}
const withKey = { authorization: `Bearer ${key}` }
const kinds = ['http', 'socket'] as const

beforeEach(async () => {
  registry = await createRegistry()
  const handler = createHandler(registry, {
    authenticate: ({ authorization }) => (authorization === withKey.authorization ? caller : undefined),
  })
  server = createServer(createNodeListener(handler))
  bridge = useWebSocket(handler, { server })
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
})
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(opened.splice(0).map((client) => client.close()))
  await registry.close()
  await bridge.close()
  server.closeAllConnections()
  server.close()
})

const register = (name: string) =>
  registry.servers.create({ name, refresh: false, config: { transport: 'stdio', command: 'x' } })

/** Calls `onOpen` once the feed is followed, and `onName` for each server that it tells of; ends with the third. */
async function threeNames(
  client: GraphQLClient,
  { signal, onOpen, onName, states }: FollowedNames,
): Promise<readonly string[]> {
  const seen: string[] = []
  const events = followEvents(client, feed, {}, { signal, onConnection: (state) => states.push(state) })
  for await (const event of events) {
    if (event.__typename === 'Heartbeat') {
      onOpen()
      continue
    }
    seen.push(event.server.name)
    onName()
    if (seen.length === 3) break
  }
  return seen
}

interface FollowedNames {
  readonly signal: AbortSignal
  readonly onOpen: () => void
  readonly onName: () => void
  readonly states: string[]
}

describe.each(kinds)('the client of @toolyard/graphql over %s', (kind) => {
  it.each([
    ['a document of its own', names],
    ['a text', 'query Names { mcpServers { nodes { ... on McpServerBase { name } } } }'],
    ['a document that graphql-js has parsed', parse('{ mcpServers { nodes { ... on McpServerBase { name } } } }')],
  ])('asks with %s', async (_, document) => {
    await register('a')
    expect(await clients[kind](withKey).request(document, {})).toEqual({ mcpServers: { nodes: [{ name: 'a' }] } })
  })

  it('tells an error by its code', async () => {
    const client = clients[kind](withKey)
    await expect(client.request('{ nothing }', {})).rejects.toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' })
    const stream = client.subscribe('subscription { toolRunEvents(runId: "run_x") { __typename } }', {})
    await expect(stream.next()).rejects.toMatchObject({ name: 'GraphQLClientError', code: 'NOT_FOUND' })
  })

  it('says that the key is refused, and does not try again', async () => {
    const client = clients[kind]({ authorization: 'Bearer another' })
    await expect(client.request(names, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const events = followEvents(client, feed, {}, { signal: AbortSignal.timeout(20_000) })
    await expect(events.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('reports that the server is unreachable', async () => {
    const client = clients[kind](withKey)
    server.close()
    await once(server, 'close')
    await expect(client.request(names, {})).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  it('ends with the signal, also where nothing comes', async () => {
    const leaving = new AbortController()
    const stream = clients[kind](withKey).subscribe(feed, {}, { signal: leaving.signal, onOpen: () => leaving.abort() })
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'ABORTED' })
    const events = followEvents(clients[kind](withKey), feed, {}, { signal: leaving.signal })
    expect(await Array.fromAsync(events)).toEqual([])
  })

  it('follows over a lost connection: each event once, none missed', async () => {
    const leaving = new AbortController()
    const states: string[] = []
    const open = Promise.withResolvers<void>()
    const first = Promise.withResolvers<void>()
    const following = threeNames(clients[kind](withKey), {
      signal: leaving.signal,
      states,
      onOpen: open.resolve,
      onName: first.resolve,
    })
    await open.promise
    await register('a')
    await first.promise
    for (const connection of connections) connection.destroy()
    await register('b')
    await register('c')
    expect(await following).toEqual(['a', 'b', 'c'])
    expect(states).toEqual(['LOST', 'BACK'])
  })

  it('reports an event without a cursor, after which no client could resume', async () => {
    const document = 'subscription { mcpServerEvents(heartbeatMs: 1000) { ... on Heartbeat { at } } }'
    const events = followEvents(clients[kind](withKey), document, {}, { signal: AbortSignal.timeout(20_000) })
    await expect(events.next()).rejects.toThrow('cursor')
  })
})

describe('the client over a socket', () => {
  it('has one for all that is asked and followed; closed, it ends that and opens none again', async () => {
    const client = clients.socket(withKey)
    const open = Promise.withResolvers<void>()
    const following = followEvents(client, feed, {}, { signal: AbortSignal.timeout(20_000), onOpen: open.resolve })
    const followed = following.next()
    await open.promise
    await Promise.all([client.request(names, {}), client.request(names, {}), followed])
    expect(bridge.sockets).toBe(1)
    const next = following.next()
    await Promise.all([client.close(), expect(next).rejects.toMatchObject({ code: 'ABORTED' })])
    await expect(client.request(names, {})).rejects.toMatchObject({ code: 'ABORTED' })
    await client.close()
    await expect.poll(() => bridge.sockets).toBe(0)
  })

  it('does not wait for a server that takes the connection and says nothing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const silent = createTcpServer().listen(0, '127.0.0.1')
    const taken = once(silent, 'connection')
    await once(silent, 'listening')
    const client = createWebSocketClient({ url: `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/graphql` })
    const asked = client.request(names, {})
    const [connection] = (await taken) as [Socket]
    await Promise.all([
      expect(asked).rejects.toMatchObject({ code: 'UNREACHABLE' }),
      vi.advanceTimersByTimeAsync(10_000),
    ])
    connection.destroy()
    silent.close()
    await client.close()
  })
})
