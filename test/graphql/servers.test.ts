import { createRegistry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { behaviourTools, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { type Api, startApi } from './api.ts'

let api: Api
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.registry.close())

const create = /* GraphQL */ `
  mutation ($input: CreateMcpServerInput!) {
    createMcpServer(input: $input) {
      __typename
      ... on CreateMcpServerPayload { server { __typename ... on McpServerBase { id name status revision } } refresh { id status } }
      ... on UserError { message code path }
      ... on ConflictError { current { ... on McpServerBase { id } } }
    }
  }`
const update = /* GraphQL */ `
  mutation ($input: UpdateMcpServerInput!) {
    updateMcpServer(input: $input) {
      __typename
      ... on UpdateMcpServerPayload {
        changed
        server {
          __typename
          ... on McpServerBase { id name description revision }
          ... on StdioMcpServer { command args cwd env { name isSet source } }
          ... on StreamableHttpMcpServer { serverUrl auth { ... on HeaderAuth { header token { name isSet } } } customHeaders { name } }
        }
      }
      ... on UserError { message code path }
    }
  }`

async function created(input: object): Promise<string> {
  const { data } = await api.ask(create, { input: { refresh: false, ...input } })
  return data.createMcpServer.server.id
}

const stdio = { stdio: { command: 'some-command' } }
const http = { streamableHttp: { serverUrl: 'https://example.com/mcp' } }

describe('createMcpServer', () => {
  it('stores the server, starts its first refresh and answers without waiting for it', async () => {
    await using fixture = await startFixture({ pageDelayMs: 200 })
    const { data } = await api.ask(create, {
      input: { name: 'a', config: { streamableHttp: { serverUrl: fixture.url } } },
    })
    expect(data.createMcpServer).toMatchObject({
      server: { __typename: 'StreamableHttpMcpServer', name: 'a', revision: 1 },
      refresh: { status: expect.stringMatching(/QUEUED|RUNNING/) },
    })
    await api.registry.refreshes.wait(data.createMcpServer.refresh.id)
    const tools = await api.ask('{ mcpTools { totalCount } }')
    expect(tools.data.mcpTools.totalCount).toBe(behaviourTools.length)
  })

  it.each([
    ['an empty name', { name: '', config: stdio }, ['input', 'name']],
    ['a blank name', { name: '  ', config: stdio }, ['input', 'name']],
    ['an empty command', { name: 'a', config: { stdio: { command: '' } } }, ['input', 'config', 'stdio', 'command']],
    ['an invalid URL', { name: 'a', config: { sse: { serverUrl: 'nope' } } }, ['input', 'config', 'sse', 'serverUrl']],
    [
      'another scheme',
      { name: 'a', config: { sse: { serverUrl: 'ftp://a/b' } } },
      ['input', 'config', 'sse', 'serverUrl'],
    ],
    [
      'a URL with a password',
      { name: 'a', config: { sse: { serverUrl: 'http://me:secret@a/b' } } },
      ['input', 'config', 'sse', 'serverUrl'],
    ],
    [
      'a header name that HTTP forbids',
      {
        name: 'a',
        config: { sse: { serverUrl: 'http://a/', customHeaders: [{ name: 'a b', value: { literal: 'x' } }] } },
      },
      ['input', 'config', 'sse', 'customHeaders', '0'],
    ],
    [
      'a header value with a line break',
      {
        name: 'a',
        config: {
          sse: {
            serverUrl: 'http://a/',
            customHeaders: [
              { name: 'ok', value: { literal: 'x' } },
              { name: 'x', value: { literal: 'a\r\nb' } },
            ],
          },
        },
      },
      ['input', 'config', 'sse', 'customHeaders', '1'],
    ],
    [
      'a token with a line break',
      {
        name: 'a',
        config: { streamableHttp: { serverUrl: 'http://a/', auth: { header: { token: { literal: 'a\nb' } } } } },
      },
      ['input', 'config', 'streamableHttp', 'auth', 'header', 'token', 'literal'],
    ],
    ['a time-out of 0', { name: 'a', config: stdio, timeouts: { requestMs: 0 } }, ['input', 'timeouts', 'requestMs']],
    [
      'a total below one request',
      { name: 'a', config: stdio, timeouts: { requestMs: 10, maxTotalMs: 5 } },
      ['input', 'timeouts', 'maxTotalMs'],
    ],
  ])('refuses %s with its path, and stores nothing', async (_, input, path) => {
    const { data } = await api.ask(create, { input })
    expect(data.createMcpServer).toMatchObject({ __typename: 'InputError', code: 'INVALID_INPUT', path })
    expect((await api.ask('{ mcpServers { totalCount } }')).data.mcpServers.totalCount).toBe(0)
  })

  it('answers a name that is taken with the server that has it', async () => {
    const id = await created({ name: 'a', config: stdio })
    const { data } = await api.ask(create, { input: { name: 'a', config: http } })
    expect(data.createMcpServer).toMatchObject({
      __typename: 'ConflictError',
      code: 'NAME_TAKEN',
      path: ['input', 'name'],
      current: { id },
    })
  })

  it.each([
    [{ stdio: { command: 'secret-value' }, sse: { serverUrl: 'http://secret-value/' } }],
    [{}],
    [{ stdio: { command: 42 } }],
    [{ stdio: { command: 'x', args: ['ok', { secret: 'secret-value' }] } }],
    [{ sse: { serverUrl: ['secret-value'] } }],
    [{ stdio: { command: 'x', 'secret field': 'secret-value' } }],
    ['secret-value'],
  ])('refuses what GraphQL cannot coerce without quoting it: %j', async (config) => {
    const { status, errors, text } = await api.ask(create, { input: { name: 'a', config } })
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'INVALID_INPUT',
      path: expect.arrayContaining(['input', 'config']),
    })
    expect(text).not.toContain('secret-value')
    expect(status).toBe(200)
  })

  it.each([
    'createMcpServer(input: { name: 1, config: { stdio: { command: ["secret-value"] } } })',
    'createMcpServer(input: { name: "a", config: { stdio: { command: { a: "secret-value" } } } })',
    'createMcpServer(input: { name: "a", enabled: "secret-value", config: { stdio: { command: "x" } } })',
    'createMcpServer(input: { name: "a", timeouts: { requestMs: "secret-value" }, config: { stdio: { command: "x" } } })',
    'createMcpServer(input: { name: "a", config: { stdio: { command: "x" }, sse: { serverUrl: "http://secret-value" } } })',
  ])('quotes no literal either: %s', async (field) => {
    const { errors, text } = await api.ask(`mutation { ${field} { __typename } }`)
    expect(errors).toBeDefined()
    expect(text).not.toContain('secret-value')
  })

  it('refuses a document nested 10,000 deep, and variables as deep, without falling over', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const document = await api.ask(`mutation { createMcpServer(input: { name: ${deep} }) { __typename } }`)
    expect(document.errors?.[0]?.message).toContain('nested at most 200 deep')
    const variables = await api.ask(create, `{"input":{"name":${deep},"config":{"stdio":{"command":"x"}}}}`)
    expect(variables.errors?.[0]?.extensions?.code).toBe('INVALID_INPUT')
    expect(api.seen).toEqual([])
  })
})

