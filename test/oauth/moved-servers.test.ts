import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { createSigningKey, signJwt } from '../fixtures/oauth/jwt.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const redirectUri = 'http://127.0.0.1:39999/callback'
const clientSecret = 'the-secret-of-the-owner'
const issuerKey = createSigningKey()
const assertionIssuer = 'https://issuer.example'
const trustedIssuers = [{ issuer: assertionIssuer, jwks: [issuerKey.publicJwk] }]
const clients = ['by-hand', 'another'].map((clientId) => ({
  ...{ clientId, clientSecret, authMethod: 'client_secret_basic' as const },
  redirectUris: [redirectUri],
}))

let first: AuthorizationServer
let second: AuthorizationServer
let server: ProtectedMcpServer
let registry: Registry
beforeEach(async () => {
  first = await startAuthorizationServer({ clients, trustedIssuers })
  second = await startAuthorizationServer({ clients, trustedIssuers })
  server = await startProtectedMcpServer({ authorizationServers: [first] })
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  for (const each of [server, first, second]) await each[Symbol.asyncDispose]()
})

const http = (serverUrl: string, oauth: object) =>
  ({ transport: 'streamableHttp', serverUrl, auth: { oauth } }) as const

async function create(oauth: object): Promise<string> {
  return (await registry.servers.create({ name: 'a', config: http(server.url, oauth), refresh: false })).id
}

async function connect(id: string): Promise<void> {
  const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri })
  const { code, iss, state = '' } = await visit(authorizationUrl)
  await registry.servers.completeAuth({ state, code, iss })
}

const refreshed = async (id: string) => (await registry.servers.refresh(id)).result()

/** The resource names another authorization server from now on, and takes its tokens alone. */
function move(): void {
  server.settings.authorizationServers = [second]
}

const assertion = () =>
  signJwt(issuerKey, {
    ...{ iss: assertionIssuer, sub: 'alice', aud: first.issuer, jti: crypto.randomUUID() },
    exp: Math.floor(Date.now() / 1_000) + 3_600,
  })

/** Nothing that the owner gave, and nothing that `first` issued, came to the other authorization server. */
function expectNothingAtSecond(): void {
  expect(second.tokenRequests()).toEqual([])
  expect(second.requestsTo('register')).toEqual([])
  const received = JSON.stringify(second.requests)
  for (const secret of [clientSecret, btoa(`by-hand:${clientSecret}`), ...first.secrets]) {
    expect(received).not.toContain(secret)
  }
}

