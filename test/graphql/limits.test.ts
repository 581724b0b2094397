import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createRegistry, type Registry } from '@toolyard/core'
import { type Caller, createHandler, createNodeListener, type Limits, useWebSocket } from '@toolyard/graphql'
import { getIntrospectionQuery } from 'graphql'
import { createClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'

interface Answered {
  readonly status?: number
  readonly retryAfter?: string | null
  // What a test asked for decides what the answer holds; the test says so by what it expects.
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly body: any
}

async function start(limits: Partial<Limits> = {}, caller?: Caller) {
  const registry = await createRegistry()
  const handler = createHandler(registry, { limits, ...(caller ? { authenticate: () => caller } : {}) })
  const server = createServer(createNodeListener(handler))
  const bridge = useWebSocket(handler, { server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  const url = `127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })

  async function post(query: string, variables?: object, accept = 'application/json'): Promise<Answered> {
    const headers = { 'content-type': 'application/json', accept }
    const answer = await fetch(`http://${url}`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    const text = await answer.text()
    const json = /^data: (.+)$/m.exec(text)?.[1] ?? text
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: JSON.parse(json) }
  }

  async function get(query: string, variables: object = {}): Promise<Answered> {
    const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) })
    const answer = await fetch(`http://${url}?${parameters}`)
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.json() }
  }

  async function overWebSocket(query: string, variables: object = {}): Promise<Answered> {
    try {
      for await (const body of client.iterate({ query, variables: { ...variables } })) return { body }
    } catch (errors) {
      return { body: { errors } }
    }
    throw new Error('expected an answer')
  }

  /** A subscription that goes on, with its first message where there is one. */
  function subscribe(query = 'subscription { mcpServerEvents(heartbeatMs: 1000) { __typename } }') {
    const messages = client.iterate({ query })
    return { first: messages.next(), end: async () => void (await messages.return?.()) }
  }

  return {
    registry,
    refusals: handler.refusals,
    url,
    post,
    subscribe,
    /** The same over each transport. */
    transports: {
      HTTP: post,
      'HTTP GET': get,
      SSE: (query: string, variables?: object) => post(query, variables, 'text/event-stream'),
      WebSocket: overWebSocket,
    },
    async [Symbol.asyncDispose]() {
      await client.dispose()
      await bridge.close()
      await registry.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

const transports = ['HTTP', 'HTTP GET', 'SSE', 'WebSocket'] as const
const exceeded = (message: string) => [
  { message: expect.stringContaining(message), extensions: expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) },
]
const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ')} }`
const deep = (depth: number): string =>
  depth < 4 ? '{ name }' : `{ tools(first: 1) { nodes { server { ... on McpServerBase ${deep(depth - 3)} } } } }`
const nested = (depth: number) => `{ mcpServers(first: 1) { nodes { ... on McpServerBase ${deep(depth - 2)} } } }`
const directives = (count: number) => `{ ${'... @include(if: true) { __typename } '.repeat(count)} }`

describe.each(transports)('over %s', (transport) => {
  it.each([
    ['too many aliases', aliases(31), aliases(30)],
    ['nested too deep', nested(15), nested(12)],
    ['too many directives', directives(51), directives(50)],
  ])('an operation that has %s is refused, and one with as much as is allowed is not', async (message, over, most) => {
    await using api = await start()
    expect((await api.transports[transport](over)).body.errors).toMatchObject(exceeded(message))
    expect((await api.transports[transport](most)).body).not.toHaveProperty('errors')
  })

  it('a document of too many tokens is refused', async () => {
    await using api = await start()
    const { body } = await api.transports[transport](`{ ${'a '.repeat(2_001)} }`)
    expect(body.errors).toMatchObject(exceeded('expected at most 2000 tokens'))
    const most = await api.transports[transport](`{ ${'a '.repeat(1_997)} }`)
    expect(JSON.stringify(most.body)).not.toContain('LIMIT_EXCEEDED')
  })

  it('an operation that costs too much is refused, by its page sizes too where they are variables', async () => {
    await using api = await start()
    const pages = `query ($n: Int, $m: Int) { mcpServers(first: $n) { nodes { ... on McpServerBase {
      tools(first: $m) { nodes { id name } } } } } }`
    // 1 + 100 * (1 + 1 + 65 * (1 + 2)) and 1 + 100 * (1 + 1 + 66 * (1 + 2))
    const most = await api.transports[transport](pages, { n: 100, m: 65 })
    expect(most.body).toMatchObject({ data: { mcpServers: { nodes: [] } }, extensions: { cost: 19_701 } })
    const { body } = await api.transports[transport](pages, { n: 100, m: 66 })
    expect(body.errors).toMatchObject(exceeded('expected a cost of at most 20000 (maxCost), got 20001'))
    expect(body.data ?? null).toBeNull()
    const defaults = await api.transports[transport]('{ mcpServers { nodes { __typename } totalCount } }')
    expect(defaults.body.extensions).toEqual({ cost: 1 + 50 * 3 })
  })

  it('a caller beyond its rate is told when to retry', async () => {
    await using api = await start({ rate: { capacity: 10, perSecond: 0.01 } })
    const query = '{ rateLimit { cost limit remaining resetAt } }'
    const first = await api.transports[transport](query)
    expect(first.body.data.rateLimit).toEqual({ cost: 5, limit: 10, remaining: 5, resetAt: expect.any(String) })
    expect((await api.transports[transport](query)).body.data.rateLimit.remaining).toBe(0)
    const { status, retryAfter, body } = await api.transports[transport](query)
    const [{ extensions }] = body.errors
    expect(extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
    expect(extensions.retryAfterMs).toBeGreaterThan(400_000)
    if (transport === 'WebSocket') return
    expect(Number(retryAfter)).toBe(Math.ceil(extensions.retryAfterMs / 1_000))
    expect(status).toBe(429)
  })

  it('an operation that takes too long is answered without its result, and what it started goes on', async () => {
    await using fixture = await startFixture()
    await using api = await start({ executionTimeoutMs: 150 })
    const config = { transport: 'streamableHttp' as const, serverUrl: fixture.url }
    const { id } = await api.registry.servers.create({ name: 'a', config, refresh: false })
    await (await api.registry.servers.refresh(id)).result()
    const run = `mutation { runMcpTool(input: { tool: { qualified: { server: "a", tool: "hang" } } }) { __typename } }`
    // A mutation is not taken by GET.
    const { body } = await api.transports[transport === 'HTTP GET' ? 'HTTP' : transport](run)
    expect(body.errors).toMatchObject([{ extensions: { code: 'TIMEOUT' } }])
    expect(await api.registry.runs.count({ status: ['RUNNING'] })).toBe(1)
  })

  it('the types of the schema are told to those who may know them, and never one by one', async () => {
    const introspection = getIntrospectionQuery()
    await using open = await start()
    expect((await open.transports[transport](introspection)).body).not.toHaveProperty('errors')
    const { body } = await open.transports[transport]('{ mcpServer { nam } mcpSevers { x } }')
    expect(JSON.stringify(body.errors)).not.toContain('mean')
    await using closed = await start({ introspection: 'AUTHENTICATED' })
    for (const query of [introspection, '{ ...f } fragment f on Query { a: __type(name: "Query") { name } }']) {
      const refused = await closed.transports[transport](query)
      expect(refused.body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    }
    expect((await closed.transports[transport]('{ __typename }')).body.data).toEqual({ __typename: 'Query' })
    const caller: Caller = { tenant: 'default', id: 'key', scopes: new Set(['read']), expiresAt: null }
    await using known = await start({ introspection: 'AUTHENTICATED' }, caller)
    expect((await known.transports[transport](introspection)).body).not.toHaveProperty('errors')
    await using hidden = await start({ introspection: 'NONE' }, caller)
    const refused = await hidden.transports[transport](introspection)
    expect(refused.body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  })
})

it('a rate is that of one caller, and there is one by default where callers are known', async () => {
  const caller = (id: string): Caller => ({ tenant: 'default', id, scopes: new Set(['read']), expiresAt: null })
  await using one = await start({}, caller('one'))
  const { body } = await one.post('{ rateLimit { limit } }')
  expect(body.data.rateLimit.limit).toBe(100_000)
  await using open = await start()
  expect((await open.post('{ rateLimit { limit } }')).body.data.rateLimit).toBeNull()
})

it('refused operations are charged, and written down only as often as the rate of their caller allows', async () => {
  const caller: Caller = { tenant: 'default', id: 'one', scopes: new Set(['read']), expiresAt: null }
  await using api = await start({ rate: { capacity: 300, perSecond: 0.01 } }, caller)
  const codes = []
  for (let n = 0; n < 5; n += 1) {
    const { body } = await api.post('mutation { deleteMcpServer(input: { id: "x" }) { __typename } }')
    codes.push(body.errors[0].extensions.code)
  }
  expect(codes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'RATE_LIMITED', 'RATE_LIMITED'])
  await expect.poll(() => api.registry.audit.count({ action: ['OPERATION'] })).toBe(3)
})

it('refused mutations are charged beyond what they cost, and others are not', async () => {
  const caller: Caller = { tenant: 'default', id: 'one', scopes: new Set(['read', 'write']), expiresAt: null }
  await using api = await start({ rate: { capacity: 1_000, perSecond: 1 } }, caller)
  const remaining = async () => (await api.post('{ rateLimit { remaining } }')).body.data.rateLimit.remaining
  const deleting = (id: string) => api.post(`mutation { deleteMcpServer(input: { id: "${id}" }) { __typename } }`)
  const { id } = await api.registry.servers.create({
    name: 'a',
    config: { transport: 'streamableHttp', serverUrl: 'http://127.0.0.1:9/' },
    refresh: false,
  })
  const before = await remaining()
  expect((await deleting(id)).body.data.deleteMcpServer.__typename).toBe('DeleteMcpServerPayload')
  const between = await remaining()
  expect(before - between).toBeLessThan(20)
  expect((await deleting(id)).body.data.deleteMcpServer.__typename).toBe('InputError')
  expect(between - (await remaining())).toBeGreaterThanOrEqual(100)
  const codes = []
  for (let n = 0; n < 12; n += 1) codes.push((await deleting(id)).body.errors?.[0].extensions.code)
  expect(codes.at(-1)).toBe('RATE_LIMITED')
})

/** A registry whose one tool is long, as a hostile server would have it. */
async function withLongTool(api: { readonly registry: Registry }, length: number) {
  const tool = { name: 'long', inputSchema: { type: 'object', description: 'x'.repeat(length) } }
  const mcp = await startScripted(({ method, result }) => {
    if (method !== 'tools/list') return false
    result({ tools: [tool] })
    return true
  })
  const config = { transport: 'streamableHttp' as const, serverUrl: mcp.url }
  const { id } = await api.registry.servers.create({ name: 'a', config, refresh: false })
  await (await api.registry.servers.refresh(id)).result()
  return mcp
}
const schemas = '{ mcpTools(first: 10) { nodes { inputSchema } } }'

describe.each(transports)('a long answer over %s', (transport) => {
  it('is refused beyond its limit, however small the cost, and its aliases count each', async () => {
    await using api = await start({ maxAnswerBytes: 250_000 })
    await using _mcp = await withLongTool(api, 200_000)
    const { body } = await api.transports[transport](schemas)
    expect(body.data.mcpTools.nodes[0].inputSchema.description).toHaveLength(200_000)
    const twice = '{ mcpTools(first: 1) { nodes { a: inputSchema b: inputSchema } } }'
    const refused = await api.transports[transport](twice)
    expect(refused.body.errors).toMatchObject(exceeded('expected at most 250000 bytes (maxAnswerBytes), got more than'))
    expect(refused.body.data ?? null).toBeNull()
    expect(api.refusals.maxAnswerBytes).toBe(1)
  })

  it('costs its caller 1 for each KiB, once it is known', async () => {
    await using api = await start({ rate: { capacity: 1_000, perSecond: 0.01 } })
    await using _mcp = await withLongTool(api, 500_000)
    const first = await api.transports[transport](schemas)
    expect(first.body.extensions.cost).toBe(488)
    const { body } = await api.transports[transport]('{ rateLimit { remaining } }')
    expect(body.data.rateLimit.remaining).toBe(1_000 - 488 - 2)
    await api.transports[transport](schemas)
    expect((await api.transports[transport](schemas)).body.errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED' } },
    ])
  })

  it('whose lists have no pages is refused by what is asked of their items', async () => {
    await using api = await start({ maxListFields: 100 })
    const tools = Array.from({ length: 30 }, (_, n) => ({ name: `t${n}`, inputSchema: { type: 'object' } }))
    await using mcp = await startScripted(({ method, result }) => {
      if (method !== 'tools/list') return false
      result({ tools })
      return true
    })
    const config = { transport: 'streamableHttp' as const, serverUrl: mcp.url }
    const { id } = await api.registry.servers.create({ name: 'a', config, refresh: false })
    const refresh = await (await api.registry.servers.refresh(id)).result()
    const ask = (fields: string) => `{ mcpServerRefresh(id: "${refresh.id}") { added { ${fields} } } }`
    const few = await api.transports[transport](ask('id name qualifiedName'))
    expect(few.body.data.mcpServerRefresh.added).toHaveLength(30)
    const { body } = await api.transports[transport](`${ask('id name ...f')} fragment f on McpTool { enabled tags }`)
    expect(body.errors).toMatchObject(exceeded('expected at most 100 fields (maxListFields)'))
  })
})

it('fields that may be long cost as ten others', async () => {
  await using api = await start()
  const { body } = await api.post('{ mcpTools(first: 5) { nodes { id inputSchema } } }')
  expect(body.extensions.cost).toBe(1 + 5 * (1 + 1 + 10))
})

it('operations that would wait for room are refused beyond a number, and the others have their turns', async () => {
  await using api = await start({ answerBytesPerTenant: 300_000, maxAnswerBytes: 300_000, waitingPerTenant: 3 })
  await using _mcp = await withLongTool(api, 100_000)
  const answers = await Promise.all(Array.from({ length: 30 }, () => api.post(schemas)))
  const refused = answers.filter(({ status }) => status === 429)
  for (const { body, retryAfter } of refused) {
    expect(body.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } }])
    expect(retryAfter).toBe('1')
  }
  expect(api.refusals.waitingPerTenant).toBe(refused.length)
  for (const { body } of answers.filter((each) => !refused.includes(each))) expect(body).not.toHaveProperty('errors')
  expect(answers.length - refused.length).toBeGreaterThan(3)
})