describe('updateMcpServer', () => {
  it('leaves what is omitted and clears what is null', async () => {
    const id = await created({
      name: 'a',
      description: 'd',
      config: { stdio: { command: 'x', args: ['1'], cwd: '/tmp', env: [{ name: 'A', value: { literal: 'v' } }] } },
    })
    const { data } = await api.ask(update, {
      input: {
        id,
        description: null,
        config: { stdio: { cwd: null, setEnv: [{ name: 'B', value: { literal: 'v' } }], unsetEnv: ['A'] } },
      },
    })
    expect(data.updateMcpServer).toMatchObject({
      changed: true,
      server: {
        name: 'a',
        description: null,
        revision: 2,
        command: 'x',
        args: ['1'],
        cwd: null,
        env: [{ name: 'B', isSet: true, source: 'LITERAL' }],
      },
    })
  })

  it('changes nothing, and no revision, where nothing differs', async () => {
    const id = await created({ name: 'a', config: stdio })
    const { data } = await api.ask(update, { input: { id, name: 'a', config: { stdio: { command: 'some-command' } } } })
    expect(data.updateMcpServer).toMatchObject({ changed: false, server: { revision: 1 } })
  })

  it('refuses a patch for another transport, and takes replace', async () => {
    const id = await created({ name: 'a', config: http })
    const refused = await api.ask(update, { input: { id, config: stdio } })
    expect(refused.data.updateMcpServer).toMatchObject({ __typename: 'InputError', path: ['input', 'config', 'stdio'] })
    const replaced = await api.ask(update, { input: { id, config: { replace: stdio } } })
    expect(replaced.data.updateMcpServer).toMatchObject({
      server: { __typename: 'StdioMcpServer', id, command: 'some-command' },
    })
  })

  it('refuses null for a required member, an unknown id and another revision', async () => {
    const id = await created({ name: 'a', config: stdio })
    const nameless = await api.ask(update, { input: { id, name: null } })
    expect(nameless.data.updateMcpServer).toMatchObject({ __typename: 'InputError', path: ['input', 'name'] })
    const unknown = await api.ask(update, { input: { id: 'mcps_nope', name: 'b' } })
    expect(unknown.data.updateMcpServer).toMatchObject({
      __typename: 'InputError',
      code: 'NOT_FOUND',
      path: ['input', 'id'],
    })
    const stale = await api.ask(update, { input: { id, expectedRevision: 7, name: 'b' } })
    expect(stale.data.updateMcpServer).toMatchObject({ __typename: 'ConflictError', code: 'REVISION_CONFLICT' })
  })
})

