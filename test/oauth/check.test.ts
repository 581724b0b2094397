import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const redirectUri = 'http://127.0.0.1:39999/callback'

let authorizationServer: AuthorizationServer
let server: ProtectedMcpServer
let registry: Registry
let id: string
beforeEach(async () => {
  authorizationServer = await startAuthorizationServer()
  server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  registry = await createRegistry({})
  const config = { transport: 'streamableHttp', serverUrl: server.url, auth: { oauth: { scopes: ['more'] } } } as const
  id = (await registry.servers.create({ name: 'a', config, refresh: false })).id
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
  await authorizationServer[Symbol.asyncDispose]()
})

async function connect(): Promise<void> {
  const { authorizationUrl, state } = await registry.servers.beginAuth(id, { redirectUri })
  const { code, iss } = await visit(authorizationUrl)
  await registry.servers.completeAuth({ state, code, iss })
  // Joins the refresh that this has started.
  await (await registry.servers.refresh(id)).result()
}

it('names the authorization server of a server that was never connected', async () => {
  expect(await registry.servers.checkAuth(id)).toEqual({
    issuer: authorizationServer.issuer,
    metadataMs: expect.any(Number),
    missingScopes: [],
    isRenewable: false,
  })
  expect(authorizationServer.requests.every(({ endpoint }) => endpoint === 'metadata')).toBe(true)
})

it('names the scopes that were not granted, and whether the tokens are renewed', async () => {
  authorizationServer.settings.authorize.grantScopes = (scopes) => scopes.filter((scope) => scope !== 'more')
  await connect()
  const before = await registry.servers.get(id)
  expect(await registry.servers.checkAuth(id)).toMatchObject({ missingScopes: ['more'], isRenewable: true })
  expect(await registry.servers.get(id)).toEqual({ ...before, auth: expect.any(Object) })
  await expect(registry.tools.run({ server: 'a', tool: 'admin' })).resolves.toMatchObject({ status: 'FAILED' })
  const { missingScopes } = await registry.servers.checkAuth(id)
  expect(missingScopes).toEqual(expect.arrayContaining(['more', ...server.settings.adminScopes]))
})

it('sends no token to the authorization server', async () => {
  await connect()
  const before = authorizationServer.requests.length
  await registry.servers.checkAuth(id)
  const asked = authorizationServer.requests.slice(before)
  expect(asked.length).toBeGreaterThan(0)
  const sent = JSON.stringify(asked)
  for (const secret of authorizationServer.secrets) expect(sent).not.toContain(secret)
})

it.each([
  ['500', 'CONNECT_FAILED', true],
  ['refuse', 'CONNECT_FAILED', true],
  ['not_json', 'CONNECT_FAILED', false],
  ['oversized', 'LIMIT_EXCEEDED', false],
] as const)('rejects for metadata that is %s', async (fault, code, retryable) => {
  await connect()
  authorizationServer.faults.metadata = fault
  await expect(registry.servers.checkAuth(id)).rejects.toMatchObject({ code, retryable })
})

it('rejects for a server that is not there, uses no OAuth, or is cancelled', async () => {
  await expect(registry.servers.checkAuth('mcps_none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  const plain = await registry.servers.create({ name: 'plain', config, refresh: false })
  await expect(registry.servers.checkAuth(plain.id)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  authorizationServer.faults.metadata = 'hang'
  const asked = authorizationServer.nextRequest('metadata')
  const controller = new AbortController()
  const checking = registry.servers.checkAuth(id, { signal: controller.signal })
  const rejected = expect(checking).rejects.toMatchObject({ code: 'CANCELED' })
  await asked
  controller.abort()
  await rejected
})
