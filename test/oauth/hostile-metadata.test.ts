import { createRegistry, type Registry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { startSilentAddress } from '../fixtures/oauth/silent-address.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const redirectUri = 'http://127.0.0.1:39999/callback'
const clientSecret = 'the-secret-of-the-owner'
const client = {
  clientId: 'by-hand',
  clientSecret,
  authMethod: 'client_secret_basic',
  redirectUris: [redirectUri],
} as const

interface Arrangement {
  readonly authorizationServer: AuthorizationServer
  readonly server: ProtectedMcpServer
  /** An address that the network policy leaves out. */
  readonly silent: string
}

type Arrange = (arrangement: Arrangement) => void
type Form = readonly [name: string, arrange: Arrange, expected: { readonly code: string; readonly retryable?: boolean }]

const blocked = { code: 'URL_BLOCKED' }
const failed = { code: 'CONNECT_FAILED', retryable: false }
const unwell = { code: 'CONNECT_FAILED', retryable: true }
const limited = { code: 'LIMIT_EXCEEDED' }

const challengeNames =
  (url: (silent: string) => string): Arrange =>
  ({ server, silent }) => {
    server.settings.challenge.resourceMetadata = { url: url(silent) }
  }
const serversAre =
  (names: (at: Arrangement) => readonly unknown[]): Arrange =>
  (at) => {
    at.server.settings.metadata.overrides = { authorization_servers: names(at) }
  }
const metadataHas =
  (members: (at: Arrangement) => Readonly<Record<string, unknown>>): Arrange =>
  (at) => {
    at.authorizationServer.settings.metadata.overrides = members(at)
  }
const resourceHas =
  (members: (at: Arrangement) => Readonly<Record<string, unknown>>): Arrange =>
  (at) => {
    at.server.settings.metadata.overrides = members(at)
  }
const resourceFails =
  (fault: ProtectedMcpServer['settings']['metadata']['fault']): Arrange =>
  ({ server }) => {
    server.settings.metadata.fault = fault
  }
const metadataFails =
  (fault: NonNullable<AuthorizationServer['fault']>): Arrange =>
  ({ authorizationServer }) => {
    authorizationServer.faults.metadata = fault
  }
const deep = (members: string) => `{${members}"deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
const json = (body: string) => ({ status: 200, body })

/** What a hostile server, or a hostile authorization server, answers before a browser is sent anywhere. */
const forms: readonly Form[] = [
  ['resource metadata at a private address', challengeNames(() => 'https://10.0.0.1/metadata'), blocked],
  ['resource metadata at a link-local address', challengeNames(() => 'https://169.254.169.254/latest'), blocked],
  ['resource metadata at a unique local address', challengeNames(() => 'https://[fd00::1]/metadata'), blocked],
  ['resource metadata at another loopback address', challengeNames((silent) => `http://${silent}/`), blocked],
  [
    'resource metadata at the address in decimals',
    challengeNames((at) => `http://2130706434:${at.slice(10)}/`),
    blocked,
  ],
  ['resource metadata at the name of a cloud', challengeNames(() => 'https://metadata.google.internal/'), blocked],
  ['resource metadata without TLS', challengeNames(() => 'http://resource.example/metadata'), blocked],
  ['resource metadata in a file', challengeNames(() => 'file:///etc/passwd'), blocked],
  ['resource metadata with a password', challengeNames((at) => `http://me:pass@${at}/`), blocked],
  ['resource metadata that is no URL', challengeNames(() => '::'), blocked],
  ['resource metadata that redirects to another address', resourceFails({ redirectTo: 'http://127.0.0.2:1/' }), failed],
  ['resource metadata that redirects to itself', resourceFails('redirect_loop'), failed],
  ['resource metadata that fails', resourceFails('500'), unwell],
  ['resource metadata that is a page', resourceFails('not_json'), failed],
  ['resource metadata that wants a token', resourceFails({ status: 401, body: '{}' }), failed],
  ['resource metadata of 10 MB', resourceFails('oversized'), limited],
  [
    'deep resource metadata',
    ({ server }) => resourceFails(json(deep(`"resource":"${server.url}",`)))(arrangementOf(server)),
    {
      code: 'CONNECT_FAILED',
    },
  ],
  [
    'the resource of another server',
    resourceHas(() => ({ resource: 'https://other.example/mcp' })),
    { code: 'AUTH_REQUIRED' },
  ],
  [
    'the resource of a path below',
    resourceHas(({ server }) => ({ resource: `${server.url}/below` })),
    { code: 'AUTH_REQUIRED' },
  ],
  ['a resource with a fragment', resourceHas(({ server }) => ({ resource: `${server.url}#part` })), failed],
  [
    'a resource with a password',
    resourceHas(({ server }) => ({ resource: server.url.replace('//', '//a:b@') })),
    failed,
  ],
  [
    'a resource of 5,000 characters',
    resourceHas(({ server }) => ({ resource: `${server.url}?${'a'.repeat(5_000)}` })),
    failed,
  ],
  ['authorization servers that are no texts', serversAre(() => [1, {}, null]), failed],
  [
    'authorization servers that are one text',
    resourceHas(() => ({ authorization_servers: 'https://a.example' })),
    failed,
  ],
  [
    '10,000 authorization servers',
    serversAre(({ silent }) => Array.from({ length: 10_000 }, (_, n) => `http://${silent}/${n}`)),
    blocked,
  ],
  ['an authorization server at a private address', serversAre(() => ['https://192.168.0.1']), blocked],
  ['an authorization server at another loopback address', serversAre(({ silent }) => [`http://${silent}`]), blocked],
  ['an authorization server without TLS', serversAre(() => ['http://auth.example']), blocked],
  ['an authorization server with a password', serversAre(({ silent }) => [`http://me:pass@${silent}`]), blocked],
  ['an authorization server in a script', serversAre(() => ['javascript:alert(1)']), failed],
  ['an authorization server in a file', serversAre(() => ['file:///etc/passwd']), blocked],
  [
    'an issuer of 5,000 characters',
    serversAre(({ authorizationServer }) => [`${authorizationServer.issuer}/${'a'.repeat(5_000)}`]),
    limited,
  ],
  ['a foreign issuer', metadataHas(() => ({ issuer: 'https://attacker.example' })), failed],
  [
    'an issuer with a slash more',
    metadataHas(({ authorizationServer: { issuer } }) => ({ issuer: `${issuer}/` })),
    failed,
  ],
  [
    'an issuer in capitals',
    metadataHas(({ authorizationServer: { issuer } }) => ({ issuer: issuer.toUpperCase() })),
    failed,
  ],
  ['an issuer with another port', metadataHas(() => ({ issuer: 'http://127.0.0.1:1' })), failed],
  ['an issuer that is no text', metadataHas(() => ({ issuer: { toString: 'a' } })), failed],
  ['no issuer', metadataHas(() => ({ issuer: undefined })), failed],
  ['metadata that redirects to another address', metadataFails({ redirectTo: 'http://127.0.0.2:1/' }), failed],
  [
    'metadata that redirects to another origin',
    ({ authorizationServer, server }) =>
      metadataFails({ redirectTo: `${server.origin}/metadata` })({ authorizationServer, server, silent: '' }),
    failed,
  ],
  ['metadata that redirects to itself', metadataFails('redirect_loop'), failed],
  ['metadata of 10 MB', metadataFails('oversized'), limited],
  ['metadata that fails', metadataFails('500'), unwell],
  ['metadata that is a page', metadataFails('not_json'), failed],
  ['metadata that is a list', metadataFails(json('[]')), failed],
  ['metadata that is nothing', metadataFails(json('null')), failed],
  [
    'metadata with the members of a prototype',
    metadataFails(json('{"__proto__":{"issuer":"http://127.0.0.1"}}')),
    failed,
  ],
  ['deep metadata', metadataFails(json(deep(''))), failed],
  ['no PKCE methods', metadataHas(() => ({ code_challenge_methods_supported: undefined })), failed],
  ['only plain PKCE', metadataHas(() => ({ code_challenge_methods_supported: ['plain'] })), failed],
  ['PKCE methods that are one text', metadataHas(() => ({ code_challenge_methods_supported: 'S256' })), failed],
  ['no code for browsers', metadataHas(() => ({ response_types_supported: ['token'] })), failed],
  ['no token endpoint', metadataHas(() => ({ token_endpoint: undefined })), failed],
  ...['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'no URL'].flatMap((url): readonly Form[] => [
    [`the authorization endpoint ${url}`, metadataHas(() => ({ authorization_endpoint: url })), failed],
    [`the token endpoint ${url}`, metadataHas(() => ({ token_endpoint: url })), failed],
  ]),
  ...[
    'file:///etc/passwd',
    'http://attacker.example/',
    'https://me:pass@attacker.example/',
    'ftp://a.example/',
  ].flatMap((url): readonly Form[] => [
    [`the authorization endpoint ${url}`, metadataHas(() => ({ authorization_endpoint: url })), blocked],
    [`the token endpoint ${url}`, metadataHas(() => ({ token_endpoint: url })), blocked],
  ]),
]