describe('secrets', () => {
  it('come back by name only', async () => {
    const marker = 'marker-7f3a'
    const header = { header: { token: { literal: marker } } }
    const id = await created({
      name: 'a',
      config: {
        streamableHttp: {
          serverUrl: 'https://example.com/',
          auth: header,
          customHeaders: [{ name: 'X-Key', value: { literal: marker } }],
        },
      },
    })
    const { data, text } = await api.ask(update, { input: { id, name: 'b' } })
    expect(text).not.toContain(marker)
    expect(data.updateMcpServer.server).toMatchObject({
      auth: { header: 'Authorization', token: { name: 'Authorization', isSet: true } },
      customHeaders: [{ name: 'X-Key' }],
    })
  })
})

describe('the sources of secrets', () => {
  it('are a literal, a variable or a provider, and are told with their reference or a hint', async () => {
    await using registry = await createRegistry({
      secretEnv: { names: ['APP_*'], read: () => 'value' },
      secretProvider: { read: async () => 'value' },
    })
    const handler = createHandler(registry)
    const ask = async (query: string, variables: object) => {
      const body = JSON.stringify({ query, variables })
      const headers = { 'content-type': 'application/json' }
      const response = await handler(new Request('http://localhost/graphql', { method: 'POST', headers, body }))
      return (await response.json()).data.createMcpServer
    }
    const entry = '{ name isSet source reference hint }'
    const query = `mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) {
      ... on CreateMcpServerPayload { server { ... on StreamableHttpMcpServer {
        customHeaders ${entry} auth { ... on HeaderAuth { token ${entry} } } } } }
      ... on InputError { code path message } } }`
    const input = (token: object, customHeaders: object[] = []) => ({
      input: {
        name: 'a',
        refresh: false,
        config: { streamableHttp: { serverUrl: 'http://127.0.0.1:9/', auth: { header: { token } }, customHeaders } },
      },
    })
    const headers = [
      { name: 'X-A', value: { env: 'APP_A' } },
      { name: 'X-B', value: { provider: 'kv/b' } },
      { name: 'X-C', value: { literal: 'short' } },
    ]
    const { server } = await ask(query, input({ literal: 'sk-0123456789abcdefghWXYZ' }, headers))
    const isSet = { isSet: true, reference: null, hint: null }
    expect(server).toEqual({
      auth: { token: { ...isSet, name: 'Authorization', source: 'LITERAL', hint: 'WXYZ' } },
      customHeaders: [
        { ...isSet, name: 'X-A', source: 'ENV', reference: 'APP_A' },
        { ...isSet, name: 'X-B', source: 'PROVIDER', reference: 'kv/b' },
        { ...isSet, name: 'X-C', source: 'LITERAL' },
      ],
    })
    const refused = await ask(query, input({ env: 'OTHER' }))
    expect(refused).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'config', 'streamableHttp', 'auth', 'header', 'token', 'env'],
    })
  })
})

