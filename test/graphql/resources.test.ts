import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import { refuse } from '../fixtures/mcp/scripted-modern.ts'
import { type Api, startApi } from './api.ts'

let api: Api
let fixture: FeatureServer
let serverId: string
beforeEach(async () => {
  api = await startApi()
  fixture = await startFeatureServer('LEGACY', {
    resources: [
      {
        uri: 'file:///a',
        name: 'a',
        mimeType: 'text/plain',
        size: 5_000_000_000,
        icons: [{ src: 'https://i.test/a' }],
      },
      { uri: 'db://b', name: 'b', annotations: { priority: 1 } },
    ],
    resourceTemplates: [{ uriTemplate: 'file:///{path}', name: 't' }],
    prompts: [{ name: 'greet', arguments: [{ name: 'who', required: true, title: 'Who' }] }],
  })
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  serverId = (await api.registry.servers.create({ name: 'fixture', config, refresh: false })).id
  await (await api.registry.servers.refresh(serverId)).result()
})
afterEach(async () => {
  await api.registry.close()
  await fixture[Symbol.asyncDispose]()
})

async function ask(query: string, variables: object = {}) {
  const { data, errors } = await api.ask(query, variables)
  expect(errors).toBeUndefined()
  return data
}

const answer = (method: string, result: object) => {
  fixture.features.answer = (asked) => {
    if (asked.method !== method) return false
    asked.result(result)
    return true
  }
}

const readResource = /* GraphQL */ `
  query ($input: ReadMcpResourceInput!) {
    readMcpResource(input: $input) {
      __typename
      ... on ReadMcpResourcePayload {
        contents { uri mimeType text base64 annotations meta }
        freshUntil
      }
      ... on UserError { message code path }
    }
  }`
const getPrompt = /* GraphQL */ `
  query ($input: GetMcpPromptInput!) {
    getMcpPrompt(input: $input) {
      __typename
      ... on GetMcpPromptPayload {
        description
        messages { role content { __typename ... on TextContent { text } } }
      }
      ... on UserError { code path }
      ... on ToolArgsError { issues { pointer keyword } }
    }
  }`
const completeArgument = /* GraphQL */ `
  query ($input: CompleteMcpArgumentInput!) {
    completeMcpArgument(input: $input) {
      __typename
      ... on CompleteMcpArgumentPayload { values total hasMore }
      ... on UserError { code path }
    }
  }`
const a = { qualified: { server: 'fixture', uri: 'file:///a' } }
const greet = { qualified: { server: 'fixture', prompt: 'greet' } }

describe('what a server lists beside tools', () => {
  it('is a connection, of the registry and of its server, and a node', async () => {
    const data = await ask(
      /* GraphQL */ `
      query ($id: ID!) {
        mcpResources(first: 1) { totalCount nodes { id uri size icons { src } server { ... on McpServerBase { name } } } pageInfo { hasNextPage } }
        filtered: mcpResources(filter: { uri: { startsWith: "db:" }, serverId: [$id] }) { nodes { uri annotations } totalCount }
        mcpResourceTemplates { nodes { uriTemplate name digest } }
        mcpPrompts(filter: { name: { eq: "greet" } }) { nodes { name arguments { name title required } } }
        mcpResource(by: { qualified: { server: "fixture", uri: "file:///a" } }) { name mimeType removedAt }
        mcpPrompt(by: { qualified: { server: "fixture", prompt: "other" } }) { name }
        mcpServer(by: { id: $id }) {
          ... on McpServerBase {
            resources(first: 1) { totalCount nodes { name } }
            resourceTemplates { totalCount }
            prompts { totalCount nodes { name } }
            latestRefresh { resources { added addedCount error { code } } prompts { added } resourceTemplates { addedCount } }
          }
        }
      }`,
      { id: serverId },
    )
    const [first] = data.mcpResources.nodes
    expect(data).toMatchObject({
      mcpResources: {
        totalCount: 2,
        nodes: [
          { uri: 'file:///a', size: 5_000_000_000, icons: [{ src: 'https://i.test/a' }], server: { name: 'fixture' } },
        ],
        pageInfo: { hasNextPage: true },
      },
      filtered: { nodes: [{ uri: 'db://b', annotations: { priority: 1 } }], totalCount: 1 },
      mcpResourceTemplates: { nodes: [{ uriTemplate: 'file:///{path}', name: 't' }] },
      mcpPrompts: { nodes: [{ name: 'greet', arguments: [{ name: 'who', title: 'Who', required: true }] }] },
      mcpResource: { name: 'a', mimeType: 'text/plain', removedAt: null },
      mcpPrompt: null,
      mcpServer: {
        resources: { totalCount: 2, nodes: [{ name: 'a' }] },
        resourceTemplates: { totalCount: 1 },
        prompts: { totalCount: 1 },
        latestRefresh: {
          resources: { added: ['file:///a', 'db://b'], addedCount: 2, error: null },
          prompts: { added: ['greet'] },
          resourceTemplates: { addedCount: 1 },
        },
      },
    })
    const byId = 'query ($id: ID!) { node(id: $id) { __typename ... on McpResource { uri } } }'
    expect(await ask(byId, { id: first.id })).toEqual({ node: { __typename: 'McpResource', uri: 'file:///a' } })
  })
})