function arrangementOf(server: ProtectedMcpServer): Arrangement {
  const [authorizationServer] = server.settings.authorizationServers
  if (!authorizationServer) throw new TypeError('The server has no authorization server')
  return { server, authorizationServer, silent: '' }
}

async function createServer(registry: Registry, serverUrl: string, oauth: object): Promise<string> {
  const config = { transport: 'streamableHttp', serverUrl, auth: { oauth } } as const
  return (await registry.servers.create({ name: 'a', config, refresh: false })).id
}

/** Nothing of a secret was sent to any server. */
function expectNothingSent({ authorizationServer, server }: Arrangement): void {
  const sent = JSON.stringify([authorizationServer.requests, server.requests])
  for (const secret of [clientSecret, btoa(`by-hand:${clientSecret}`), ...authorizationServer.secrets]) {
    expect(sent).not.toContain(secret)
  }
  expect(server.requests.map(({ authorization }) => authorization).filter(Boolean)).toEqual([])
}

describe('what a hostile server answers sends no browser, no secret, and no connection beyond the network policy', () => {
  it.each(forms)('%s', async (_, arrange, expected) => {
    await using silent = await startSilentAddress()
    await using authorizationServer = await startAuthorizationServer({ clients: [client] })
    await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
    await using registry = await createRegistry({ network: ['public', '127.0.0.1'] })
    const arrangement = { authorizationServer, server, silent: silent.host }
    arrange(arrangement)
    const id = await createServer(registry, server.url, { clientId: 'by-hand', clientSecret })
    const beginning = registry.servers.beginAuth(id, { redirectUri })
    await expect(beginning).rejects.toMatchObject({ name: 'RegistryError', ...expected })
    await beginning.catch(({ message }: Error) => expect(message.length).toBeLessThan(1_500))
    expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'NOT_CONNECTED' } })
    expect(silent.connections).toBe(0)
    expect(authorizationServer.requestsTo('authorize')).toEqual([])
    expectNothingSent({ ...arrangement })
  })
})

