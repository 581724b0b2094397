import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context } from '@opentelemetry/api'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener, type HandlerOptions, useWebSocket } from '@toolyard/graphql'
import { depsOf } from '@toolyard/graphql/internal'
import { getIntrospectionQuery, parse, print } from 'graphql'
import { createClient, type SubscribePayload } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

const names = `query Names($first: Int) {
  mcpServers(first: $first) { totalCount nodes { ... on McpServerBase { ...Named } } }
}
fragment Named on McpServerBase { name }`
const remove = 'mutation Remove($id: ID!) { deleteMcpServer(input: { id: $id }) { __typename } }'
const feed = `subscription Feed { mcpServerEvents(heartbeatMs: 1000) { __typename } }`
const two = 'query One { registryInfo { version } } query Two { registryInfo { stdioAllowed } }'
const hash = hashOf(names)
const persistedOperations = { [`sha256:${hash}`]: names, [hashOf(remove)]: remove, feed, 'sha256:two': two }
const answered = { mcpServers: { totalCount: 1, nodes: [{ name: 'a' }] } }

interface Body extends Partial<Omit<SubscribePayload, 'extensions'>> {
  readonly documentId?: unknown
  readonly extensions?: Record<string, unknown>
}

interface Answered {
  readonly status?: number
  // What a test asked for decides what the answer holds; the test says so by what it expects.
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly body: any
}

const graphqlJson = 'application/graphql-response+json'

async function start(options: HandlerOptions = {}) {
  const registry = await createRegistry()
  const { id } = await registry.servers.create({
    name: 'a',
    refresh: false,
    config: { transport: 'stdio', command: 'x' },
  })
  const handler = createHandler(registry, { persistedOperations, ...options })
  const server = createServer(createNodeListener(handler))
  const bridge = useWebSocket(handler, { server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  const url = `127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })

  /** The answer, or the first event of a stream. */
  async function answerOf(answer: Response): Promise<Answered> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const [, event] = /^data: (.+)\n/m.exec(text) ?? []
      if (event !== undefined) return { status: answer.status, body: JSON.parse(event) }
    }
    return { status: answer.status, body: JSON.parse(text) }
  }

  async function post(body: Body, accept = graphqlJson): Promise<Answered> {
    const headers = { 'content-type': 'application/json', accept }
    return answerOf(await fetch(`http://${url}`, { method: 'POST', headers, body: JSON.stringify(body) }))
  }

  async function get(body: Body): Promise<Answered> {
    const parameters = new URLSearchParams()
    for (const [name, value] of Object.entries(body)) {
      parameters.set(name, typeof value === 'string' ? value : JSON.stringify(value))
    }
    return answerOf(await fetch(`http://${url}?${parameters}`, { headers: { accept: graphqlJson } }))
  }

  async function overWebSocket(body: Body): Promise<Answered> {
    try {
      for await (const result of client.iterate({ query: '', ...body })) return { body: result }
    } catch (errors) {
      return { body: { errors } }
    }
    throw new Error('expected an answer')
  }

  return {
    registry,
    handler,
    id,
    url,
    /** The same over each transport. */
    transports: {
      // Its media type keeps it from the fast path.
      'HTTP by yoga': (body: Body) => post(body, `${graphqlJson}; charset=utf-8`),
      HTTP: post,
      'HTTP GET': get,
      SSE: (body: Body) => post(body, 'text/event-stream'),
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

const transports = ['HTTP by yoga', 'HTTP', 'HTTP GET', 'SSE', 'WebSocket'] as const
const apollo = (sha256Hash: unknown) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } })
const refused = (code: string) => [{ extensions: { code } }]

describe.each(transports)('over %s', (transport) => {
  it.each([
    ['documentId of GraphQL over HTTP', { documentId: `sha256:${hash}` }],
    ['documentId without its prefix', { documentId: hash }],
    ['the extension of Apollo and urql', apollo(hash)],
    ['the extension with a prefix', apollo(`sha256:${hash}`)],
    ['documentId beside another extension', { documentId: hash, ...apollo('else') }],
  ])('a document is named by %s', async (_, body) => {
    await using api = await start()
    const { body: answer } = await api.transports[transport]({ ...body, variables: { first: 5 } })
    expect(answer).toMatchObject({ data: answered })
  })

  it('a document of several operations is named with the one that is meant', async () => {
    await using api = await start()
    const body = { documentId: 'two', operationName: 'Two' }
    expect((await api.transports[transport](body)).body.data).toEqual({ registryInfo: { stdioAllowed: true } })
  })

  it('an id that is not known is answered as clients look for it, and the text is taken then', async () => {
    await using api = await start()
    const query = '{ registryInfo { stdioAllowed } }'
    for (const body of [{ documentId: 'sha256:unknown' }, apollo(hashOf(query)), { documentId: '__proto__' }]) {
      const { status, body: answer } = await api.transports[transport](body)
      expect(answer.errors).toEqual([
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ])
      if (transport.startsWith('HTTP')) expect(status).toBe(404)
    }
    // As urql does; the text counts, whatever the id.
    const miss = { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(query), miss: true } } }
    for (const ids of [miss, apollo(hash), { documentId: hash }]) {
      const { body } = await api.transports[transport]({ query, ...ids })
      expect(body.data).toEqual({ registryInfo: { stdioAllowed: true } })
    }
  })

  it('has its other limits for persisted operations too', async () => {
    const introspection = getIntrospectionQuery()
    await using api = await start({
      persistedOperations: { introspection, names },
      onlyPersisted: true,
      limits: { introspection: 'NONE', maxCost: 20 },
    })
    const { body } = await api.transports[transport]({ documentId: 'introspection' })
    expect(body.errors).toMatchObject(refused('FORBIDDEN'))
    const costly = await api.transports[transport]({ documentId: 'names', variables: { first: 100 } })
    expect(costly.body.errors).toMatchObject(refused('LIMIT_EXCEEDED'))
  })
})

