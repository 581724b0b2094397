import { createGraphQLClient, followEvents, graphql } from '@toolyard/graphql/client'
import { parse } from 'graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Api, startApi } from './api.ts'

const names = graphql(`query Names { mcpServers { nodes { ... on McpServerBase { name } } } }`)
const feed = graphql(`
  subscription Feed($after: Cursor) {
    mcpServerEvents(after: $after, heartbeatMs: 1000) {
      ... on McpServerCreated { cursor server { ... on McpServerBase { name } } }
      ... on Heartbeat { cursor }
    }
  }
`)

let api: Api
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api[Symbol.asyncDispose]())

const register = (name: string) =>
  api.registry.servers.create({ name, refresh: false, config: { transport: 'stdio', command: 'x' } })

/** A connection that breaks with the signal. */
function untilCut(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const cut = Promise.withResolvers<never>()
  cut.promise.catch(() => undefined)
  signal.addEventListener('abort', () => cut.reject(new Error('cut')), { once: true })
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await Promise.race([reader.read(), cut.promise])
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => reader.cancel(),
  })
}

describe('the client of @toolyard/graphql', () => {
  it.each([
    ['a document of its own', names],
    ['a text', 'query Names { mcpServers { nodes { ... on McpServerBase { name } } } }'],
    ['a document that graphql-js has parsed', parse('{ mcpServers { nodes { ... on McpServerBase { name } } } }')],
  ])('asks with %s', async (_, document) => {
    await register('a')
    const client = createGraphQLClient({ url: 'http://localhost/graphql', fetch: api.handler })
    expect(await client.request(document, {})).toEqual({ mcpServers: { nodes: [{ name: 'a' }] } })
  })

  it('tells an error by its code', async () => {
    const client = createGraphQLClient({ url: 'http://localhost/graphql', fetch: api.handler })
    await expect(client.request('{ nothing }', {})).rejects.toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' })
    const away = createGraphQLClient({
      url: 'http://127.0.0.1:1/graphql',
      fetch: () => Promise.reject(new Error('no')),
    })
    await expect(away.request(names, {})).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  it('follows over a lost connection: each event once, none missed', async () => {
    const leaving = new AbortController()
    let connection = new AbortController()
    const client = createGraphQLClient({
      url: 'http://localhost/graphql',
      async fetch(request) {
        const response = await api.handler(request)
        return new Response(response.body && untilCut(response.body, connection.signal), response)
      },
    })
    const states: string[] = []
    const seen: string[] = []
    const open = Promise.withResolvers<void>()
    const first = Promise.withResolvers<void>()
    const events = followEvents({
      async *subscribe(after, onOpen) {
        const variables = after === undefined ? {} : { after }
        for await (const { mcpServerEvents } of client.subscribe(feed, variables, { signal: leaving.signal, onOpen })) {
          if ('cursor' in mcpServerEvents) yield mcpServerEvents
        }
      },
      cursorOf: ({ cursor }) => cursor,
      signal: leaving.signal,
      onConnection: (state) => states.push(state),
    })
    const following = (async () => {
      for await (const event of events) {
        if (!('server' in event)) open.resolve()
        else if (seen.push(event.server.name) === 1) first.resolve()
        if (seen.length === 3) return
      }
    })()
    await open.promise
    await register('a')
    await first.promise
    const lost = connection
    connection = new AbortController()
    lost.abort()
    await register('b')
    await register('c')
    await following
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(states).toEqual(['LOST', 'BACK'])
  })
})
