import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { createRegistry, type Registry } from '@toolyard/core'
import {
  createHandler,
  createNodeListener,
  type GraphQLOperation,
  useWebSocket,
  type WebSocketBridge,
} from '@toolyard/graphql'
import { createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { startTelemetry, type TestTelemetry } from '../fixtures/process/telemetry.ts'

const callers = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const traceparent = `00-${callers.traceId}-${callers.spanId}-01`
const others = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
const echo = `mutation Echo {
  runMcpTool(input: { tool: { qualified: { server: "http", tool: "echo" } }, args: { message: "hi" } }) {
    __typename ... on RunMcpToolPayload { run { id status traceId } }
  }
}`

let telemetry: TestTelemetry
let fixture: FixtureServer
let registry: Registry
let server: Server
let bridge: WebSocketBridge
let url: string
let operations: GraphQLOperation[]
const activeAtFault: (string | undefined)[] = []
beforeAll(() => {
  telemetry = startTelemetry()
})
afterAll(() => telemetry.close())

/** One field of the registry fails unexpectedly. */
function withFault(target: Registry): Registry {
  const tools = new Proxy(target.tools, {
    get: (of, name) => (name === 'count' ? () => Promise.reject(new Error('a fault')) : Reflect.get(of, name)),
  })
  const tenant = (name: string) => ({ ...target.tenant(name), tools })
  return new Proxy(target, { get: (of, name) => (name === 'tenant' ? tenant : Reflect.get(of, name)) })
}

beforeEach(async () => {
  fixture = await startFixture()
  registry = await createRegistry()
  operations = []
  activeAtFault.length = 0
  const handler = createHandler(withFault(registry), {
    onOperation: (operation) => operations.push(operation),
    onError: () => activeAtFault.push(trace.getSpanContext(context.active())?.traceId),
  })
  server = createServer(createNodeListener(handler)).listen(0, '127.0.0.1')
  bridge = useWebSocket(handler, { server })
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  url = `127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  await registered(registry, 'http', { transport: 'streamableHttp', serverUrl: fixture.url })
  telemetry.reset()
})
afterEach(async () => {
  await registry.close()
  await bridge.close()
  server.closeAllConnections()
  server.close()
  await fixture.close()
  telemetry.reset()
})

async function post(query: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`http://${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
  return response.text()
}

interface Socket {
  readonly connectionParams?: Record<string, unknown>
  readonly extensions?: Record<string, unknown>
}

/** The results of one operation over a socket of its own. */
async function overSocket(query: string, { connectionParams = {}, extensions = {} }: Socket): Promise<string> {
  const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams })
  try {
    const results: unknown[] = []
    for await (const result of client.iterate({ query, extensions })) results.push(result)
    return JSON.stringify(results)
  } finally {
    await client.dispose()
  }
}

const named = (name: string): ReadableSpan | undefined => telemetry.spans().find((span) => span.name === name)
const ways = {
  'over HTTP, the short way': () => post(echo, { traceparent }),
  'over HTTP, the long way': () => post(`${echo}\n`, { traceparent, accept: 'text/html, application/json' }),
  'as an event stream': () => post(echo, { traceparent, accept: 'text/event-stream' }),
  'over WebSocket, for the socket': () => overSocket(echo, { connectionParams: { traceparent } }),
  'over WebSocket, for the operation': () => overSocket(echo, { extensions: { traceparent } }),
  'over WebSocket, for the operation rather than for the socket': () =>
    overSocket(echo, { connectionParams: { traceparent: others }, extensions: { traceparent } }),
}