const registrationFails =
  (body: object): Arrange =>
  ({ authorizationServer }) => {
    authorizationServer.settings.clientMetadataDocuments = false
    authorizationServer.faults.register = {
      status: 201,
      body: JSON.stringify({ redirect_uris: [redirectUri], ...body }),
    }
  }
const registration: readonly Form[] = [
  ['a secret of 1 MB', registrationFails({ client_id: 'a', client_secret: 'x'.repeat(1_000_000) }), limited],
  ['a secret of 100 kB', registrationFails({ client_id: 'a', client_secret: 'x'.repeat(100_000) }), failed],
  ['an id of 5,000 characters', registrationFails({ client_id: 'a'.repeat(5_000) }), failed],
  ['an id with a line break', registrationFails({ client_id: 'a\r\nx: y' }), failed],
  ['an empty id', registrationFails({ client_id: '' }), failed],
  ['no id', registrationFails({}), failed],
  [
    'a redirect that keeps the method',
    ({ authorizationServer, server }) => {
      registrationFails({})({ authorizationServer, server, silent: '' })
      authorizationServer.faults.register = { status: 308, headers: { location: '/other' }, body: '' }
    },
    failed,
  ],
]

it.each(registration)('registration that answers %s registers no client', async (_, arrange, expected) => {
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry()
  arrange({ authorizationServer, server, silent: '' })
  const id = await createServer(registry, server.url, {})
  await expect(registry.servers.beginAuth(id, { redirectUri })).rejects.toMatchObject(expected)
  expect(authorizationServer.requests.map(({ endpoint }) => endpoint)).not.toContain('other')
  expect(await registry.servers.get(id)).toMatchObject({ auth: { clientId: null } })
})

const token = { access_token: 'access-canary', token_type: 'Bearer', expires_in: 60 }
const tokensAre = (members: object): Arrange => tokensAnswer(json(JSON.stringify({ ...token, ...members })))
function tokensAnswer(fault: NonNullable<AuthorizationServer['fault']>): Arrange {
  return ({ authorizationServer }) => {
    authorizationServer.fault = fault
  }
}
const unusable = { code: 'AUTH_REQUIRED', retryable: false }