describe('an id', () => {
  it('of a mutation is not taken by GET, and by POST it is', async () => {
    await using api = await start()
    const body = { documentId: hashOf(remove), variables: { id: api.id } }
    expect((await api.transports['HTTP GET'](body)).status).toBe(405)
    expect(await api.registry.servers.count()).toBe(1)
    expect((await api.transports.HTTP(body)).body.data).toEqual({
      deleteMcpServer: { __typename: 'DeleteMcpServerPayload' },
    })
  })

  it.each(['SSE', 'WebSocket'] as const)('of a subscription opens it over %s', async (transport) => {
    await using api = await start()
    const body = transport === 'SSE' ? { documentId: 'feed' } : apollo('feed')
    const { body: event } = await api.transports[transport](body)
    expect(event).toMatchObject({ data: { mcpServerEvents: { __typename: 'Heartbeat' } } })
  })

  it('that is not a string is rejected, and null counts as absent', async () => {
    await using api = await start()
    for (const body of [{ documentId: 5 }, apollo(['x'])]) {
      const { status, body: answer } = await api.transports.HTTP(body)
      expect({ status, answer }).toMatchObject({ status: 400, answer: { errors: refused('BAD_REQUEST') } })
      expect((await api.transports.WebSocket(body)).body.errors).toMatchObject(refused('BAD_REQUEST'))
    }
    const { body } = await api.transports.HTTP({ documentId: null })
    expect(body.errors).toMatchObject([{ message: 'Must provide query string.' }])
  })

  it('that is not known is answered with 200 where the client takes no other JSON than application/json', async () => {
    await using api = await start()
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const answer = await fetch(`http://${api.url}`, { method: 'POST', headers, body: '{"documentId":"none"}' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ errors: [{ message: 'PersistedQueryNotFound' }] })
  })

  it('is known on the fast path', async () => {
    await using api = await start()
    const caller = { tenant: 'default', id: 'a', scopes: new Set(['read'] as const), expiresAt: null }
    const execute = (body: Body) =>
      depsOf(api.handler).executeFast(Buffer.from(JSON.stringify(body)), caller, context.active())
    expect(await execute({ documentId: hash })).toMatchObject({ data: answered })
    expect(await execute({ query: '', ...apollo(hash) })).toMatchObject({ data: answered })
    expect(await execute({ documentId: 'none' })).toBeUndefined()
  })
})

/** None of the manifest's. */
const others: readonly (readonly [string, Body])[] = [
  ['another query', { query: '{ registryInfo { version } }' }],
  ['introspection', { query: getIntrospectionQuery() }],
  ['__typename alone', { query: '{ __typename }' }],
  ['a persisted one with a field more', { query: names.replace('totalCount', 'totalCount pageInfo { hasNextPage }') }],
  ['a persisted one with an alias more', { query: names.replace('totalCount', 'count: totalCount') }],
  ['a persisted one with another argument', { query: names.replace('$first)', '$first, after: "x")') }],
  ['a persisted one with a directive', { query: names.replace('totalCount', 'totalCount @include(if: true)') }],
  ['a persisted one with another fragment', { query: names.replace(/{ name }$/, '{ name id }') }],
  ['a persisted one with a fragment more', { query: `${names} fragment More on Query { __typename }` }],
  ['a persisted one without a fragment', { query: names.replace('...Named', 'name').replace(/fragment .*/, '') }],
  ['a persisted one under another name', { query: names.replace('Names', 'Other') }],
  ['the id of a persisted one beside another text', { documentId: hash, query: '{ registryInfo { version } }' }],
  ['two persisted ones in one', { query: `${names} ${feed}`, operationName: 'Names' }],
  ['a persisted one beside another', { query: `${names} query Other { __typename }`, operationName: 'Other' }],
  ['one of the two that a document has', { query: 'query One { registryInfo { version } }' }],
  ['a mutation behind a query', { query: `${names} ${remove}`, operationName: 'Names' }],
]

