import { once } from 'node:events'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler } from '@toolyard/graphql'
import { type Client, createClient } from 'graphql-ws'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type FixtureServer, startFixture, thousandTools } from '../fixtures/mcp/mcp-fixture.ts'
import { type ServedHandler, serveHandler } from './serve-handler.ts'
import { overEventStream as subscribeOverEventStream } from './subscribe.ts'

let registry: Registry
let fixture: FixtureServer
let served: ServedHandler
let client: Client

beforeEach(async () => {
  registry = await createRegistry({ storage: sqliteStorage({ path: ':memory:' }) })
  fixture = await startFixture()
  served = await serveHandler(createHandler(registry))
  client = createClient({ url: `ws://${served.url}`, webSocketImpl: WebSocket, retryAttempts: 0 })
})
afterEach(async () => {
  await client.dispose()
  await registry.close()
  await served[Symbol.asyncDispose]()
  await fixture.close()
})

// What a test subscribed to decides what an event holds.
// biome-ignore lint/suspicious/noExplicitAny: as above
type Event = any

async function register(refresh = false): Promise<string> {
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  return (await registry.servers.create({ name: 'fixture', config, refresh })).id
}

async function overWebSocket(query: string, variables: object): Promise<Event[]> {
  const events: Event[] = []
  for await (const { data, errors } of client.iterate({ query, variables: { ...variables } })) {
    if (errors) throw new Error(errors[0]?.message)
    events.push(Object.values(data ?? {})[0])
  }
  return events
}

async function* eventStream(query: string, variables: object, signal?: AbortSignal): AsyncGenerator<Event> {
  for await (const { data, errors } of subscribeOverEventStream(served.url, { query, variables }, signal)) {
    if (errors) throw new Error(errors[0]?.message)
    yield Object.values(data)[0]
  }
}

async function overEventStream(query: string, variables: object): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of eventStream(query, variables)) events.push(event)
  return events
}

const refreshEvents = /* GraphQL */ `
  subscription ($id: ID!, $after: Cursor) {
    mcpServerRefreshEvents(refreshId: $id, after: $after) {
      __typename
      ... on JobEvent { cursor jobId }
      ... on RefreshPhaseChanged { phase done total }
      ... on RefreshToolChanged { change tool { id name server { ... on McpServerBase { name } } } }
      ... on RefreshFinished { refresh { status unchangedCount added { name } rejected { name } } }
    }
  }`

const transports = [
  ['WebSocket', overWebSocket],
  ['SSE', overEventStream],
] as const

/** Resolves once no reader is left: checked after each turn of the event loop, not after a fixed time. */
async function allIteratorsEnded(): Promise<void> {
  while (registry.stats().eventSubscribers > 0) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(transports)('over %s', (_, subscribe) => {
  it('a refresh of 1,000 tools in 10 pages is told page by page to one who comes after it began', async () => {
    fixture.change({ tools: thousandTools(), pageSize: 100, pageDelayMs: 10 })
    const { id } = await registry.servers.refresh(await register())
    const events = await subscribe(refreshEvents, { id })
    const listed = events.flatMap(({ phase, done }) => (phase === 'LISTING' ? [done] : []))
    expect(listed).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
    expect(events.filter(({ __typename }) => __typename === 'RefreshToolChanged')).toHaveLength(1_000)
    expect(events.at(0).__typename).toBe('RefreshStarted')
    expect(events.at(-1)).toMatchObject({
      __typename: 'RefreshFinished',
      refresh: { status: 'SUCCEEDED', rejected: [] },
    })
    expect(events.at(-1).refresh.added).toHaveLength(1_000)
  })

  it('who comes back with a cursor gets the rest, who comes after the end gets everything', async () => {
    const { id } = await registry.servers.refresh(await register())
    await registry.refreshes.wait(id)
    const all = await subscribe(refreshEvents, { id })
    const rest = await subscribe(refreshEvents, { id, after: all[3].cursor })
    expect(rest).toEqual(all.slice(4))
  })

  it('a run is told from its start to its end', async () => {
    await registry.refreshes.wait((await registry.servers.refresh(await register())).id)
    const job = await registry.tools.start({ server: 'fixture', tool: 'progress' }, { steps: 2, delayMs: 5 })
    const events = await subscribe(
      'subscription ($id: ID!) { toolRunEvents(runId: $id) { __typename ... on ToolRunProgress { progress } ... on ToolRunFinished { run { status durationMs } } } }',
      { id: job.id },
    )
    expect(events.map(({ __typename }) => __typename)).toEqual([
      'ToolRunStarted',
      'ToolRunProgress',
      'ToolRunProgress',
      'ToolRunFinished',
    ])
    expect(events.at(-1).run.status).toBe('SUCCEEDED')
  })

  it.each([
    ['an unknown refresh', { id: `refr_${'0'.repeat(32)}` }, 'No refresh has the id'],
    ['an invalid id', { id: 'nope' }, 'No refresh has the id'],
  ])('refuses %s', async (_what, variables, message) => {
    await expect(subscribe(refreshEvents, variables).then((events) => events.length)).rejects.toThrow(message)
  })

  it('refuses a cursor of something else', async () => {
    const { id } = await registry.servers.refresh(await register())
    await expect(subscribe(refreshEvents, { id, after: 'bm9wZQ' }).then(({ length }) => length)).rejects.toThrow(
      'after: expected a cursor',
    )
  })
})

describe('errors over WebSocket', () => {
  const errorsOf = async (query: string, variables: Record<string, unknown> = {}) => {
    const results = client.iterate({ query, variables })
    // graphql-ws gives an operation's errors as a rejection, those of its fields as a result.
    return results.next().then(
      ({ value }) => value?.errors ?? [],
      (errors: unknown) => errors as readonly { message: string; extensions?: object }[],
    )
  }

  it('have the codes that they have over HTTP, and quote no value', async () => {
    expect(await errorsOf('subscription { mcpServerEvents(heartbeatMs: 5) { __typename } }')).toMatchObject([
      { extensions: { code: 'INVALID_INPUT', path: ['heartbeatMs'] } },
    ])
    expect(await errorsOf('subscription { mcpServerEvents(after: "bm9wZQ") { __typename } }')).toMatchObject([
      { extensions: { code: 'INVALID_INPUT', path: ['after'] } },
    ])
    const variable = await errorsOf('query ($first: Int) { mcpServers(first: $first) { totalCount } }', {
      first: 'secret-value',
    })
    expect(variable).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['first'] } }])
    const literal = await errorsOf('{ mcpServers(first: "secret-value") { totalCount } }')
    expect(JSON.stringify([variable, literal])).not.toContain('secret-value')
    expect(await errorsOf('{ mcpServers(first: 1000) { totalCount } }')).toMatchObject([
      { extensions: { code: 'INVALID_INPUT' } },
    ])
    expect(await errorsOf('{ not a document')).toMatchObject([{ message: expect.stringContaining('Syntax Error') }])
  })

  it('that are faults of ours are masked, with an id', async () => {
    vi.spyOn(registry.servers, 'count').mockRejectedValue(new Error('a fault of ours'))
    expect(await errorsOf('{ mcpServers { totalCount } }')).toEqual([
      expect.objectContaining({ message: 'Internal error', extensions: { code: 'INTERNAL', id: expect.any(String) } }),
    ])
  })
})

