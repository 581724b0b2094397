import { once } from 'node:events'
import { createServer, type RequestListener, request, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { createRegistry, type Registry } from '@toolyard/core'
import { createHandler, createNodeListener, type GraphQLHandler } from '@toolyard/graphql'
import { depsOf } from '@toolyard/graphql/internal'
import { afterAll, beforeAll, expect, it } from 'vitest'

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: string
}

const servers: Server[] = []
let registry: Registry
let executed = 0
let plain: number
let general: number

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** One field of the registry fails unexpectedly, and the others are counted. */
function withFault(target: Registry): Registry {
  const tools = new Proxy(target.tools, {
    get: (of, name) => (name === 'count' ? () => Promise.reject(new Error('marker')) : Reflect.get(of, name)),
  })
  return new Proxy(target, {
    get: (of, name) => {
      executed += 1
      return name === 'tools' ? tools : Reflect.get(of, name)
    },
  })
}

beforeAll(async () => {
  registry = await createRegistry()
  // A handler each, as each keeps the documents that it has seen.
  const handlers: GraphQLHandler[] = [createHandler(withFault(registry)), createHandler(withFault(registry))]
  const [first, second] = handlers
  if (!first || !second) throw new Error('expected two handlers')
  plain = await listen(createNodeListener(first))
  general = await listen(depsOf(second).yoga)
})
afterAll(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await registry.close()
})

async function send(port: number, { method = 'POST', path = '/graphql', headers = {}, body = '' }: Sent) {
  const sent = request({ port, host: '127.0.0.1', method, path, headers: { host: 'localhost', ...headers } }).end(body)
  const [response] = await once(sent, 'response')
  const { date: _, ...received } = response.headers
  // The id of an unexpected error is new each time.
  const answer = (await text(response)).replaceAll(/"id":"[0-9a-f-]{36}"/g, '"id":"…"')
  return { status: response.statusCode, message: response.statusMessage, headers: received, body: answer }
}

const json = { 'content-type': 'application/json' }
const asked = (params: unknown, headers: Sent['headers'] = {}): Sent => ({
  headers: { ...json, ...headers },
  body: JSON.stringify(params),
})
const version = '{ registryInfo { version } }'
const deleteServer = 'mutation ($id: ID!) { deleteMcpServer(input: { id: $id }) { __typename } }'
const twice = 'query A { __typename } query B { registryInfo { version } }'