describe.each(transports)('with onlyPersisted, over %s', (transport) => {
  it.each(others)('%s is refused, and nothing of the schema told', async (_, body) => {
    await using api = await start({ onlyPersisted: true })
    // The second time from what is kept of the first.
    for (let n = 0; n < 2; n += 1) {
      const { status, body: answer } = await api.transports[transport](body)
      const message = expect.stringContaining('--persisted-operations')
      expect(answer.errors).toEqual([{ message, extensions: { code: 'OPERATION_NOT_PERSISTED' } }])
      expect(answer.data ?? null).toBeNull()
      if (transport.startsWith('HTTP')) expect(status).toBe(400)
    }
  })

  it('fields that are not there are not told of', async () => {
    await using api = await start({ onlyPersisted: true })
    const { body } = await api.transports[transport]({ query: '{ nothing mcpServers(x: 1) { a } }' })
    expect(body.errors).toHaveLength(1)
    expect(body.errors).toMatchObject(refused('OPERATION_NOT_PERSISTED'))
  })

  it.each([
    ['the text', names],
    ['printed anew', print(parse(names))],
    ['with comments and on one line', `# of ours\n${names.replaceAll(/\s+/g, ' ')}`],
    ['with its definitions in another order', names.replace(/^([\s\S]*)\n(fragment .*)$/, '$2\n$1')],
    [
      'with __typename as urql and Apollo add it',
      names.replace('totalCount', '__typename totalCount').replaceAll('{ name }', '{ name __typename }'),
    ],
  ])('a persisted one is taken: %s', async (_, query) => {
    await using api = await start({ onlyPersisted: true })
    const { body } = await api.transports[transport]({ query, variables: { first: 1 } })
    expect(body.errors).toBeUndefined()
    expect(body.data.mcpServers.totalCount).toBe(1)
    expect((await api.transports[transport]({ documentId: hash })).body).toMatchObject({ data: answered })
  })
})

describe('with onlyPersisted', () => {
  it.each(['HTTP', 'HTTP by yoga', 'SSE', 'WebSocket'] as const)(
    'no mutation hides beside a persisted query over %s',
    async (transport) => {
      await using api = await start({ onlyPersisted: true })
      const hidden = names.replace(
        'query Names',
        `mutation Hidden { deleteMcpServer(input: { id: "${api.id}" }) { __typename } } query Names`,
      )
      for (const body of [
        { query: hidden, operationName: 'Hidden' },
        { documentId: hash, query: hidden, operationName: 'Hidden' },
      ]) {
        expect((await api.transports[transport](body)).body.errors).toMatchObject(refused('OPERATION_NOT_PERSISTED'))
      }
      const elsewhere = await api.transports[transport]({ documentId: hash, operationName: 'Hidden' })
      expect(elsewhere.body.errors).toHaveLength(1)
      expect(await api.registry.servers.count()).toBe(1)
    },
  )

  it.each(['SSE', 'WebSocket'] as const)('another subscription is refused over %s', async (transport) => {
    await using api = await start({ onlyPersisted: true })
    const { body } = await api.transports[transport]({ query: feed.replace('1000', '1001') })
    expect(body.errors).toMatchObject(refused('OPERATION_NOT_PERSISTED'))
    expect((await api.transports[transport]({ query: feed })).body.data).toBeDefined()
  })

  it('several requests in one are refused, and there is no GraphiQL', async () => {
    await using api = await start({ onlyPersisted: true })
    const headers = { 'content-type': 'application/json', accept: graphqlJson }
    const body = JSON.stringify([{ documentId: hash }, { query: '{ __typename }' }])
    expect((await fetch(`http://${api.url}`, { method: 'POST', headers, body })).status).toBe(400)
    const page = await fetch(`http://${api.url}`, { headers: { accept: 'text/html' } })
    expect(await page.text()).not.toContain('GraphiQL')
    await using open = await start()
    expect(await (await fetch(`http://${open.url}`, { headers: { accept: 'text/html' } })).text()).toContain('GraphiQL')
  })
})

it.each([
  [{ 'sha256:ab': 'query {' }, 'persisted operation "sha256:ab": expected a GraphQL document, got at line 1, column 8'],
  [{ 'sha256:ab': '{ a }', ab: '{ b }' }, 'persisted operation "ab": expected one document, got another one'],
])('a manifest of %j is invalid', async (operations, message) => {
  const registry = await createRegistry()
  expect(() => createHandler(registry, { persistedOperations: operations })).toThrow(new RegExp(`^${message}`))
  expect(() => createHandler(registry, { persistedOperations: operations })).toThrow(TypeError)
  await registry.close()
})
