import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { type Api, startApi } from './api.ts'

let api: Api
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.registry.close())

const preview = /* GraphQL */ `
  mutation ($input: PreviewMcpServerRefreshInput!) {
    previewMcpServerRefresh(input: $input) {
      __typename
      ... on PreviewMcpServerRefreshPayload {
        server { ... on McpServerBase { name } }
        added { name definition schemaHealth { status reasons } }
        updated { tool { name description } changes { pointer before after } }
        deleted { name removedAt }
        unchangedCount
        rejected { name reason }
        listed { name schemaHealth { status } }
        connectMs
        listMs
      }
      ... on UserError { message code path }
      ... on McpError { retryable httpStatus systemCode authentication jsonRpcCode stderrTail canceledBy }
    }
  }`

async function previewOf(id: string, input: object = {}) {
  const { data, errors } = await api.ask(preview, { input: { id, ...input } })
  expect(errors).toBeUndefined()
  return data.previewMcpServerRefresh
}

async function register(serverUrl: string, input: object = {}): Promise<string> {
  const config = { transport: 'streamableHttp', serverUrl } as const
  return (await api.registry.servers.create({ name: 'a', config, refresh: false, ...input })).id
}

const schema = { type: 'object', properties: {}, additionalProperties: false }

describe('previewMcpServerRefresh', () => {
  it('tells what a refresh would change, how long the server took, and stores nothing', async () => {
    const [kept, changed, gone] = ['kept', 'changed', 'gone'].map((name) => ({ name, inputSchema: schema }))
    await using fixture = await startFixture({ tools: [kept ?? {}, changed ?? {}, gone ?? {}] })
    const id = await register(fixture.url)
    await (await api.registry.servers.refresh(id)).result()
    const before = await api.registry.tools.list({ filter: { includeRemoved: true } })
    const fresh = { name: 'fresh', inputSchema: { type: 'object', properties: { a: 'string' } } }
    fixture.setTools([kept ?? {}, { ...changed, description: 'Changed' }, fresh, { name: '' }])

    expect(await previewOf(id)).toEqual({
      __typename: 'PreviewMcpServerRefreshPayload',
      server: { name: 'a' },
      added: [{ name: 'fresh', definition: fresh, schemaHealth: { status: 'INVALID', reasons: [expect.any(String)] } }],
      updated: [
        {
          tool: { name: 'changed', description: null },
          changes: [{ pointer: '/description', before: null, after: 'Changed' }],
        },
      ],
      deleted: [{ name: 'gone', removedAt: null }],
      unchangedCount: 1,
      rejected: [{ name: expect.any(String), reason: expect.any(String) }],
      listed: [
        { name: 'kept', schemaHealth: { status: 'STRICT_COMPLIANT' } },
        { name: 'changed', schemaHealth: { status: 'STRICT_COMPLIANT' } },
        { name: 'fresh', schemaHealth: { status: 'INVALID' } },
      ],
      connectMs: expect.any(Number),
      listMs: expect.any(Number),
    })
    expect(await api.registry.tools.list({ filter: { includeRemoved: true } })).toEqual(before)
  })

  it('brings what the caller gives to the server, and needs what its templates ask for', async () => {
    await using fixture = await startFixture({ requireHeader: { name: 'x-token', value: 'of-the-caller' } })
    const headers = { 'x-token': { literal: '{{ TOKEN }}' } }
    const config = { transport: 'streamableHttp', serverUrl: fixture.url, customHeaders: headers } as const
    const { id } = await api.registry.servers.create({ name: 'a', config, refresh: false })
    expect(await previewOf(id)).toMatchObject({
      __typename: 'InputError',
      code: 'INVALID_INPUT',
      path: ['input', 'variables'],
    })
    const asked = '{ mcpServer(by: { name: "a" }) { ... on McpServerBase { variables { name required } } } }'
    expect((await api.ask(asked)).data.mcpServer).toEqual({ variables: [{ name: 'TOKEN', required: true }] })
    const variables = [{ name: 'TOKEN', value: 'of-the-caller' }]
    expect(await previewOf(id, { variables })).toMatchObject({ __typename: 'PreviewMcpServerRefreshPayload' })
  })

  it('answers NOT_FOUND and DISABLED as InputError at the id', async () => {
    const path = ['input', 'id']
    expect(await previewOf('mcps_none')).toMatchObject({ __typename: 'InputError', code: 'NOT_FOUND', path })
    const id = await register('http://127.0.0.1:1/mcp', { enabled: false })
    expect(await previewOf(id)).toMatchObject({ __typename: 'InputError', code: 'DISABLED', path })
  })
})

describe('a server that cannot be asked is an McpError of previewMcpServerRefresh:', () => {
  it('one that nothing listens for', async () => {
    const id = await register('http://127.0.0.1:1/mcp')
    expect(await previewOf(id)).toMatchObject({
      __typename: 'McpError',
      code: 'CONNECT_FAILED',
      path: null,
      retryable: true,
      systemCode: 'ECONNREFUSED',
      httpStatus: null,
      stderrTail: [],
    })
  })

  it('one that asks for another token', async () => {
    await using fixture = await startFixture({ status: 401 })
    const id = await register(fixture.url)
    expect(await previewOf(id)).toMatchObject({
      __typename: 'McpError',
      code: 'AUTH_REQUIRED',
      retryable: false,
      httpStatus: 401,
      systemCode: null,
      authentication: null,
    })
  })

  it('one that asks for OAuth', async () => {
    await using authorizationServer = await startAuthorizationServer()
    await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
    const id = await register(server.url)
    expect(await previewOf(id)).toMatchObject({ code: 'AUTH_REQUIRED', authentication: 'OAUTH' })
  })

  it('one that does not answer in time', async () => {
    await using fixture = await startFixture({ pageDelayMs: 60_000 })
    const id = await register(fixture.url)
    const answer = await previewOf(id, { timeouts: { requestMs: 100 } })
    expect(answer).toMatchObject({ __typename: 'McpError', code: 'TIMEOUT', retryable: true })
  })

  it('one whose command ends, with what it said', async () => {
    const config = { transport: 'stdio', ...fixtureStdio({ exitOnStart: ['No licence'] }) } as const
    const { id } = await api.registry.servers.create({ name: 'a', config, refresh: false })
    expect(await previewOf(id)).toMatchObject({ __typename: 'McpError', stderrTail: ['No licence'] })
  })

  it('one whose command is not there', async () => {
    const config = { transport: 'stdio', command: 'no-such-command' } as const
    const { id } = await api.registry.servers.create({ name: 'a', config, refresh: false })
    expect(await previewOf(id)).toMatchObject({
      __typename: 'McpError',
      code: 'CONNECT_FAILED',
      systemCode: 'ENOENT',
    })
  })
})