describe('a WebSocket', () => {
  const open = async (url: string) => {
    const socket = new WebSocket(`ws://${url}`, 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    const messages: { readonly type: string; readonly id?: string; readonly payload?: unknown }[] = []
    socket.on('message', (data) => messages.push(JSON.parse(String(data))))
    return { socket, messages }
  }

  it('is read no faster than its rate allows, and loses nothing', async () => {
    await using api = await start({ messageRate: { capacity: 5, perSecond: 100 } })
    const { socket, messages } = await open(api.url)
    for (let n = 0; n < 20; n += 1) socket.send(JSON.stringify({ type: 'ping', payload: { n } }))
    await expect.poll(() => messages.length).toBe(20)
    expect(messages).toEqual(Array.from({ length: 20 }, (_, n) => ({ type: 'pong', payload: { n } })))
    expect(api.refusals.messageRate).toBeGreaterThan(0)
    socket.terminate()
  })

  it('repeats no long payload of a ping, and closes for a long id', async () => {
    await using api = await start()
    const { socket, messages } = await open(api.url)
    socket.send(JSON.stringify({ type: 'ping', payload: { a: 'x'.repeat(2_000) } }))
    await expect.poll(() => messages).toEqual([{ type: 'pong' }])
    const payload = { query: '{ nothing }' }
    socket.send(JSON.stringify({ id: 'x'.repeat(200), type: 'subscribe', payload }))
    await expect.poll(() => messages.at(-1)).toMatchObject({ type: 'error', id: 'x'.repeat(200) })
    socket.send(JSON.stringify({ id: 'x'.repeat(201), type: 'subscribe', payload }))
    expect((await once(socket, 'close'))[0]).toBe(4400)
    expect(messages).toHaveLength(2)
  })

  it('has so many operations at a time', async () => {
    await using api = await start({ operationsPerSocket: 3, subscriptionsPerSocket: 10 })
    const open = [api.subscribe(), api.subscribe(), api.subscribe()]
    for (const { first } of open) await first
    const refused = await api.transports.WebSocket('{ __typename }')
    expect(refused.body.errors).toMatchObject(exceeded('Too many operations of one socket'))
    await open[0]?.end()
    await expect.poll(async () => (await api.transports.WebSocket('{ __typename }')).body.data).toBeDefined()
    await Promise.all(open.map(({ end }) => end()))
  })
})

it('each refusal of a document counts, also one that is known', async () => {
  await using api = await start()
  for (let n = 0; n < 3; n += 1) {
    await api.post(aliases(31))
    await api.post(`{ ${'a '.repeat(2_001)} }`)
    await api.transports.WebSocket(nested(15))
  }
  expect(api.refusals).toMatchObject({ maxAliases: 3, maxTokens: 3, maxDepth: 3, maxCost: 0 })
})

describe('subscriptions', () => {
  it('of one socket have a limit, and one that ends makes room', async () => {
    await using api = await start({ subscriptionsPerSocket: 2 })
    const open = [api.subscribe(), api.subscribe()]
    for (const { first } of open) expect((await first).value.data).toBeDefined()
    const third = await api.subscribe().first.catch((errors: unknown) => ({ value: { errors } }))
    expect(third.value.errors).toMatchObject(exceeded('Too many subscriptions of one socket'))
    await open[0]?.end()
    const next = api.subscribe()
    expect((await next.first).value.data).toBeDefined()
    // A query is no subscription.
    expect((await api.transports.WebSocket('{ __typename }')).body.data).toEqual({ __typename: 'Query' })
    await Promise.all([open[1]?.end(), next.end()])
  })

  it('of one tenant have a limit over all transports, and one that is left makes room', async () => {
    await using api = await start({ subscriptionsPerTenant: 2 })
    const overSocket = api.subscribe()
    await overSocket.first
    const leaving = new AbortController()
    const query = 'subscription { mcpServerEvents(heartbeatMs: 1000) { __typename } }'
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const stream = (signal?: AbortSignal) =>
      fetch(`http://${api.url}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query }),
        ...(signal && { signal }),
      })
    const overHttp = await stream(leaving.signal)
    await overHttp.body?.getReader().read()
    expect(await (await stream()).text()).toContain('Too many subscriptions of one tenant')
    const refused = await api.subscribe().first.catch((errors: unknown) => ({ value: { errors } }))
    expect(refused.value.errors).toMatchObject(exceeded('Too many subscriptions of one tenant'))
    // One that cannot begin holds no place.
    await api.subscribe('subscription { toolRunEvents(runId: "none") { __typename } }').first.catch(() => undefined)
    leaving.abort()
    while (api.registry.stats().eventSubscribers > 1) await nextTurn()
    const next = api.subscribe()
    expect((await next.first).value.data).toBeDefined()
    await Promise.all([overSocket.end(), next.end()])
  })
})

it('sockets from one address have a limit: the upgrade is refused, and one that closes makes room', async () => {
  await using api = await start({ socketsPerAddress: 2 })
  const open = async () => {
    const socket = new WebSocket(`ws://${api.url}`, 'graphql-transport-ws')
    await once(socket, 'open')
    return socket
  }
  const [first, second] = [await open(), await open()]
  const third = new WebSocket(`ws://${api.url}`, 'graphql-transport-ws')
  const [, response] = await once(
    third.on('error', () => undefined),
    'unexpected-response',
  )
  expect(response.statusCode).toBe(429)
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  first.terminate()
  let next: WebSocket | undefined
  while (!next) next = await open().catch(() => undefined)
  for (const socket of [second, next, third]) socket.terminate()
})

describe('a request', () => {
  it('that is too large is refused with 413, and its socket closed with 1009', async () => {
    await using api = await start({ maxRequestBytes: 10_000 })
    const query = `{ __typename } # ${'x'.repeat(10_000)}`
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ query })
    const answer = await fetch(`http://${api.url}`, { method: 'POST', headers, body })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ errors: [{ message: expect.any(String) }] })
    const socket = new WebSocket(`ws://${api.url}`, 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
    expect((await once(socket, 'close'))[0]).toBe(1009)
  })

  it('of several operations at once is refused', async () => {
    await using api = await start()
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }])
    const answer = await fetch(`http://${api.url}`, { method: 'POST', headers, body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toHaveProperty('errors')
  })
})