/** What the token endpoint answers to a code. */
const tokenAnswers: readonly Form[] = [
  ['1 MB', tokensAre({ padding: 'x'.repeat(1_000_000) }), limited],
  ['a token of 100 kB', tokensAre({ access_token: 'x'.repeat(100_000) }), unusable],
  ['a token of type mac', tokensAre({ token_type: 'mac' }), unusable],
  ['a token bound to a key that it was not shown', tokensAre({ token_type: 'DPoP' }), unusable],
  ['a token with a line break', tokensAre({ access_token: 'access-canary\r\nX-Injected: 1' }), unusable],
  ['a token with a control character', tokensAre({ access_token: 'access-canary\u0007' }), unusable],
  ['a token with a space', tokensAre({ access_token: 'access-canary other' }), unusable],
  ['a token beyond ASCII', tokensAre({ access_token: 'access-canary\u{1f600}' }), unusable],
  ['an empty token', tokensAre({ access_token: '' }), unusable],
  ['a refresh token with a line break', tokensAre({ refresh_token: 'a\nb' }), unusable],
  ['no token', tokensAre({ access_token: undefined }), unwell],
  ['a token that is no text', tokensAre({ access_token: { a: 1 } }), unwell],
  ['a page', tokensAnswer('not_json'), unwell],
  [
    'a redirect to another address',
    ({ authorizationServer, server, silent }) =>
      tokensAnswer({ redirectTo: `http://${silent}/` })({ authorizationServer, server, silent }),
    unwell,
  ],
  [
    'a redirect that keeps the method, within the origin',
    tokensAnswer({ status: 307, headers: { location: '/other' }, body: '' }),
    unwell,
  ],
  [
    'an error with the code in it',
    tokensAnswer({ status: 400, body: '{"error":"access-canary","error_description":"access-canary"}' }),
    unusable,
  ],
]

it.each(tokenAnswers)('a token endpoint that answers %s connects nothing', async (_, arrange, expected) => {
  await using silent = await startSilentAddress()
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry({ network: ['public', '127.0.0.1'] })
  const id = await createServer(registry, server.url, {})
  const { authorizationUrl, state } = await registry.servers.beginAuth(id, { redirectUri })
  const { code, iss } = await visit(authorizationUrl)
  arrange({ authorizationServer, server, silent: silent.host })
  const completing = registry.servers.completeAuth({ state, code, iss })
  await expect(completing).rejects.toMatchObject({ name: 'RegistryError', ...expected })
  await completing.catch((error: unknown) => expect(String(error)).not.toContain('access-canary'))
  expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'NOT_CONNECTED' } })
  await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
  expect(server.requests.map(({ authorization }) => authorization).filter(Boolean)).toEqual([])
  expect(authorizationServer.requests.map(({ endpoint }) => endpoint)).not.toContain('other')
  expect(silent.connections).toBe(0)
})

it('a token endpoint at an address beyond the network policy gets no code, no verifier and no secret', async () => {
  await using silent = await startSilentAddress()
  await using authorizationServer = await startAuthorizationServer({ clients: [client] })
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry({ network: ['public', '127.0.0.1'] })
  authorizationServer.settings.metadata.tokenEndpoint = `https://${silent.host}/token`
  const id = await createServer(registry, server.url, { clientId: 'by-hand', clientSecret })
  const { authorizationUrl, state } = await registry.servers.beginAuth(id, { redirectUri })
  const { code, iss } = await visit(authorizationUrl)
  await expect(registry.servers.completeAuth({ state, code, iss })).rejects.toMatchObject(blocked)
  expect(silent.connections).toBe(0)
})

it('a flow keeps the endpoints that it began with: metadata that changes before its end moves no secret', async () => {
  await using authorizationServer = await startAuthorizationServer({ clients: [client] })
  await using other = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry()
  const id = await createServer(registry, server.url, { clientId: 'by-hand', clientSecret })
  const { authorizationUrl, state } = await registry.servers.beginAuth(id, { redirectUri })
  const { code, iss } = await visit(authorizationUrl)
  authorizationServer.settings.metadata.tokenEndpoint = `${other.issuer}/token`
  server.settings.metadata.authorizationServers = [other.issuer]
  await registry.servers.completeAuth({ state, code, iss })
  expect(authorizationServer.tokenRequests('authorization_code')).toHaveLength(1)
  expect(other.requests).toEqual([])
})

it('scopes that are none are left out, and no more than a hundred are asked for', async () => {
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry()
  const many = Array.from({ length: 10_000 }, (_, n) => `scope:${n}`)
  server.settings.challenge.scope = null
  server.settings.metadata.scopesSupported = ['a"b', 'c\r\nd', 'e\\f', 'x'.repeat(1_000), '', 'good', ...many]
  const id = await createServer(registry, server.url, {})
  const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri })
  const asked = new URL(authorizationUrl).searchParams.get('scope')?.split(' ') ?? []
  expect(asked).toContain('good')
  expect(asked.length).toBeLessThanOrEqual(101)
  expect(asked.filter((scope) => !/^(?:good|scope:\d+)$/.test(scope))).toEqual([])
})

it('metadata at the second place counts if the first has no document', async () => {
  await using authorizationServer = await startAuthorizationServer({ metadata: { places: ['oidcInserted'] } })
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using registry = await createRegistry()
  const id = await createServer(registry, server.url, {})
  const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri })
  expect(new URL(authorizationUrl).origin).toBe(authorizationServer.origin)
})
