import { expect, it } from 'vitest'
import { consent, echo, startConnected } from '../fixtures/oauth/connected.ts'

it('a tool that needs more scopes leaves its server READY, and names them until the owner grants them', async () => {
  await using connected = await startConnected()
  const { registry, id } = connected
  const admin = { server: echo.server, tool: 'admin' }
  const { error } = await registry.tools.run(admin)
  expect(error).toMatchObject({ code: 'AUTH_REQUIRED', authentication: 'OAUTH', scopes: ['tools:admin'] })
  expect(await registry.servers.get(id)).toMatchObject({
    status: 'READY',
    health: { lastError: null },
    auth: { status: 'CONNECTED', scopes: ['tools:call'], requestedScopes: ['tools:admin'] },
  })
  expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
  await consent(registry, id)
  expect(await registry.tools.run(admin)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await registry.servers.get(id)).toMatchObject({
    auth: { scopes: expect.arrayContaining(['tools:call', 'tools:admin']), requestedScopes: [] },
  })
})
