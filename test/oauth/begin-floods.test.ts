import { createRegistry } from '@toolyard/core'
import { expect, it } from 'vitest'
import { startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const redirectUri = 'http://127.0.0.1:39999/callback'

it('hundreds of authorizations of a tenant register one client, and leave ten that can be completed', async () => {
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry({ budgets: { authorizations: 4 } })
  const config = { transport: 'streamableHttp', serverUrl: server.url, auth: { oauth: {} } } as const
  const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
  const begun: { readonly state: string; readonly authorizationUrl: string }[] = []
  for (let n = 0; n < 600; n += 200) {
    const some = Array.from({ length: 200 }, () => registry.servers.beginAuth(id, { redirectUri }))
    begun.push(...(await Promise.all(some)))
  }
  expect(new Set(begun.map(({ state }) => state)).size).toBe(600)
  expect(authorizationServer.requestsTo('register')).toHaveLength(1)
  const last = begun.at(-1)
  const { code, iss } = await visit(last?.authorizationUrl ?? '')
  const left: string[] = []
  // An answer with another issuer uses nothing up, and is refused for its state once the flow is dropped.
  for (const { state } of begun) {
    const answer = { state, code: 'none', iss: 'https://attacker.example' }
    const refused = await registry.servers.completeAuth(answer).catch((error: unknown) => error)
    if (refused instanceof Error && refused.message.startsWith('iss')) left.push(state)
  }
  expect(left).toHaveLength(10)
  expect(left).toContain(last?.state)
  await registry.servers.completeAuth({ state: last?.state ?? '', code, iss })
  expect(authorizationServer.tokenRequests('authorization_code')).toHaveLength(1)
})

it('of a tenant whose authorization servers never answer no more than its share is asked, and another one connects', async () => {
  await using hanging = await startAuthorizationServer()
  await using sound = await startAuthorizationServer()
  hanging.faults.all = 'hang'
  await using hung = await startProtectedMcpServer({ authorizationServers: [hanging] })
  await using server = await startProtectedMcpServer({ authorizationServers: [sound] })
  await using registry = await createRegistry({ budgets: { authorizations: 4 } })
  const create = async (tenant: string, serverUrl: string) => {
    const { servers } = registry.tenant(tenant)
    const config = { transport: 'streamableHttp', serverUrl, auth: { oauth: {} } } as const
    return { servers, id: (await servers.create({ name: 'a', config, refresh: false })).id }
  }
  const attacker = await create('attacker', hung.url)
  const victim = await create('victim', server.url)
  const leaving = new AbortController()
  const asked = hanging.nextRequest('metadata')
  const all = Array.from({ length: 1_000 }, () =>
    attacker.servers.beginAuth(attacker.id, { redirectUri, signal: leaving.signal }).catch((error: unknown) => error),
  )
  await asked
  await expect(victim.servers.beginAuth(victim.id, { redirectUri })).resolves.toHaveProperty('state')
  expect(hanging.requestsTo('metadata').length).toBeLessThanOrEqual(2)
  leaving.abort()
  expect((await Promise.all(all)).map((error) => error instanceof Error && 'code' in error && error.code)).toEqual(
    Array.from({ length: 1_000 }, () => 'CANCELED'),
  )
  expect(hanging.requestsTo('metadata').length).toBeLessThanOrEqual(2)
})

it('callers who begin at once at a new authorization server share one client, and each may complete', async () => {
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry()
  authorizationServer.settings.clientMetadataDocuments = false
  const config = { transport: 'streamableHttp', serverUrl: server.url, auth: { oauth: {} } } as const
  const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
  const begun = await Promise.all(Array.from({ length: 10 }, () => registry.servers.beginAuth(id, { redirectUri })))
  expect(authorizationServer.requestsTo('register')).toHaveLength(1)
  const [first, ...others] = await Promise.all(
    begun.map(async ({ authorizationUrl }) => {
      const { code, iss, state = '' } = await visit(authorizationUrl)
      return { code, iss, state }
    }),
  )
  for (const answer of [first, ...others]) if (answer) await registry.servers.completeAuth(answer)
  expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'CONNECTED' } })
})
