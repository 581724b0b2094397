import type { RegistryOptions } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'
import { type Api, startApi } from './api.ts'

const redirectUri = 'https://front.example/connected'

const errors = '... on InputError { code message path } ... on McpError { code message path retryable }'
const begin = `mutation ($input: BeginMcpAuthInput!) {
  beginMcpAuth(input: $input) {
    __typename ... on BeginMcpAuthPayload { authorizationUrl state expiresAt } ${errors}
  }
}`
const oauth = 'server { ... on StreamableHttpMcpServer { status auth { ... on OAuthAuth { status scopes } } } }'
const complete = `mutation ($input: CompleteMcpAuthInput!) {
  completeMcpAuth(input: $input) { __typename ... on CompleteMcpAuthPayload { ${oauth} } ${errors} }
}`
const disconnect = `mutation ($input: DisconnectMcpAuthInput!) {
  disconnectMcpAuth(input: $input) { __typename ... on CompleteMcpAuthPayload { ${oauth} } ${errors} }
}`

interface Protected extends AsyncDisposable {
  readonly api: Api
  readonly serverId: string
  readonly authorizationServer: AuthorizationServer
  readonly server: ProtectedMcpServer
}

/** The API with a server that asks for OAuth, which was not tried yet. */
async function startProtected(
  options: RegistryOptions = { oauth: { redirectUris: [redirectUri] } },
): Promise<Protected> {
  await using stack = new AsyncDisposableStack()
  const authorizationServer = stack.use(await startAuthorizationServer())
  const server = stack.use(await startProtectedMcpServer({ authorizationServers: [authorizationServer] }))
  const api = stack.use(await startApi(options))
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  const { id: serverId } = await api.registry.servers.create({ name: 'a', config, refresh: false })
  const owned = stack.move()
  return { api, serverId, authorizationServer, server, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function begun({ api, serverId }: Protected) {
  const { data } = await api.ask(begin, { input: { serverId, redirectUri } })
  expect(data.beginMcpAuth).toMatchObject({ __typename: 'BeginMcpAuthPayload' })
  return data.beginMcpAuth as { readonly authorizationUrl: string; readonly state: string; readonly expiresAt: string }
}

it('a front end connects a server with its own redirect URI, and disconnects it', async () => {
  await using all = await startProtected()
  const { api, serverId, authorizationServer } = all
  const { authorizationUrl, state, expiresAt } = await begun(all)
  expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(590_000)
  const back = await visit(authorizationUrl)
  expect(back).toMatchObject({ state })
  const { code, iss } = back
  const connected = await api.ask(complete, { input: { state, code, iss } })
  const auth = { status: 'CONNECTED', scopes: ['tools:call'] }
  expect(connected.data.completeMcpAuth).toMatchObject({ server: { auth } })
  await expect.poll(() => api.registry.servers.get(serverId)).toMatchObject({ status: 'READY' })
  const again = await api.ask(complete, { input: { state, code, iss } })
  expect(again.data.completeMcpAuth).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'state'] })
  const { data } = await api.ask(disconnect, { input: { serverId } })
  const disconnected = { status: 'NEEDS_AUTH', auth: { status: 'NOT_CONNECTED', scopes: [] } }
  expect(data.disconnectMcpAuth).toMatchObject({ server: disconnected })
  expect(authorizationServer.countByGrant()).toEqual({ authorization_code: 1 })
})

