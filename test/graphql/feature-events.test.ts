import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRegistry, type Registry } from '@toolyard/core'
import { createHandler, createNodeListener, useWebSocket, type WebSocketBridge } from '@toolyard/graphql'
import { createClient } from 'graphql-ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'

let registry: Registry
let fixture: FeatureServer
let server: Server
let bridge: WebSocketBridge
let url: string
let serverId: string

beforeEach(async () => {
  registry = await createRegistry()
  fixture = await startFeatureServer('LEGACY', { resources: [{ uri: 'db://a', name: 'a' }], prompts: [{ name: 'a' }] })
  const handler = createHandler(registry)
  server = createServer(createNodeListener(handler))
  bridge = useWebSocket(handler, { server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
  url = `127.0.0.1:${address.port}/graphql`
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  serverId = (await registry.servers.create({ name: 'fixture', config, refresh: false })).id
})
afterEach(async () => {
  await registry.close()
  await bridge.close()
  server.closeAllConnections()
  server.close()
  await fixture[Symbol.asyncDispose]()
})

const query = /* GraphQL */ `
  subscription ($after: Cursor) {
    mcpServerEvents(after: $after) {
      __typename
      ... on McpServerResourcesChanged { cursor at refreshId server { ... on McpServerBase { id resources { totalCount } } } }
      ... on McpServerPromptsChanged { cursor at refreshId server { ... on McpServerBase { id prompts { totalCount } } } }
    }
  }`

interface FeedEvent {
  readonly __typename: string
  readonly cursor?: string
  readonly refreshId?: string | null
}

interface Result {
  readonly data?: { readonly mcpServerEvents?: FeedEvent } | null
  readonly errors?: readonly unknown[]
}

function toEvent({ data, errors }: Result): FeedEvent {
  if (errors || !data?.mcpServerEvents) throw new Error(`Expected an event, got ${JSON.stringify(errors)}`)
  return data.mcpServerEvents
}

async function* overWebSocket(after?: string): AsyncGenerator<FeedEvent, undefined> {
  const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })
  try {
    // The answers of the server that the test has started.
    for await (const result of client.iterate({ query, variables: { after } })) yield toEvent(result as Result)
  } finally {
    await client.dispose()
  }
}

async function* overEventStream(after?: string): AsyncGenerator<FeedEvent, undefined> {
  const leaving = new AbortController()
  const response = await fetch(`http://${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables: { after } }),
    signal: leaving.signal,
  })
  let text = ''
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const data = /^event: next\ndata: ?(.+)$/m.exec(text.slice(0, end))?.[1]
        text = text.slice(end + 2)
        if (data) yield toEvent(JSON.parse(data))
      }
    }
  } finally {
    leaving.abort()
  }
}

/** Reads on until `count` events are of what a server offers beside tools. */
async function changesOf(events: AsyncGenerator<FeedEvent, undefined>, count: number): Promise<readonly FeedEvent[]> {
  const seen: FeedEvent[] = []
  while (seen.length < count) {
    const { value } = await events.next()
    if (!value) throw new Error(`The feed ended after ${seen.length} changes`)
    if (/(Resources|Prompts)Changed$/.test(value.__typename)) seen.push(value)
  }
  return seen
}

async function refresh(): Promise<string> {
  const { id } = await registry.servers.refresh(serverId)
  await registry.refreshes.wait(id)
  return id
}

const subscribed = () => expect.poll(() => registry.stats().eventSubscribers, { interval: 5 }).toBeGreaterThan(0)

describe.each([
  ['WebSocket', overWebSocket],
  ['SSE', overEventStream],
] as const)('the feed over %s', (_, subscribe) => {
  const resourcesChanged = (refreshId: string, totalCount: number) => ({
    __typename: 'McpServerResourcesChanged',
    at: expect.any(String),
    cursor: expect.any(String),
    refreshId,
    server: { id: serverId, resources: { totalCount } },
  })
  const promptsChanged = (refreshId: string, totalCount: number) => ({
    __typename: 'McpServerPromptsChanged',
    at: expect.any(String),
    cursor: expect.any(String),
    refreshId,
    server: { id: serverId, prompts: { totalCount } },
  })

  it('tells of changed resources and prompts, each with the refresh that found them, and of nothing else', async () => {
    const events = subscribe()
    const first = changesOf(events, 2)
    await subscribed()
    const found = await refresh()
    expect(await first).toEqual([resourcesChanged(found, 1), promptsChanged(found, 1)])
    // Finds nothing new.
    await refresh()
    fixture.features.resources = [...fixture.features.resources, { uri: 'db://b', name: 'b' }]
    const added = await refresh()
    fixture.features.prompts = []
    const removed = await refresh()
    expect(await changesOf(events, 2)).toEqual([resourcesChanged(added, 2), promptsChanged(removed, 0)])
    await events.return(undefined)
  })

  it('goes on after the cursor of either event', async () => {
    const events = subscribe()
    const all = changesOf(events, 4)
    await subscribed()
    await refresh()
    fixture.features.resources = []
    fixture.features.prompts = []
    await refresh()
    const [resources, prompts, ...others] = await all
    await events.return(undefined)
    for (const [after, rest] of [
      [resources?.cursor, [prompts?.cursor, ...others.map(({ cursor }) => cursor)]],
      [prompts?.cursor, others.map(({ cursor }) => cursor)],
    ] as const) {
      const later = subscribe(after)
      const seen = await changesOf(later, rest.length)
      expect(seen.map(({ cursor }) => cursor)).toEqual(rest)
      await later.return(undefined)
    }
  })
})
