import { createRegistry } from '@toolyard/core'
import { expect, it } from 'vitest'
import { startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const redirectUri = 'http://127.0.0.1:39999/callback'

it('a server is connected by OAuth, refreshes by itself, and runs', async () => {
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry({})
  const config = { transport: 'streamableHttp', serverUrl: server.url, auth: { oauth: {} } } as const
  const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
  const refused = await registry.servers.refresh(id)
  await expect(refused.result()).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
  expect(await registry.servers.get(id)).toMatchObject({ status: 'NEEDS_AUTH', auth: { status: 'NOT_CONNECTED' } })
  const { authorizationUrl, state } = await registry.servers.beginAuth(id, { redirectUri })
  expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'AUTHORIZING' } })
  const back = await visit(authorizationUrl, { redirectUri })
  expect(back.state).toBe(state)
  const connected = await registry.servers.completeAuth({ state, code: back.code, iss: back.iss })
  expect(connected).toMatchObject({ auth: { status: 'CONNECTED', scopes: ['tools:call'] } })
  const tool = { server: 'a', tool: 'echo' }
  await expect.poll(() => registry.servers.get(id)).toMatchObject({ status: 'READY' })
  // READY comes before the tools are stored.
  await expect.poll(() => registry.tools.count()).toBeGreaterThan(0)
  expect(await registry.tools.run(tool, { text: 'hello' })).toMatchObject({ status: 'SUCCEEDED' })
  authorizationServer.expireAccessTokens()
  expect(await registry.tools.run(tool, { text: 'again' })).toMatchObject({ status: 'SUCCEEDED' })
  expect(authorizationServer.countByGrant()).toEqual({ authorization_code: 1, refresh_token: 1 })
})