describe('a client that registers itself', () => {
  it('registers anew at the authorization server that the resource names, which never sees the old client', async () => {
    first.settings.clientMetadataDocuments = false
    second.settings.clientMetadataDocuments = false
    const id = await create({})
    await connect(id)
    await expect.poll(() => registry.servers.get(id)).toMatchObject({ status: 'READY' })
    const { clientId } = first.clients.find(({ source }) => source === 'dynamic') ?? {}
    move()
    await expect(refreshed(id)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
    await connect(id)
    expect(await refreshed(id)).toMatchObject({ status: 'SUCCEEDED' })
    const received = JSON.stringify(second.requests)
    for (const known of [clientId, ...first.secrets]) expect(received).not.toContain(known)
    expect(second.requestsTo('register')).toHaveLength(1)
    expect(await registry.servers.get(id)).toMatchObject({ auth: { issuer: second.issuer, status: 'CONNECTED' } })
  })

  it('by its metadata document takes no token along', async () => {
    const callbackUrl = 'https://tools.example/callback'
    const clientMetadataUrl = 'https://tools.example/client.json'
    await using own = await createRegistry({ oauth: { callbackUrl, clientMetadataUrl } })
    const { id } = await own.servers.create({ name: 'a', config: http(server.url, {}), refresh: false })
    for (const authorizationServer of [first, second]) {
      server.settings.authorizationServers = [authorizationServer]
      const { authorizationUrl } = await own.servers.beginAuth(id)
      const { code, iss, state = '' } = await visit(authorizationUrl)
      await own.servers.completeAuth({ state, code, iss })
      expect(await own.servers.get(id)).toMatchObject({
        auth: {
          issuer: authorizationServer.issuer,
          clientId: clientMetadataUrl,
          clientRegistration: 'METADATA_DOCUMENT',
        },
      })
    }
    const received = JSON.stringify(second.requests)
    for (const secret of first.secrets) expect(received).not.toContain(secret)
  })
})

describe('credentials that the owner gave', () => {
  const named = () => expect.stringMatching(new RegExp(`${second.issuer}.*${first.issuer}`))
  const isPinned = () => ({ code: 'AUTH_REQUIRED', message: named() })

  it('are not shown to the authorization server that a connected server names next', async () => {
    const id = await create({ clientId: 'by-hand', clientSecret })
    await connect(id)
    move()
    await expect(registry.servers.beginAuth(id, { redirectUri })).rejects.toMatchObject(isPinned())
    await registry.servers.disconnectAuth(id)
    await expect(registry.servers.beginAuth(id, { redirectUri })).rejects.toMatchObject(isPinned())
    const auth = { status: 'REAUTH_REQUIRED', reason: named() }
    expect(await registry.servers.get(id)).toMatchObject({ auth })
    expectNothingAtSecond()
  })

  it.each([
    ['a client secret', () => ({ grant: 'CLIENT_CREDENTIALS', clientId: 'by-hand', clientSecret })],
    ['an assertion', () => ({ grant: 'JWT_BEARER', clientId: 'by-hand', clientSecret, assertion: assertion() })],
  ])('are shown without a browser to no other one: %s', async (_, oauth) => {
    const id = await create(oauth())
    expect(await refreshed(id)).toMatchObject({ status: 'SUCCEEDED' })
    move()
    await expect(refreshed(id)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
    const auth = { status: 'REAUTH_REQUIRED', reason: named() }
    expect(await registry.servers.get(id)).toMatchObject({ auth })
    expectNothingAtSecond()
  })

  it('are exchanged at the identity provider for an assertion that no other one is shown', async () => {
    const idpClient = { clientId: 'at-idp', clientSecret, authMethod: 'client_secret_post' } as const
    await using idp = await startAuthorizationServer({ clients: [idpClient], idJagClientId: 'by-hand' })
    const trusted = [{ issuer: idp.issuer, jwks: [idp.key.publicJwk] }]
    for (const each of [first, second]) each.settings.trustedIssuers = trusted
    const exp = Math.floor(Date.now() / 1_000) + 3_600
    const idToken = signJwt(idp.key, { iss: idp.issuer, sub: 'alice', aud: 'at-idp', exp })
    const given = { issuer: idp.issuer, clientId: 'at-idp', clientSecret, idToken }
    const id = await create({ grant: 'ENTERPRISE_MANAGED', clientId: 'by-hand', clientSecret, idp: given })
    expect(await refreshed(id)).toMatchObject({ status: 'SUCCEEDED' })
    const exchanges = idp.tokenRequests().length
    move()
    await expect(refreshed(id)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'REAUTH_REQUIRED', reason: named() } })
    expect(idp.tokenRequests()).toHaveLength(exchanges)
    expectNothingAtSecond()
  })

  it('are pinned by the first exchange, even if it was refused', async () => {
    const id = await create({ grant: 'CLIENT_CREDENTIALS', clientId: 'by-hand', clientSecret })
    first.fault = 'temporarily_unavailable'
    await expect(refreshed(id)).rejects.toMatchObject({ code: 'CONNECT_FAILED', retryable: true })
    first.fault = null
    move()
    await expect.poll(() => refreshed(id).catch((error: unknown) => error)).toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'REAUTH_REQUIRED', reason: named() } })
    expectNothingAtSecond()
  })

  it('are pinned by the first code that was exchanged, even if it was refused', async () => {
    const id = await create({ clientId: 'by-hand', clientSecret })
    first.fault = 'invalid_client'
    await expect(connect(id)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
    move()
    await expect(registry.servers.beginAuth(id, { redirectUri })).rejects.toMatchObject(isPinned())
    expectNothingAtSecond()
  })

  it('go to one of two authorization servers that browsers were sent to at the same time', async () => {
    const id = await create({ clientId: 'by-hand', clientSecret })
    const begun = await registry.servers.beginAuth(id, { redirectUri })
    move()
    const other = await registry.servers.beginAuth(id, { redirectUri })
    const back = await visit(begun.authorizationUrl)
    await registry.servers.completeAuth({ state: begun.state, code: back.code, iss: back.iss })
    const late = await visit(other.authorizationUrl)
    const completing = registry.servers.completeAuth({ state: other.state, code: late.code, iss: late.iss })
    await expect(completing).rejects.toMatchObject(isPinned())
    expectNothingAtSecond()
  })

  it('stay where they are if the URL of the server changes', async () => {
    const id = await create({ clientId: 'by-hand', clientSecret })
    await connect(id)
    await using elsewhere = await startProtectedMcpServer({ authorizationServers: [second] })
    await registry.servers.update(id, { config: { transport: 'streamableHttp', serverUrl: elsewhere.url } })
    await expect(registry.servers.beginAuth(id, { redirectUri })).rejects.toMatchObject(isPinned())
    expectNothingAtSecond()
    expect(elsewhere.requests.map(({ authorization }) => authorization).filter(Boolean)).toEqual([])
  })

  it('go only to the issuer of the configuration, from the start', async () => {
    move()
    const id = await create({ clientId: 'by-hand', clientSecret, issuer: first.issuer })
    await connect(id)
    expect(first.tokenRequests('authorization_code')).toHaveLength(1)
    expect(second.requests).toEqual([])
  })

  it('that are set again with an issuer, or for another client, go there', async () => {
    const id = await create({ clientId: 'by-hand', clientSecret })
    await connect(id)
    move()
    const set = (oauth: object) =>
      registry.servers.update(id, { config: { transport: 'streamableHttp', auth: { oauth } } })
    await set({ clientId: 'by-hand', clientSecret, issuer: second.issuer })
    await connect(id)
    expect(await registry.servers.get(id)).toMatchObject({ auth: { issuer: second.issuer } })
    server.settings.authorizationServers = [first]
    await set({ clientId: 'another', clientSecret })
    await connect(id)
    expect(await registry.servers.get(id)).toMatchObject({ auth: { issuer: first.issuer, clientId: 'another' } })
  })
})

it('a pin and a configured issuer fit an issuer with the slash that URL libraries add', async () => {
  server.settings.metadata.authorizationServers = [`${first.issuer}/`]
  const id = await create({ clientId: 'by-hand', clientSecret, issuer: `${first.issuer}/` })
  await connect(id)
  expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'CONNECTED', issuer: first.issuer } })
  const auth = { oauth: { clientId: 'by-hand', clientSecret } }
  await registry.servers.update(id, { config: { transport: 'streamableHttp', auth } })
  await connect(id)
})