describe('a run that is asked for', () => {
  it.each(Object.entries(ways))('%s is part of the trace of the caller, up to its server', async (_, ask) => {
    const answer = await ask()
    expect(answer).toContain(`"traceId":"${callers.traceId}"`)
    const spans = telemetry.spans()
    expect(spans.map(({ name }) => name)).toEqual(['tools/call echo', 'mutation'])
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([callers.traceId]))
    const operation = named('mutation')
    expect(operation).toMatchObject({
      kind: SpanKind.SERVER,
      parentSpanContext: { spanId: callers.spanId },
      status: { code: SpanStatusCode.UNSET },
    })
    expect(operation?.attributes).toEqual({ 'graphql.operation.type': 'mutation', 'graphql.operation.name': 'Echo' })
    expect(named('tools/call echo')?.parentSpanContext?.spanId).toBe(operation?.spanContext().spanId)
    const { params } = await fixture.received('tools/call')
    expect(JSON.stringify(params)).toContain(
      `"traceparent":"00-${callers.traceId}-${named('tools/call echo')?.spanContext().spanId}-01"`,
    )
    expect(operations).toEqual([{ type: 'mutation', name: 'Echo', durationMs: expect.any(Number), hasErrors: false }])
  })

  it.each([
    'nonsense',
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `${traceparent}, ${others}`,
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ])('with an invalid traceparent, %s, begins a trace', async (wrong) => {
    const answer = await post(echo, { traceparent: wrong })
    expect(answer).toMatch(/"traceId":"[0-9a-f]{32}"/)
    expect(answer).not.toContain(callers.traceId)
    expect(named('mutation')?.parentSpanContext).toBeUndefined()
  })

  it('with a traceparent that is no text begins a trace', async () => {
    expect(await overSocket(echo, { extensions: { traceparent: { a: 1 } } })).toMatch(/"traceId":"[0-9a-f]{32}"/)
  })

  it('carries on the tracestate', async () => {
    await post(echo, { traceparent, tracestate: 'vendor=value' })
    const { params } = await fixture.received('tools/call')
    expect(params._meta).toMatchObject({ tracestate: 'vendor=value' })
  })

  it('within a span of what serves the handler is part of that, whatever the headers say', async () => {
    const handler = createHandler(registry)
    const { traceId, spanId } = await telemetry.inTrace(() =>
      handler(
        new Request('http://localhost/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json', traceparent },
          body: JSON.stringify({ query: echo }),
        }),
      ),
    )
    expect(named('mutation')?.spanContext().traceId).toBe(traceId)
    expect(named('mutation')?.parentSpanContext?.spanId).toBe(spanId)
  })
})

describe('a subscription', () => {
  const feed = 'subscription Feed { mcpServerEvents { __typename } }'

  it.each(['text/event-stream', 'websocket'])('is a span until its stream is open, over %s', async (way) => {
    const { promise: opened, resolve } = Promise.withResolvers<void>()
    const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })
    const leaving = new AbortController()
    if (way === 'websocket') {
      const stop = client.subscribe(
        { query: feed, extensions: { traceparent } },
        { next: () => resolve(), error: () => undefined, complete: () => undefined },
      )
      leaving.signal.addEventListener('abort', stop)
    } else {
      const headers = { 'content-type': 'application/json', accept: 'text/event-stream', traceparent }
      const body = JSON.stringify({ query: feed })
      const response = await fetch(`http://${url}`, { method: 'POST', headers, body, signal: leaving.signal })
      void (async () => {
        for await (const chunk of response.body ?? []) if (Buffer.from(chunk).includes('data:')) resolve()
      })().catch(() => undefined)
    }
    while (registry.stats().eventSubscribers === 0) await new Promise((done) => setImmediate(done))
    await registry.servers.create({ name: 'a', refresh: false, config: { transport: 'stdio', command: 'x' } })
    await opened
    expect(named('subscription')).toMatchObject({
      parentSpanContext: { traceId: callers.traceId, spanId: callers.spanId },
      attributes: { 'graphql.operation.type': 'subscription', 'graphql.operation.name': 'Feed' },
    })
    expect(operations).toMatchObject([{ type: 'subscription', name: 'Feed', hasErrors: false }])
    leaving.abort()
    await client.dispose()
    while (registry.stats().eventSubscribers > 0) await new Promise((done) => setImmediate(done))
  })
})

describe('an operation that fails', () => {
  const broken = '{ mcpTools { totalCount } }'
  const refused = '{ mcpTools(first: -1) { nodes { id } } }'

  it.each([
    ['over HTTP', (query: string) => post(query, { traceparent })],
    ['as an event stream', (query: string) => post(query, { traceparent, accept: 'text/event-stream' })],
    ['over WebSocket', (query: string) => overSocket(query, { extensions: { traceparent } })],
  ])('that fails internally is an ERROR, and one that is rejected is not, %s', async (way, ask) => {
    expect(await ask(broken)).toContain('Internal error')
    expect(named('query')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'INTERNAL', 'graphql.operation.type': 'query' },
    })
    expect(named('query')?.attributes).not.toHaveProperty('graphql.operation.name')
    // A logger sees the trace, except for event streams, whose errors are masked outside any trace.
    if (way !== 'as an event stream') expect(activeAtFault).toEqual([callers.traceId])
    telemetry.reset()
    expect(await ask(refused)).toContain('INVALID_INPUT')
    expect(named('query')).toMatchObject({ status: { code: SpanStatusCode.UNSET } })
    expect(operations).toMatchObject([{ hasErrors: true }, { hasErrors: true }])
  })

  it('is told of to an observer that throws, and answered all the same', async () => {
    const seen: unknown[] = []
    const handler = createHandler(registry, {
      onOperation: () => {
        throw new Error('an observer')
      },
      onError: (error) => seen.push(error),
    })
    const response = await handler(new Request('http://localhost/graphql?query={__typename}'))
    expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } })
    expect(seen).toEqual([new Error('an observer')])
  })
})