describe('lists', () => {
  it('page forwards and backwards over every server once', async () => {
    for (const name of ['e', 'a', 'd', 'b', 'c']) await created({ name, config: stdio })
    const query = /* GraphQL */ `query ($first: Int, $after: String, $last: Int, $before: String) {
      mcpServers(first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { ... on McpServerBase { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
    const names = ({ data }: { data: { mcpServers: { nodes: { name: string }[] } } }) =>
      data.mcpServers.nodes.map(({ name }) => name)
    const first = await api.ask(query, { first: 2 })
    expect(names(first)).toEqual(['a', 'b'])
    expect(first.data.mcpServers).toMatchObject({
      totalCount: 5,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    })
    const second = await api.ask(query, { first: 3, after: first.data.mcpServers.pageInfo.endCursor })
    expect(names(second)).toEqual(['c', 'd', 'e'])
    const back = await api.ask(query, { last: 2, before: second.data.mcpServers.pageInfo.startCursor })
    expect(names(back)).toEqual(['a', 'b'])
  })

  it.each([
    ['{ mcpServers(first: 1000) { totalCount } }', 'first'],
    ['{ mcpServers(first: -1) { totalCount } }', 'first'],
    ['{ mcpServers(last: 101) { totalCount } }', 'last'],
    ['{ mcpServers(after: "bm9wZQ") { totalCount } }', 'after'],
    ['{ mcpTools(after: "nope") { totalCount } }', 'after'],
  ])('refuse %s', async (query, argument) => {
    const { errors } = await api.ask(query)
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', path: [argument] })
  })

  it('find by filter', async () => {
    await created({ name: 'one', labels: ['prod', 'eu'], config: stdio })
    await created({ name: 'two', labels: ['dev'], enabled: false, config: http })
    const found = async (filter: object) => {
      const { data } = await api.ask(
        'query ($filter: McpServerFilter) { mcpServers(filter: $filter) { nodes { ... on McpServerBase { name } } } }',
        { filter },
      )
      return data.mcpServers.nodes.map(({ name }: { name: string }) => name)
    }
    expect(await found({ label: { eq: 'eu' } })).toEqual(['one'])
    expect(await found({ name: { contains: 'w' } })).toEqual(['two'])
    expect(await found({ transport: ['STREAMABLE_HTTP'] })).toEqual(['two'])
    expect(await found({ status: ['DISABLED'] })).toEqual(['two'])
    expect(await found({ enabled: true })).toEqual(['one'])
  })
})

describe('node and nodes', () => {
  it('find anything by its id, keep the order, and answer null for what is not there', async () => {
    const id = await created({ name: 'a', config: stdio })
    const { data } = await api.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids: ['nope', id, `mcps_${'0'.repeat(32)}`],
    })
    expect(data.nodes).toEqual([null, { __typename: 'StdioMcpServer', id }, null])
    expect((await api.ask('{ node(id: "run_x") { id } }')).data.node).toBeNull()
  })
})