describe('searchMcp', () => {
  it('finds every kind, with scores, pages and the number of all', async () => {
    const search = `query ($first: Int, $after: String, $kinds: [McpKind!], $serverId: [ID!]) {
      searchMcp(query: "fixture", first: $first, after: $after, kinds: $kinds, serverId: $serverId) {
        edges { score node { __typename ... on McpTool { name } ... on McpPrompt { name } } }
        nodes { __typename ... on McpResource { uri } }
        pageInfo { hasNextPage endCursor }
        totalCount
      }
    }`
    const { searchMcp } = await ask(search)
    expect(searchMcp.totalCount).toBe(5)
    expect(new Set(searchMcp.edges.map(({ node }: { node: { __typename: string } }) => node.__typename))).toEqual(
      new Set(['McpTool', 'McpResource', 'McpResourceTemplate', 'McpPrompt']),
    )
    expect(searchMcp.edges[0].score).toBeGreaterThan(0)
    const first = (await ask(search, { first: 3, serverId: [serverId] })).searchMcp
    expect([first.nodes.length, first.pageInfo.hasNextPage]).toEqual([3, true])
    const rest = (await ask(search, { first: 3, after: first.pageInfo.endCursor })).searchMcp
    expect([...first.nodes, ...rest.nodes]).toEqual(searchMcp.nodes)
    const resources = (await ask(search, { kinds: ['RESOURCE'] })).searchMcp
    expect(resources.nodes.map(({ uri }: { uri: string }) => uri).toSorted()).toEqual(['db://b', 'file:///a'])
    const { errors } = await api.ask(search, { after: 'nonsense' })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', path: ['after'] })
  })
})

describe('readMcpResource', () => {
  it('answers what the server answers', async () => {
    answer('resources/read', { contents: [{ uri: 'file:///a', blob: 'AA==', _meta: { x: 1 } }] })
    const { nodes } = (await ask('{ mcpResources(first: 1) { nodes { id } } }')).mcpResources
    for (const resource of [a, { id: nodes[0].id }, { qualified: { server: 'fixture', uri: 'x:unlisted' } }]) {
      expect((await ask(readResource, { input: { resource } })).readMcpResource).toEqual({
        __typename: 'ReadMcpResourcePayload',
        contents: [{ uri: 'file:///a', mimeType: null, text: null, base64: 'AA==', annotations: null, meta: { x: 1 } }],
        freshUntil: null,
      })
    }
  })

  it('expands a template, and answers its errors as data', async () => {
    const { nodes } = (await ask('{ mcpResourceTemplates { nodes { id } } }')).mcpResourceTemplates
    const read = async (template: object, others: object = {}) =>
      (await ask(readResource, { input: { template, ...others } })).readMcpResource
    const { id } = nodes[0]
    answer('resources/read', { contents: [{ text: 'a' }] })
    expect(await read({ id, values: { path: 'ä' } })).toMatchObject({
      contents: [{ uri: 'file:///%C3%A4', text: 'a' }],
    })
    fixture.features.answer = (asked) => asked.method === 'resources/read' && refuse(asked, 200, -32_002)
    for (const [template, code, path] of [
      [{ id, values: { path: 1 } }, 'INVALID_INPUT', ['template', 'values', 'path']],
      [{ id, values: {} }, 'INVALID_INPUT', ['template', 'values', 'path']],
      [{ id, values: { path: [['a']] } }, 'INVALID_INPUT', ['template', 'values', 'path', '0']],
      [{ id: 'none', values: {} }, 'NOT_FOUND', ['template', 'id']],
      [{ id, values: { path: 'none' } }, 'NOT_FOUND', ['template']],
    ] as const) {
      expect(await read(template)).toMatchObject({ __typename: 'InputError', code, path: ['input', ...path] })
    }
    expect(await read({ id, values: { path: 'a' } }, { resource: a })).toMatchObject({ path: ['input', 'resource'] })
  })

  it('answers errors as data, each with its path', async () => {
    const read = async (input: object) => (await ask(readResource, { input })).readMcpResource
    const input = { __typename: 'InputError' }
    expect(await read({ resource: { qualified: { server: 'other', uri: 'x:a' } } })).toMatchObject({
      ...input,
      code: 'NOT_FOUND',
      path: ['input', 'resource'],
    })
    expect(await read({})).toMatchObject({ ...input, code: 'INVALID_INPUT', path: ['input', 'resource'] })
    expect(await read({ resource: a, timeoutMs: 0 })).toMatchObject({ ...input, path: ['input', 'timeoutMs'] })
    fixture.features.answer = (asked) => asked.method === 'resources/read' && refuse(asked, 200, -32_002)
    expect(await read({ resource: a })).toMatchObject({
      ...input,
      code: 'NOT_FOUND',
      path: ['input', 'resource', 'qualified', 'uri'],
    })
    answer('resources/read', { contents: 'none' })
    expect(await read({ resource: a })).toMatchObject({ __typename: 'McpError', code: 'PROTOCOL_ERROR', path: null })
  })
})

