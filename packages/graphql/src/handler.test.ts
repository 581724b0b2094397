import { once } from 'node:events'
import { createRegistry, type Registry } from '@toolyard/core'
import { createHandler, type HandlerOptions } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let registry: Registry
beforeEach(async () => {
  registry = await createRegistry()
})
afterEach(() => registry.close())

async function post(body: string, accept = 'application/graphql-response+json', options: HandlerOptions = {}) {
  const headers = { 'content-type': 'application/json', accept }
  const request = new Request('http://localhost/graphql', { method: 'POST', headers, body })
  const response = await createHandler(registry, options)(request)
  return { status: response.status, text: await response.text() }
}
const ask = (query: string, variables: object = {}) => post(JSON.stringify({ query, variables }))

const create = (config: string) => `createMcpServer(input: { name: "a", config: ${config} }) { __typename }`
const token = 'token: { literal: "marker" }'

describe('what the client sent is quoted in no error:', () => {
  it.each([
    ['a string where a name belongs', `mutation { ${create('{ stdio "marker" }')} }`],
    ['a secret without its quotes', `mutation { ${create('{ stdio: { command marker } }')} }`],
    ['a string for an Int', '{ mcpServers(first: "marker") { totalCount } }'],
    ['a string for an enum', '{ mcpServers(orderBy: { field: "marker" }) { totalCount } }'],
    ['an unknown enum value', '{ mcpServers(orderBy: { field: marker }) { totalCount } }'],
    ['a string for a Boolean', '{ mcpServers(filter: { enabled: "marker" }) { totalCount } }'],
    ['a string for a DateTime', '{ toolRuns(filter: { createdAt: { gte: "marker" } }) { totalCount } }'],
    ['an object for a URL', `mutation { ${create('{ sse: { serverUrl: { a: "marker" } } }')} }`],
    [
      'a list for a JSON object',
      'mutation { runMcpTool(input: { tool: { id: "a" }, args: ["marker"] }) { __typename } }',
    ],
    [
      'two members of a oneOf',
      `mutation { ${create('{ stdio: { command: "marker" }, sse: { serverUrl: "marker" } }')} }`,
    ],
    ['a default of a variable', 'query ($first: Int = "marker") { mcpServers(first: $first) { totalCount } }'],
  ])('%s', async (_, query) => {
    const { status, text } = await ask(query)
    expect(text).toContain('"errors"')
    expect(text).not.toContain('marker')
    expect(status).toBe(400)
  })

  it('a secret beside a variable that is null', async () => {
    const config = `{ sse: { serverUrl: "http://a", auth: { header: { header: $header, ${token} } } } }`
    const { text } = await ask(`mutation ($header: String) { ${create(config)} }`, { header: null })
    expect(JSON.parse(text).errors).toMatchObject([
      { path: ['createMcpServer'], extensions: { code: 'INVALID_INPUT' } },
    ])
    expect(text).not.toContain('marker')
  })

  it.each(['application/json', 'application/graphql-response+json'])(
    'a body that is no JSON, as %s',
    async (accept) => {
      const { status, text } = await post('{ "query": marker', accept)
      expect(JSON.parse(text).errors).toEqual([expect.objectContaining({ extensions: { code: 'BAD_REQUEST' } })])
      expect(text).not.toContain('marker')
      expect(status).toBe(400)
    },
  )

  it('variables in a URL that are no JSON, which are no fault of ours', async () => {
    const seen: unknown[] = []
    const handler = createHandler(registry, { onError: (error) => seen.push(error) })
    const response = await handler(new Request('http://localhost/graphql?query={__typename}&variables=marker'))
    expect(response.status).toBe(400)
    expect(await response.text()).not.toContain('marker')
    expect(seen).toEqual([])
  })
})

it('warns by the process of an internal error if there is no onError', async () => {
  const fault = new Error('marker')
  const stats = () => {
    throw fault
  }
  const broken = new Proxy(registry, {
    get: (target, name) => (isBroken && name === 'stats' ? stats : Reflect.get(target, name)),
  })
  let isBroken = false
  const handler = createHandler(broken)
  isBroken = true
  const warned = once(process, 'warning')
  const response = await handler(new Request('http://localhost/graphql?query={registryInfo{version}}'))
  const { errors } = await response.json()
  const [warning]: Error[] = await warned
  expect(warning).toMatchObject({ name: 'ToolyardWarning', message: expect.stringContaining(errors[0].extensions.id) })
  expect(warning?.message).toContain('marker')
  expect(JSON.stringify(errors)).not.toContain('marker')
})

it('masks what breaks an event stream, and tells onError of it', async () => {
  const fault = new Error('marker')
  const seen: unknown[] = []
  const events = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(fault) }) })
  const broken = new Proxy(registry, {
    get: (target, name) => (name === 'tenant' ? () => ({ ...target, events }) : Reflect.get(target, name)),
  })
  const handler = createHandler(broken, { onError: (error, id) => seen.push([error, id]) })
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
  const body = JSON.stringify({ query: 'subscription { mcpServerEvents { __typename } }' })
  const response = await handler(new Request('http://localhost/graphql', { method: 'POST', headers, body }))
  const text = await response.text()
  expect(text).toContain('"message":"Internal error"')
  expect(text).not.toContain('marker')
  expect(seen).toEqual([[fault, expect.stringMatching(/^[0-9a-f-]{36}$/)]])
})

it('answers nothing beside its path, a health check included', async () => {
  const handler = createHandler(registry, { path: '/api' })
  for (const path of ['/health', '/graphql', '/api/health']) {
    expect((await handler(new Request(`http://localhost${path}`))).status).toBe(404)
  }
  const asked = await handler(
    new Request('http://localhost/api?query={__typename}&extensions={"a":"/health"}&a=/health'),
  )
  expect(await asked.text()).not.toBe('')
})

it('refuses to follow a server that is not there, and takes up where a deleted one was left', async () => {
  const server = await registry.servers.create({
    name: 'a',
    refresh: false,
    config: { transport: 'stdio', command: 'x' },
  })
  const feed = registry.events()
  await registry.servers.update(server.id, { description: 'd' })
  const first = await feed.next()
  await feed.return?.()
  await registry.servers.delete(server.id)
  const follow = async (after: string | null) => {
    const query =
      'subscription ($id: ID, $after: Cursor) { mcpServerEvents(serverId: $id, after: $after) { __typename } }'
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const body = JSON.stringify({ query, variables: { id: server.id, after } })
    const request = new Request('http://localhost/graphql', { method: 'POST', headers, body })
    const { body: stream } = await createHandler(registry)(request)
    let text = ''
    for await (const chunk of stream ?? []) {
      text += new TextDecoder().decode(chunk)
      if (text.includes('"errors"') || text.includes('McpServerDeleted')) return text
    }
    return text
  }
  expect(await follow(null)).toContain('NOT_FOUND')
  expect(await follow(first.value.cursor)).toContain('McpServerDeleted')
  while (registry.stats().eventSubscribers > 0) await new Promise((resolve) => setImmediate(resolve))
})

it('takes null for expectedRevision as no expectation', async () => {
  const { id } = await registry.servers.create({
    name: 'a',
    refresh: false,
    config: { transport: 'stdio', command: 'x' },
  })
  const update = `mutation ($input: UpdateMcpServerInput!) { updateMcpServer(input: $input) { ... on UpdateMcpServerPayload { changed } } }`
  const { text } = await ask(update, { input: { id, expectedRevision: null, description: 'd' } })
  expect(JSON.parse(text).data.updateMcpServer).toEqual({ changed: true })
})
