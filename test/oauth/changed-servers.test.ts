import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const redirectUri = 'http://127.0.0.1:39999/callback'
const http = (serverUrl: string, auth: object | undefined = { oauth: {} }) =>
  // Each is a form of auth.
  ({ transport: 'streamableHttp', serverUrl, auth: auth as { readonly token: string } }) as const
const echo = { server: 'a', tool: 'echo' }

let authorizationServer: AuthorizationServer
let server: ProtectedMcpServer
let folder: string
let registry: Registry
beforeEach(async () => {
  authorizationServer = await startAuthorizationServer()
  server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  registry = await open()
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
  await authorizationServer[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const open = () =>
  createRegistry({
    storage: sqliteStorage({ path: join(folder, 'registry.db') }),
    secretKey: Buffer.alloc(32, 7),
  })

/** A server that is connected, and has a warm session. */
async function connected(): Promise<string> {
  const { id } = await registry.servers.create({ name: 'a', config: http(server.url), refresh: false })
  const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri })
  const { code, iss, state = '' } = await visit(authorizationUrl)
  await registry.servers.completeAuth({ state, code, iss })
  await (await registry.servers.refresh(id)).result()
  expect(await registry.tools.run(echo, { text: 'a' })).toMatchObject({ status: 'SUCCEEDED' })
  return id
}

const authorizations = ({ requests }: ProtectedMcpServer) =>
  requests.map(({ authorization }) => authorization).filter(Boolean)
const runs = async (on: Registry) => on.tools.run(echo, { text: 'b' }).catch((error: unknown) => error)

describe('a server that was changed', () => {
  it('gets no token at its new URL, and the old ones are revoked', async () => {
    const id = await connected()
    await using elsewhere = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
    const revoked = authorizationServer.nextRequest('revoke')
    await registry.servers.update(id, { config: { transport: 'streamableHttp', serverUrl: elsewhere.url } })
    expect((await revoked).params).toMatchObject({ token_type_hint: 'refresh_token' })
    await expect.poll(() => authorizationServer.issuedTokens.every(({ isRevoked }) => isRevoked)).toBe(true)
    expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'NOT_CONNECTED', issuer: null } })
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(elsewhere.refusals(401).length).toBeGreaterThan(0)
    expect(authorizations(elsewhere)).toEqual([])
  })

  it('gets no token at its new URL from another node with a warm session', async () => {
    const id = await connected()
    await using other = await open()
    expect(await runs(other)).toMatchObject({ status: 'SUCCEEDED' })
    await using elsewhere = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
    await registry.servers.update(id, { config: { transport: 'streamableHttp', serverUrl: elsewhere.url } })
    const reaches = async () => {
      await runs(other)
      return elsewhere.requests.length
    }
    await expect.poll(reaches).toBeGreaterThan(0)
    for (const node of [registry, other]) expect(await runs(node)).not.toMatchObject({ status: 'SUCCEEDED' })
    expect(authorizations(elsewhere)).toEqual([])
  })

  it('that was disconnected is asked anew for its scopes', async () => {
    const id = await connected()
    await registry.servers.disconnectAuth(id)
    const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri })
    expect(new URL(authorizationUrl).searchParams.get('scope')).toBe('tools:call')
  })

  it.each([
    ['a header', { token: 'of-the-owner' }],
    ['another client', { oauth: { clientId: 'by-hand' } }],
    ['another issuer', { oauth: { issuer: 'https://auth.example' } }],
  ])('to %s sends nothing of the grant before', async (_, auth) => {
    const id = await connected()
    const issued = authorizationServer.issuedTokens.map(({ value }) => value)
    const before = server.requests.length
    await registry.servers.update(id, { config: http(server.url, auth) })
    await (await registry.servers.refresh(id)).result().catch(() => undefined)
    const since = JSON.stringify(server.requests.slice(before).map(({ authorization }) => authorization))
    for (const token of issued) expect(since).not.toContain(token)
    expect(authorizationServer.requestsTo('revoke')).toHaveLength(1)
  })
})

describe('a server that cannot be connected by a browser says why', () => {
  it.each([
    ['a header', () => http(server.url, { token: 't' })],
    [
      'a header Authorization of its own',
      () => ({
        transport: 'streamableHttp' as const,
        serverUrl: server.url,
        customHeaders: { Authorization: 'Basic eA==' },
      }),
    ],
    [
      'credentials',
      () => http(server.url, { oauth: { grant: 'CLIENT_CREDENTIALS', clientId: 'a', clientSecret: 'b' } }),
    ],
    ['its environment', () => ({ transport: 'stdio', command: 'node', args: ['-e', ''] }) as const],
  ])('as it has %s', async (_, config) => {
    const { id } = await registry.servers.create({ name: 'b', config: config(), refresh: false })
    const beginning = registry.servers.beginAuth(id, { redirectUri })
    await expect(beginning).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['serverId'] })
    expect(server.requests).toEqual([])
    expect(authorizationServer.requests).toEqual([])
  })

  it.each([200, 401, 403, 404, 500])('as it answers %i, and has no metadata', async (status) => {
    await using plain = await startScripted(({ request, response }) => {
      const isMcp = request.url === '/mcp'
      response.writeHead(isMcp ? status : 404, { 'content-type': 'application/json' }).end('{}')
      return true
    })
    const { id } = await registry.servers.create({ name: 'b', config: http(plain.url), refresh: false })
    const beginning = registry.servers.beginAuth(id, { redirectUri })
    await expect(beginning).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`HTTP ${status}`),
    })
  })
})

it('what a caller is authorized by never comes to a server or an authorization server', async () => {
  await connected()
  const handler = createHandler(registry)
  const canary = 'canary-of-the-caller'
  const query = `mutation ($input: RunMcpToolInput!) { runMcpTool(input: $input) { ... on RunMcpToolPayload { run { status } } } }`
  const input = {
    tool: { qualified: echo },
    agentId: 'an-agent',
    variables: [{ name: 'CANARY', value: canary }],
    wait: true,
  }
  const response = await handler(
    new Request('http://localhost/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${canary}`,
        cookie: `a=${canary}`,
        'x-api-key': canary,
      },
      body: JSON.stringify({ query, variables: { input } }),
    }),
  )
  expect(await response.text()).toContain('SUCCEEDED')
  const sent = JSON.stringify([server.requests, authorizationServer.requests])
  expect(sent).toContain('an-agent')
  expect(sent).not.toContain(canary)
  expect(new Set(authorizations(server)).size).toBe(1)
})