describe('an input is refused with its path:', () => {
  it.each([
    ['redirectUri', { redirectUri: 'https://another.example/connected' }],
    ['redirectUri', {}],
    ['scopes.1', { redirectUri, scopes: ['a', 'b c'] }],
  ])('%s of beginMcpAuth', async (path, input) => {
    await using all = await startProtected()
    const { data } = await all.api.ask(begin, { input: { serverId: all.serverId, ...input } })
    const refused = { __typename: 'InputError', code: 'INVALID_INPUT', path: ['input', ...path.split('.')] }
    expect(data.beginMcpAuth).toMatchObject(refused)
    expect(all.authorizationServer.countByGrant()).toEqual({})
  })

  it('serverId of a server that does not exist', async () => {
    await using api = await startApi()
    const missing = { __typename: 'InputError', code: 'NOT_FOUND', path: ['input', 'serverId'] }
    const input = { serverId: 'mcps_none' }
    expect((await api.ask(begin, { input })).data.beginMcpAuth).toMatchObject(missing)
    expect((await api.ask(disconnect, { input })).data.disconnectMcpAuth).toMatchObject(missing)
  })

  it('serverId of a server without OAuth', async () => {
    await using api = await startApi()
    const config = { transport: 'stdio', command: 'never-started' } as const
    const { id: serverId } = await api.registry.servers.create({ name: 'a', config, refresh: false })
    const refused = { __typename: 'InputError', code: 'INVALID_INPUT', path: ['input', 'serverId'] }
    const { data } = await api.ask(begin, { input: { serverId, redirectUri: 'http://127.0.0.1:9/' } })
    expect(data.beginMcpAuth).toMatchObject(refused)
    expect((await api.ask(disconnect, { input: { serverId } })).data.disconnectMcpAuth).toMatchObject(refused)
  })

  it('iss of another issuer, which uses nothing up', async () => {
    await using all = await startProtected()
    const { authorizationUrl, state } = await begun(all)
    const { code, iss } = await visit(authorizationUrl)
    const mixedUp = await all.api.ask(complete, { input: { state, code, iss: 'https://attacker.example' } })
    expect(mixedUp.data.completeMcpAuth).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'iss'] })
    const connected = await all.api.ask(complete, { input: { state, code, iss } })
    expect(connected.data.completeMcpAuth).toMatchObject({ __typename: 'CompleteMcpAuthPayload' })
  })
})

it('an authorization that was not given is an McpError, without the text of the authorization server', async () => {
  await using all = await startProtected()
  all.authorizationServer.settings.authorize.error = { error: 'access_denied', description: 'CANARY-of-the-server' }
  const { authorizationUrl, state } = await begun(all)
  const { error, errorDescription, iss } = await visit(authorizationUrl)
  expect(errorDescription).toContain('CANARY')
  const { data, text } = await all.api.ask(complete, { input: { state, error, errorDescription, iss } })
  expect(data.completeMcpAuth).toMatchObject({ __typename: 'McpError', code: 'AUTH_REQUIRED', path: null })
  expect(text).toContain('access_denied')
  expect(text).not.toContain('CANARY')
})

it('a refresh without authorization says which scopes the server asks for', async () => {
  await using all = await startProtected()
  const auth = 'error { code authentication scopes }'
  const refresh = `mutation ($id: ID!) {
    refreshMcpServer(input: { id: $id, wait: true }) { ... on RefreshMcpServerPayload { refresh { ${auth} } } }
  }`
  const { data } = await all.api.ask(refresh, { id: all.serverId })
  const error = { code: 'AUTH_REQUIRED', authentication: 'OAUTH', scopes: ['tools:call'] }
  expect(data.refreshMcpServer.refresh.error).toEqual(error)
})

it('a mutation is refused over GET', async () => {
  await using all = await startProtected()
  const url = new URL('http://localhost/graphql')
  url.searchParams.set('query', begin)
  url.searchParams.set('variables', JSON.stringify({ input: { serverId: all.serverId, redirectUri } }))
  const response = await all.api.handler(new Request(url))
  expect(response.status).toBe(405)
  expect(await all.api.registry.servers.get(all.serverId)).toMatchObject({ auth: null })
})

it('a state or code of the wrong type is not repeated', async () => {
  await using api = await startApi()
  for (const input of [
    { state: { canary: 'CANARY' } },
    { state: 'x', code: ['CANARY'] },
    { state: 'x', extra: 'CANARY' },
  ]) {
    const { text, errors } = await api.ask(complete, { input })
    expect(errors).toHaveLength(1)
    expect(text).not.toContain('CANARY')
  }
})
