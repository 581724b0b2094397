import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const redirectUri = 'http://127.0.0.1:39999/callback'
const config = (serverUrl: string) => ({ transport: 'streamableHttp', serverUrl, auth: { oauth: {} } }) as const

let authorizationServer: AuthorizationServer
let server: ProtectedMcpServer
let registry: Registry
let id: string
beforeEach(async () => {
  authorizationServer = await startAuthorizationServer()
  server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  registry = await createRegistry()
  id = (await registry.servers.create({ name: 'a', config: config(server.url), refresh: false })).id
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
  await authorizationServer[Symbol.asyncDispose]()
  vi.useRealTimers()
})

type BeginOptions = NonNullable<Parameters<Registry['servers']['beginAuth']>[1]>

/** Begins, and lets the owner consent: what came to the redirect URI. */
async function consented(options: BeginOptions = {}) {
  const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri, ...options })
  const { code, iss, state = '' } = await visit(authorizationUrl, { redirectUri })
  return { code, iss, state }
}

const refused = (path: string) => ({ code: 'INVALID_INPUT', path: [path] })
const tokenRequests = () => authorizationServer.tokenRequests()

describe('a state', () => {
  it('is used once', async () => {
    const answer = await consented()
    await registry.servers.completeAuth(answer)
    await expect(registry.servers.completeAuth(answer)).rejects.toMatchObject(refused('state'))
    expect(tokenRequests()).toHaveLength(1)
  })

  it('is used once even by two at the same time', async () => {
    const answer = await consented()
    const both = await Promise.allSettled([1, 2].map(() => registry.servers.completeAuth(answer)))
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(tokenRequests()).toHaveLength(1)
  })

  it.each([
    ['an empty one', ''],
    ['a forged one', 'forged'],
    ['a control character', '\0'],
    ['100,000 characters', 'x'.repeat(100_000)],
  ])('that was never given is refused: %s', async (_, state) => {
    await consented()
    await expect(registry.servers.completeAuth({ state, code: 'a' })).rejects.toMatchObject(refused('state'))
    expect(tokenRequests()).toEqual([])
  })

  it('of 10 minutes ago has expired', async () => {
    const answer = await consented()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_001 })
    await expect(registry.servers.completeAuth(answer)).rejects.toMatchObject(refused('state'))
    expect(tokenRequests()).toEqual([])
  })

  it('of another tenant, key or browser is refused, and stays good for the one that began', async () => {
    const answer = await consented({ actor: 'a-key', browser: 'a-cookie' })
    const { servers } = registry
    const others = [
      () => registry.tenant('other').servers.completeAuth(answer, { actor: 'a-key', browser: 'a-cookie' }),
      () => registry.tenant('other').servers.completeAuth(answer, { actor: 'a-key' }),
      () => servers.completeAuth(answer),
      () => servers.completeAuth(answer, { actor: 'another-key' }),
      () => servers.completeAuth(answer, { browser: 'another-cookie' }),
      () => servers.completeAuth(answer, { actor: 'a-key', browser: '' }),
    ]
    for (const other of others) await expect(other()).rejects.toMatchObject(refused('state'))
    expect(tokenRequests()).toEqual([])
    await servers.completeAuth(answer, { browser: 'a-cookie' })
    expect(tokenRequests()).toHaveLength(1)
  })

  it('that was begun without a browser is completed by none', async () => {
    const answer = await consented()
    await expect(registry.servers.completeAuth(answer, { browser: 'a-cookie' })).rejects.toMatchObject(refused('state'))
    expect(tokenRequests()).toEqual([])
  })

  it.each([
    ['deleted', () => registry.servers.delete(id)],
    [
      'moved',
      () => registry.servers.update(id, { config: { transport: 'streamableHttp', serverUrl: `${server.url}?b` } }),
    ],
    ['given another client', () => update({ oauth: { clientId: 'by-hand' } })],
    ['given another issuer', () => update({ oauth: { issuer: 'https://auth.example' } })],
    ['given a header', () => update({ token: 't' })],
  ])('of a server that was %s is refused', async (_, change) => {
    const answer = await consented()
    await change()
    await expect(registry.servers.completeAuth(answer)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(tokenRequests()).toEqual([])
  })
})

const update = (auth: NonNullable<ReturnType<typeof config>['auth']> | object) =>
  // Each is a form of auth.
  registry.servers.update(id, { config: { transport: 'streamableHttp', auth: auth as { readonly token: string } } })

describe('an answer of another issuer (RFC 9207)', () => {
  it.each([
    ['wrong', 'wrong'],
    ['normalized', 'normalized'],
    ['absent', 'absent'],
  ] as const)('is refused if iss is %s: nothing is sent, and nothing used up', async (_, iss) => {
    authorizationServer.settings.authorize.iss = iss
    const answer = await consented()
    const completing = registry.servers.completeAuth({ ...answer, error: 'canary-error' })
    await expect(completing).rejects.toMatchObject(refused('iss'))
    await completing.catch(({ message }: Error) => expect(message).not.toMatch(/canary|attacker/))
    await expect(registry.servers.completeAuth(answer)).rejects.toMatchObject(refused('iss'))
    expect(tokenRequests()).toEqual([])
    await registry.servers.completeAuth({ ...answer, iss: authorizationServer.issuer })
    expect(tokenRequests()).toHaveLength(1)
  })

  it('is refused if iss is wrong, also if the server does not say that it names itself', async () => {
    authorizationServer.settings.metadata.issAdvertised = null
    const answer = await consented()
    const wrong = { ...answer, iss: `${authorizationServer.issuer}/` }
    await expect(registry.servers.completeAuth(wrong)).rejects.toMatchObject(refused('iss'))
    expect(tokenRequests()).toEqual([])
    await registry.servers.completeAuth({ ...answer, iss: undefined })
  })
})

