import { createRegistry, type RegistryEvent } from '@toolyard/core'
import { afterEach, expect, it, vi } from 'vitest'
import { startTcpProxy } from '../fixtures/http/tcp-proxy.ts'
import { authStatus, connect, consent, echo, startConnected, startIssuers } from '../fixtures/oauth/connected.ts'
import { refreshes } from './one-renewal.ts'

afterEach(() => vi.useRealTimers())

interface Feed {
  readonly events: readonly RegistryEvent[]
  readonly demands: () => readonly RegistryEvent[]
}

/** The feed from now on. */
function readFeed(events: AsyncIterableIterator<RegistryEvent>): Feed {
  const seen: RegistryEvent[] = []
  void (async () => {
    for await (const event of events) seen.push(event)
  })()
  return { events: seen, demands: () => seen.filter(({ type }) => type === 'McpServerAuthRequired') }
}

it('asks the owner once, and the authorization server no more, after invalid_grant', async () => {
  await using connected = await startConnected()
  const { authorizationServer, registry, id } = connected
  const feed = readFeed(registry.events())
  const [, refreshToken] = authorizationServer.issuedTokens
  authorizationServer.revoke(refreshToken?.value ?? '')
  for (let round = 0; round < 3; round++) {
    const runs = await Promise.all(Array.from({ length: 20 }, () => registry.tools.run(echo)))
    const demand = { code: 'AUTH_REQUIRED', retryable: false, authentication: 'OAUTH' }
    for (const { error } of runs) expect(error).toMatchObject(demand)
  }
  expect(refreshes(authorizationServer)).toHaveLength(1)
  expect(await registry.servers.get(id)).toMatchObject({ status: 'NEEDS_AUTH', auth: { status: 'REAUTH_REQUIRED' } })
  await consent(registry, id)
  expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await registry.servers.get(id)).toMatchObject({ status: 'READY', auth: { status: 'CONNECTED' } })
  await expect.poll(() => feed.events.at(-1)?.type).toBeDefined()
  expect(feed.demands()).toHaveLength(1)
})

it('uses what came meanwhile in place of believing a late invalid_grant', async () => {
  await using issuers = await startIssuers()
  const { authorizationServer } = issuers
  await using proxy = await startTcpProxy(Number(new URL(authorizationServer.origin).port))
  const { metadata } = authorizationServer.settings
  metadata.tokenEndpoint = `http://127.0.0.1:${proxy.port}/token`
  await using registry = await createRegistry()
  const id = await connect(registry, issuers)
  metadata.tokenEndpoint = null
  const [, refreshToken] = authorizationServer.issuedTokens
  authorizationServer.revoke(refreshToken?.value ?? '')
  proxy.freeze('ANSWERS')
  const asked = authorizationServer.nextRequest('token')
  const run = registry.tools.run(echo)
  await asked
  await consent(registry, id)
  proxy.thaw()
  expect(await run).toMatchObject({ status: 'SUCCEEDED' })
  expect(await authStatus(registry, id)).toBe('CONNECTED')
})

it('registers anew after its authorization server has forgotten it', async () => {
  await using connected = await startConnected()
  const { authorizationServer, registry, id } = connected
  const [client] = authorizationServer.clients
  authorizationServer.forgetClient(client?.clientId ?? '')
  authorizationServer.expireAccessTokens()
  const { error } = await registry.tools.run(echo)
  expect(error).toMatchObject({ code: 'AUTH_REQUIRED', message: expect.stringContaining('invalid_client') })
  expect(authorizationServer.requestsTo('register')).toHaveLength(1)
  await consent(registry, id)
  expect(authorizationServer.requestsTo('register')).toHaveLength(2)
  expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
})

it('shows credentials that were refused again after 30 s, or once the owner has set others', async () => {
  const client = { clientId: 'machine', authMethod: 'client_secret_basic', clientSecret: 'right' } as const
  await using issuers = await startIssuers({ clients: [client] })
  const { authorizationServer, server } = issuers
  await using registry = await createRegistry()
  const feed = readFeed(registry.events())
  const configWith = (clientSecret: string) => {
    const oauth = { grant: 'CLIENT_CREDENTIALS', clientId: 'machine', clientSecret } as const
    return { transport: 'streamableHttp', serverUrl: server.url, auth: { oauth } } as const
  }
  const { id } = await registry.servers.create({ name: 'a', config: configWith('wrong'), refresh: false })
  const refresh = async () => (await registry.servers.refresh(id)).result()
  const asked = () => authorizationServer.tokenRequests('client_credentials').length
  for (let n = 0; n < 5; n++) await expect(refresh()).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
  expect(asked()).toBe(1)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
  for (let n = 0; n < 5; n++) await expect(refresh()).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
  expect(asked()).toBe(2)
  // A clock that is set back does not make it wait longer.
  vi.setSystemTime(Date.now() - 3_600_000)
  await expect(refresh()).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
  expect(asked()).toBe(3)
  expect(await authStatus(registry, id)).toBe('REAUTH_REQUIRED')
  await registry.servers.update(id, { config: configWith('right') })
  await refresh()
  expect(asked()).toBe(4)
  expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await authStatus(registry, id)).toBe('CONNECTED')
  expect(feed.demands()).toHaveLength(1)
})