/** Half of the time in which one comes over a stream, whose failure would tell that the client is gone. */
const beforeTheNextComment = 6_000

describe('the feed', () => {
  const feed = /* GraphQL */ `
    subscription ($after: Cursor, $heartbeatMs: Int) {
      mcpServerEvents(after: $after, heartbeatMs: $heartbeatMs) {
        __typename
        ... on McpServerCreated { cursor server { ... on McpServerBase { name } } }
        ... on McpServerStatusChanged { cursor from to }
        ... on McpServerToolsChanged { cursor refreshId }
        ... on McpServerDeleted { cursor serverId }
        ... on Heartbeat { cursor }
      }
    }`

  it('tells what happens to servers, and repeats the last cursor when nothing does', async () => {
    const seen: Event[] = []
    const events = client.iterate<Record<string, Event>>({ query: feed, variables: { heartbeatMs: 1_000 } })
    const first = events.next()
    // The subscription has begun when the registry counts it.
    while (registry.stats().eventSubscribers === 0) await new Promise((resolve) => setImmediate(resolve))
    const id = await register(true)
    for (let step = await first; !step.done; step = await events.next()) {
      const event = step.value.data?.mcpServerEvents
      seen.push(event)
      if (event.__typename === 'McpServerToolsChanged') await registry.servers.delete(id)
      if (event.__typename === 'Heartbeat') break
    }
    expect(seen.map(({ __typename }) => __typename)).toEqual([
      'McpServerCreated',
      'McpServerStatusChanged',
      'McpServerStatusChanged',
      'McpServerToolsChanged',
      'McpServerDeleted',
      'Heartbeat',
    ])
    expect(seen.at(-1).cursor).toBe(seen.at(-2).cursor)
  })

  it('ends its iterators when WebSocket clients vanish', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = new WebSocket(`ws://${served.url}`, 'graphql-transport-ws')
        await once(socket, 'open')
        socket.send(JSON.stringify({ type: 'connection_init' }))
        await once(socket, 'message')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: feed } }))
        return socket
      }),
    )
    while (registry.stats().eventSubscribers < 20) await new Promise((resolve) => setImmediate(resolve))
    for (const socket of sockets) socket.terminate()
    await allIteratorsEnded()
    expect(registry.stats().eventSubscribers).toBe(0)
  })

  it(
    'ends its iterators when SSE clients vanish',
    async () => {
      const leaving = new AbortController()
      const reads = Array.from({ length: 20 }, async () => {
        for await (const _ of eventStream(feed, {}, leaving.signal));
      })
      const ended = Promise.allSettled(reads)
      while (registry.stats().eventSubscribers < 20) await new Promise((resolve) => setImmediate(resolve))
      leaving.abort()
      await ended
      await allIteratorsEnded()
      expect(registry.stats().eventSubscribers).toBe(0)
    },
    beforeTheNextComment,
  )
})