describe('an error in place of a code', () => {
  it.each([
    ['access_denied', 'access_denied'],
    ['server_error', 'server_error'],
    ['canary_code', 'an error of its own'],
    ['<script>canary</script>', 'an error of its own'],
  ])('%s is told as %s, without what else came', async (error, told) => {
    authorizationServer.settings.authorize.error = { error, description: 'canary-description' }
    const { authorizationUrl, state } = await registry.servers.beginAuth(id, { redirectUri })
    const { params, iss } = await visit(authorizationUrl, { redirectUri })
    expect(params.error_description).toBe('canary-description')
    // As a caller may pass it on.
    const answer = { state, iss, error: params.error, errorDescription: params.error_description }
    const completing = registry.servers.completeAuth(answer)
    await expect(completing).rejects.toMatchObject({ code: 'AUTH_REQUIRED', message: expect.stringContaining(told) })
    await completing.catch((failure: Error) => expect(`${failure.message}${failure.cause}`).not.toContain('canary'))
    expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'NOT_CONNECTED' } })
    expect(tokenRequests()).toEqual([])
  })

  it('neither a code nor an error uses nothing up', async () => {
    const answer = await consented()
    await expect(registry.servers.completeAuth({ ...answer, code: '' })).rejects.toMatchObject(refused('code'))
    await registry.servers.completeAuth(answer)
  })
})

describe('a redirect URI', () => {
  it.each([
    'https://attacker.example/callback',
    'http://attacker.example/callback',
    'http://127.0.0.1.attacker.example/',
    'http://localhost.attacker.example/',
    'http://me:pass@127.0.0.1/callback',
    'http://127.0.0.1@attacker.example/',
    'http://127.0.0.1/callback#part',
    'http://127.0.0.1/call\nback',
    'http://127.0.0.1/ callback',
    'https://127.0.0.1/callback',
    'javascript:alert(1)',
    '//127.0.0.1/callback',
    '/callback',
    '',
  ])('that is not allowed is refused, and nothing is asked: %j', async (given) => {
    const beginning = registry.servers.beginAuth(id, { redirectUri: given })
    await expect(beginning).rejects.toMatchObject(refused('redirectUri'))
    expect(authorizationServer.requests).toEqual([])
    expect(server.requests).toEqual([])
  })

  it('of 3,000 characters is refused', async () => {
    const given = `http://127.0.0.1/${'a'.repeat(3_000)}`
    const beginning = registry.servers.beginAuth(id, { redirectUri: given })
    await expect(beginning).rejects.toMatchObject(refused('redirectUri'))
  })

  it.each(['http://127.0.0.1:1/', 'http://[::1]:65535/a?b=c', 'http://localhost/callback'])(
    'of this machine is allowed: %s',
    async (given) => {
      const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri: given })
      expect(new URL(authorizationUrl).searchParams.get('redirect_uri')).toBe(given)
    },
  )

  it('that the registry has is allowed as it is, and in no other spelling', async () => {
    const callbackUrl = 'https://tools.example/oauth/callback'
    await using own = await createRegistry({ oauth: { callbackUrl, redirectUris: ['https://app.example/back'] } })
    const created = await own.servers.create({ name: 'a', config: config(server.url), refresh: false })
    for (const given of [undefined, callbackUrl, 'https://app.example/back']) {
      const options = given === undefined ? {} : { redirectUri: given }
      await expect(own.servers.beginAuth(created.id, options)).resolves.toHaveProperty('state')
    }
    for (const given of [`${callbackUrl}/`, `${callbackUrl}?a`, 'https://APP.example/back', 'https://app.example/']) {
      const beginning = own.servers.beginAuth(created.id, { redirectUri: given })
      await expect(beginning).rejects.toMatchObject(refused('redirectUri'))
    }
  })

  it.each([
    'javascript:alert(1)',
    'vbscript:a',
    'data:text/html,a',
    'blob:https://a.example/b',
    'file:///etc/passwd',
    'http://tools.example/callback',
    'https://me:pass@tools.example/callback',
    'https://tools.example/callback#part',
    '/callback',
  ])('of the registry cannot be %s', async (callbackUrl) => {
    const invalid = (path: readonly string[]) => ({ code: 'INVALID_INPUT', path })
    await expect(createRegistry({ oauth: { callbackUrl } })).rejects.toMatchObject(invalid(['oauth', 'callbackUrl']))
    const given = createRegistry({ oauth: { redirectUris: [callbackUrl] } })
    await expect(given).rejects.toMatchObject(invalid(['oauth', 'redirectUris', '0']))
  })
})