describe('getMcpPrompt and completeMcpArgument', () => {
  it('answer what the server answers', async () => {
    answer('prompts/get', { messages: [{ role: 'assistant', content: { type: 'text', text: 'Hello' } }] })
    const { getMcpPrompt } = await ask(getPrompt, { input: { prompt: greet, args: { who: 'you' } } })
    expect(getMcpPrompt).toMatchObject({
      messages: [{ role: 'ASSISTANT', content: { __typename: 'TextContent', text: 'Hello' } }],
    })
    answer('completion/complete', { completion: { values: ['a', 'b'], hasMore: true } })
    const { nodes } = (await ask('{ mcpResourceTemplates { nodes { id } } }')).mcpResourceTemplates
    for (const [of, argument] of [
      [{ prompt: greet }, 'who'],
      [{ templateId: nodes[0].id }, 'path'],
    ] as const) {
      const { completeMcpArgument } = await ask(completeArgument, { input: { ...of, argument, value: '' } })
      expect(completeMcpArgument).toMatchObject({ values: ['a', 'b'], total: null, hasMore: true })
    }
  })

  it('answer errors as data, each with its path', async () => {
    const { getMcpPrompt } = await ask(getPrompt, { input: { prompt: greet, args: { who: 1, x: '' } } })
    expect(getMcpPrompt).toEqual({
      __typename: 'ToolArgsError',
      code: 'TOOL_ARGS_INVALID',
      path: ['input', 'args'],
      issues: [
        { pointer: '/who', keyword: 'type' },
        { pointer: '/x', keyword: 'additionalProperties' },
      ],
    })
    const complete = async (input: object) =>
      (await ask(completeArgument, { input: { argument: 'x', value: '', ...input } })).completeMcpArgument
    expect(await complete({ prompt: greet })).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'argument'] })
    expect(await complete({})).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'prompt'] })
    expect(await complete({ templateId: 'none' })).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'templateId'] })
  })
})

describe('a query that asks a server', () => {
  const fields = [
    'readMcpResource(input: { resource: { qualified: { server: "fixture", uri: "x:a" } } }) { __typename }',
    'getMcpPrompt(input: { prompt: { qualified: { server: "fixture", prompt: "greet" } } }) { __typename }',
    'completeMcpArgument(input: { argument: "a", value: "" }) { __typename }',
  ]

  it.each(fields)('is refused over GET, also in a fragment, and asks nothing: %s', async (field) => {
    const handler = createHandler(api.registry)
    const before = fixture.asked.length
    for (const query of [
      `{ ${field} }`,
      `{ ...F } fragment F on Query { ${field} }`,
      `{ registryInfo { version } ${field} }`,
    ]) {
      for (const accept of ['application/json', 'text/event-stream']) {
        const url = `http://localhost/graphql?query=${encodeURIComponent(query)}`
        const response = await handler(new Request(url, { headers: { accept } }))
        await response.text()
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
      }
    }
    expect(fixture.asked.length).toBe(before)
    const url = `http://localhost/graphql?query=${encodeURIComponent('{ mcpResources { totalCount } }')}`
    expect((await handler(new Request(url))).status).toBe(200)
  })

  it('is refused over GET by a server of Node.js as well', async () => {
    const server = createServer(createNodeListener(createHandler(api.registry)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
    const before = fixture.asked.length
    for (const field of fields) {
      const url = `http://127.0.0.1:${address.port}/graphql?${new URLSearchParams({ query: `{ ${field} }` })}`
      for (const accept of ['application/json', 'text/event-stream']) {
        const response = await fetch(url, { headers: { accept } })
        await response.text()
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
      }
    }
    expect(fixture.asked.length).toBe(before)
    server.closeAllConnections()
    server.close()
  })

  it('takes the scope run', async () => {
    const registry = await createRegistry()
    const authenticate = () => ({ id: 'key', tenant: 'default', scopes: new Set(['read'] as const), expiresAt: null })
    const handler = createHandler(registry, { authenticate })
    for (const field of fields) {
      const body = JSON.stringify({ query: `{ ${field} }` })
      const headers = { 'content-type': 'application/json' }
      const response = await handler(new Request('http://localhost/graphql', { method: 'POST', body, headers }))
      expect(response.status).toBe(403)
    }
    await registry.close()
  })
})
