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
  fixture = await startFeatureServer('LEGACY', { resources: [{ uri: 'db://a', name: 'a' }], prompts: [{ name: 'a' }] })
  served = await serveHandler(createHandler(registry))
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  serverId = (await registry.servers.create({ name: 'fixture', config, refresh: false })).id
})
afterEach(async () => {
  await registry.close()
  await served[Symbol.asyncDispose]()
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

function toEvent({ data, errors }: StreamedResult): FeedEvent {
  if (errors || !data?.mcpServerEvents) throw new Error(`Expected an event, got ${JSON.stringify(errors)}`)
  return data.mcpServerEvents
}

/** Reads on until `count` events are of what a server offers beside tools. */
async function changesOf(
  events: AsyncGenerator<StreamedResult, undefined>,
  count: number,
): Promise<readonly FeedEvent[]> {
  const seen: FeedEvent[] = []
  while (seen.length < count) {
    const { value } = await events.next()
    if (!value) throw new Error(`The feed ended after ${seen.length} changes`)
    const event = toEvent(value)
    if (/(Resources|Prompts)Changed$/.test(event.__typename)) seen.push(event)
  }
  return seen
}

async function refresh(): Promise<string> {
  const { id } = await registry.servers.refresh(serverId)
  await registry.refreshes.wait(id)
  return id
}

const subscribed = () => expect.poll(() => registry.stats().eventSubscribers, { interval: 5 }).toBeGreaterThan(0)

describe.each(transports)('the feed over %s', (_, follow) => {
  const subscribe = (after?: string) => follow(served.url, { query, variables: { after } })
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