const requests: Readonly<Record<string, Sent>> = {
  'a query': asked({ query: version }),
  'a query as GraphQL response': asked({ query: version }, { accept: 'application/graphql-response+json' }),
  'a query for a client that takes more': asked(
    { query: version },
    { accept: 'application/graphql-response+json, application/json;q=0.9, text/event-stream' },
  ),
  'a query for a client that takes event streams first': asked(
    { query: version },
    { accept: 'text/event-stream, application/json' },
  ),
  'a query for a client that takes anything': asked({ query: version }, { accept: '*/*' }),
  'a query for a client that takes HTML': asked({ query: version }, { accept: 'text/html' }),
  'a query as an event stream': asked({ query: version }, { accept: 'text/event-stream' }),
  'a query with a charset': asked({ query: version }, { 'content-type': 'application/json; charset=utf-8' }),
  'a query in letters of three bytes': asked({ query: `query Größe { __typename } # €` }),
  'a query with nulls': asked({ query: version, variables: null, operationName: null, extensions: null }),
  'a query with a parameter that does not exist': asked({ query: version, id: 'a' }),
  'one of two operations': asked({ query: twice, operationName: 'B' }),
  'one of two operations, but which': asked({ query: twice }),
  'an operation that is not there': asked({ query: twice, operationName: 'C' }),
  'an operation name that is a number': asked({ query: twice, operationName: 1 }),
  'a mutation with an error': asked({ query: deleteServer, variables: { id: 'mcps_a' } }),
  'a variable that does not fit': asked({ query: deleteServer, variables: { id: { a: 'marker' } } }),
  'a variable that does not fit, as GraphQL response': asked(
    { query: deleteServer, variables: {} },
    { accept: 'application/graphql-response+json' },
  ),
  'variables that are no object': asked({ query: version, variables: [] }),
  'extensions that are no object': asked({ query: version, extensions: 'a' }),
  'a field that fails unexpectedly': asked({ query: '{ mcpTools { totalCount } }' }),
  'a field that fails unexpectedly, as GraphQL response': asked(
    { query: '{ mcpTools { totalCount } }' },
    { accept: 'application/graphql-response+json' },
  ),
  'a field that refuses its argument': asked({ query: '{ mcpTools(first: -1) { nodes { id } } }' }),
  'a field that is nullable': asked({ query: '{ a: __typename node(id: "mcps_a") { id } }' }),
  'a document that does not parse': asked({ query: '{ a(' }),
  'a document that does not parse, as GraphQL response': asked(
    { query: '{ b(' },
    { accept: 'application/graphql-response+json' },
  ),
  'a document that is not valid': asked({ query: '{ nothing }' }),
  'a document that is not valid, as GraphQL response': asked(
    { query: '{ nothing }' },
    { accept: 'application/graphql-response+json' },
  ),
  'an empty document': asked({ query: '' }),
  'no document': asked({ variables: {} }),
  'a subscription that is refused': asked({ query: 'subscription { toolRunEvents(runId: "run_a") { __typename } }' }),
  'a list of requests': asked([{ query: version }]),
  'JSON that is no object': asked(null),
  'a body that is no JSON': { headers: json, body: '{ "query": marker' },
  'a body behind a byte order mark': { headers: json, body: `\uFEFF${JSON.stringify({ query: version })}` },
  'no body': { headers: json },
  'a body of no type': { body: JSON.stringify({ query: version }) },
  'a body in pieces': asked({ query: version }, { 'transfer-encoding': 'chunked' }),
  'a long body': asked({ query: version, extensions: { a: 'a'.repeat(2_000_000) } }),
  'a document as text': { headers: { 'content-type': 'application/graphql' }, body: version },
  'a form': { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query=%7B__typename%7D' },
  'a query in the URL': { method: 'GET', path: `/graphql?query=${encodeURIComponent(version)}` },
  'a query beside a URL': { ...asked({ query: version }), path: '/graphql?query=a' },
  'a mutation in the URL': { method: 'GET', path: '/graphql?query=mutation%7B__typename%7D' },
  'another method': { ...asked({ query: version }), method: 'PUT' },
  'another path': { ...asked({ query: version }), path: '/other' },
  'a browser': { method: 'OPTIONS', headers: { origin: 'http://a', 'access-control-request-method': 'POST' } },
}

it.each(Object.entries(requests))('%s is answered as yoga answers it, unknown and known', async (_, sent) => {
  const expected = await send(general, sent)
  expect(expected.body).not.toContain('marker')
  expect(await send(plain, sent)).toEqual(expected)
  expect(await send(plain, sent)).toEqual(await send(general, sent))
})

it('streams what a subscription yields, until the client goes away', async () => {
  const { headers, body } = asked({ query: 'subscription { mcpServerEvents { __typename } }' })
  const sent = request({ port: plain, host: '127.0.0.1', method: 'POST', path: '/graphql', headers }).end(body)
  const [response] = await once(sent, 'response')
  await registry.servers.create({ name: 'a', refresh: false, config: { transport: 'stdio', command: 'x' } })
  let received = ''
  for await (const chunk of response) {
    received += chunk
    if (received.includes('McpServerCreated')) break
  }
  expect(response.headers['content-type']).toContain('text/event-stream')
  while (registry.stats().eventSubscribers > 0) await new Promise((resolve) => setImmediate(resolve))
})

it('is not disturbed by a client that goes away within its body', async () => {
  const sent = request({ port: plain, method: 'POST', path: '/graphql', headers: { ...json, 'content-length': 100 } })
  sent.on('error', () => undefined)
  await new Promise<void>((resolve) => sent.write('{', () => resolve()))
  sent.destroy()
  expect((await send(plain, asked({ query: version }))).status).toBe(200)
})

it('executes nothing twice', async () => {
  const before = executed
  await send(plain, asked({ query: deleteServer, variables: { id: 'mcps_a' } }))
  const once = executed - before
  await send(general, asked({ query: deleteServer, variables: { id: 'mcps_a' } }))
  expect(executed - before).toBe(2 * once)
})
