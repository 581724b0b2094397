import { Agent, request } from 'undici'
import { describe, expect, it } from 'vitest'
import { certificate } from '../fixtures/http/tls-front.ts'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { createDpopKey } from '../fixtures/oauth/dpop.ts'
import { listen } from '../fixtures/oauth/exchange.ts'
import { createSigningKey, readJwt, signJwt } from '../fixtures/oauth/jwt.ts'
import {
  authorizationRequest,
  basicHeader,
  type JsonAnswer,
  postForm,
  postToken,
  readAnswer,
  register,
  signIn,
} from '../fixtures/oauth/plain-client.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { VisitError, visit } from '../fixtures/oauth/visit.ts'

const resource = 'http://127.0.0.1:1/mcp'
const text = (value: unknown) => (typeof value === 'string' ? value : '')
const getJson = async (url: string) => readAnswer(await fetch(url, { redirect: 'manual' }))
const errorOf = ({ status, body }: JsonAnswer) => [status, body.error]

async function registered(server: AuthorizationServer): Promise<string> {
  return text((await register(server)).body.client_id)
}

const refresh = (server: AuthorizationServer, clientId: string, token: unknown, form = {}) =>
  postToken(server, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: text(token),
    resource,
    ...form,
  })

function rpc(url: string, method: string, params: object = {}, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
}

describe('metadata and registration', () => {
  it('serves metadata at the places it is told, with what is wrong in it', async () => {
    await using server = await startAuthorizationServer({ issuerPath: '/tenant' })
    const { origin, issuer, settings } = server
    const inserted = `${origin}/.well-known/oauth-authorization-server/tenant`
    const appended = `${issuer}/.well-known/openid-configuration`
    expect((await getJson(inserted)).body).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
    expect((await getJson(appended)).status).toBe(404)
    settings.metadata.places = ['oidcAppended']
    settings.metadata.issuer = 'https://attacker.example'
    settings.metadata.pkceMethods = null
    expect((await getJson(inserted)).status).toBe(404)
    const { body } = await getJson(appended)
    expect(body.issuer).toBe('https://attacker.example')
    expect(body).not.toHaveProperty('code_challenge_methods_supported')
    server.faults.metadata = 'redirect_loop'
    expect((await getJson(appended)).headers.get('location')).toBe('/tenant/.well-known/openid-configuration')
    server.faults.metadata = 'oversized'
    expect((await (await fetch(appended)).text()).length).toBeGreaterThan(10_000_000)
    expect(server.requestsTo('metadata').map(({ status }) => status)).toEqual([200, 404, 404, 200, 302, 200])
  })

  it('registers clients, and records what they registered', async () => {
    await using server = await startAuthorizationServer({ strictApplicationType: true })
    const confidential = await register(server, { token_endpoint_auth_method: 'client_secret_basic' })
    expect(confidential.status).toBe(201)
    expect(server.secrets).toContain(confidential.body.client_secret)
    expect(server.clients).toMatchObject([
      { source: 'dynamic', applicationType: 'native', authMethod: 'client_secret_basic' },
    ])
    expect(errorOf(await register(server, { application_type: 'web' }))).toEqual([400, 'invalid_redirect_uri'])
    server.settings.registration = false
    expect((await register(server)).status).toBe(404)
  })

  it('reads client metadata documents over the fetch it is given', async () => {
    const clientId = 'https://client.example/metadata'
    const asked: string[] = []
    let document: object = { client_id: clientId, redirect_uris: ['https://client.example/callback'] }
    await using server = await startAuthorizationServer({
      async clientMetadataFetch(url) {
        asked.push(String(url))
        return Response.json(document)
      },
    })
    const ask = (redirectUri: string) => visit(authorizationRequest({ server, clientId, resource, redirectUri }).url)
    expect((await ask('https://client.example/callback')).code).toBeDefined()
    await expect(ask('https://attacker.example/callback')).rejects.toThrow(VisitError)
    document = { ...document, client_id: 'https://attacker.example/metadata' }
    await expect(ask('https://client.example/callback')).rejects.toThrow(VisitError)
    expect(asked).toEqual([clientId, clientId, clientId])
  })

  it('serves HTTPS', async () => {
    await using server = await startAuthorizationServer({ tls: true })
    await using mcp = await startProtectedMcpServer({ authorizationServers: [server], tls: true })
    const agent = new Agent({ connect: { ca: certificate } })
    try {
      const get = async (url: string) => (await request(url, { dispatcher: agent })).body.json()
      const metadata = `${server.issuer}/.well-known/oauth-authorization-server`
      expect(await get(metadata)).toMatchObject({ issuer: expect.stringMatching(/^https:/) })
      const prm = await get(`${mcp.origin}/.well-known/oauth-protected-resource/mcp`)
      expect(prm).toMatchObject({ resource: mcp.url, authorization_servers: [server.issuer] })
    } finally {
      await agent.destroy()
    }
  })
})

describe('the authorization code', () => {
  it('is redeemed once, with the verifier, by its client', async () => {
    await using server = await startAuthorizationServer()
    const clientId = await registered(server)
    const { url, redeem } = authorizationRequest({ server, clientId, resource, scope: 'openid tools:call' })
    const { code, state, iss } = await visit(url)
    expect({ state, iss }).toEqual({ state: 'the-state', iss: server.issuer })
    const wrong = { ...redeem, code, code_verifier: 'x'.repeat(43) }
    expect(errorOf(await postToken(server, wrong))).toEqual([400, 'invalid_grant'])
    const other = await registered(server)
    expect(errorOf(await postToken(server, { ...redeem, code, client_id: other }))).toEqual([400, 'invalid_grant'])
    const { status, body } = await postToken(server, { ...redeem, code })
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid tools:call' })
    expect(readJwt(text(body.id_token)).claims).toMatchObject({ iss: server.issuer, aud: clientId, sub: 'alice' })
    expect(server.inspect(text(body.access_token))).toMatchObject({ clientId, resources: [resource] })
    expect(errorOf(await postToken(server, { ...redeem, code }))).toEqual([400, 'invalid_grant'])
    expect(server.inspect(text(body.access_token)), 'reuse revokes').toBeUndefined()
    expect(server.countByGrant()).toEqual({ authorization_code: 4 })
    expect(server.secrets).toEqual(expect.arrayContaining([code, redeem.code_verifier, body.refresh_token]))
  })

  it('needs a known client, its redirect URI, PKCE, a state, a resource and known scopes', async () => {
    await using server = await startAuthorizationServer({ scopes: ['a'], clientMetadataDocuments: false })
    const clientId = await registered(server)
    const ask = (params: object, id = clientId) =>
      visit(authorizationRequest({ server, clientId: id, resource, params: { ...params } }).url)
    await expect(ask({}, 'unknown')).rejects.toThrow(VisitError)
    await expect(ask({}, 'https://client.example/metadata')).rejects.toThrow(VisitError)
    await expect(ask({ redirect_uri: 'https://attacker.example/' })).rejects.toThrow(VisitError)
    expect((await ask({ code_challenge: undefined })).error).toBe('invalid_request')
    expect((await ask({ code_challenge_method: 'plain' })).error).toBe('invalid_request')
    expect((await ask({ state: undefined })).error).toBe('invalid_request')
    expect((await ask({ resource: undefined })).error).toBe('invalid_request')
    expect((await ask({ scope: 'b' })).error).toBe('invalid_scope')
    expect((await ask({ scope: 'a', redirect_uri: 'http://127.0.0.1:1234/callback' })).code).toBeDefined()
  })

  it('comes with another iss, with an error, or after consent', async () => {
    await using server = await startAuthorizationServer()
    const { authorize } = server.settings
    const { url } = authorizationRequest({ server, clientId: 'https://client.example/metadata', resource })
    authorize.iss = 'absent'
    expect((await visit(url)).iss).toBeUndefined()
    authorize.iss = 'normalized'
    expect((await visit(url)).iss).toBe(`${server.issuer}/`)
    authorize.error = { error: 'access_denied', description: 'canary-description' }
    expect(await visit(url)).toMatchObject({ error: 'access_denied', errorDescription: 'canary-description' })
    authorize.error = null
    authorize.consent = 'withheld'
    const pending = server.nextPending()
    const visiting = visit(url)
    expect((await pending).request).toMatchObject({ state: 'the-state', resources: [resource] })
    server.approve()
    expect((await visiting).code).toBeDefined()
    expect(server.pending).toEqual([])
  })
})

describe('refresh tokens', () => {
  it('rotate, and a family is revoked if an old one is used', async () => {
    await using server = await startAuthorizationServer()
    const clientId = await registered(server)
    const first = (await signIn({ server, clientId, resource, scope: 'a b' })).body
    const second = (await refresh(server, clientId, first.refresh_token, { scope: 'a' })).body
    expect(second.scope).toBe('a')
    expect(second.refresh_token).not.toBe(first.refresh_token)
    const third = (await refresh(server, clientId, second.refresh_token)).body
    expect(third.scope, 'the refresh token stands for all that was granted').toBe('a b')
    expect(errorOf(await refresh(server, clientId, first.refresh_token))).toEqual([400, 'invalid_grant'])
    expect(errorOf(await refresh(server, clientId, third.refresh_token))).toEqual([400, 'invalid_grant'])
    expect(server.inspect(text(third.access_token))).toBeUndefined()
    expect(server.countByGrant()).toEqual({ authorization_code: 1, refresh_token: 4 })
  })

  it('stay, if the server does not rotate, and come for offline_access alone, if so set', async () => {
    await using server = await startAuthorizationServer({ refreshRotation: 'omit', refreshTokens: 'offline_access' })
    const clientId = await registered(server)
    expect((await signIn({ server, clientId, resource, scope: 'a' })).body).not.toHaveProperty('refresh_token')
    const { body } = await signIn({ server, clientId, resource, scope: 'a offline_access' })
    const again = await refresh(server, clientId, body.refresh_token)
    expect(again.body).not.toHaveProperty('refresh_token')
    server.settings.refreshRotation = 'same'
    expect((await refresh(server, clientId, body.refresh_token)).body.refresh_token).toBe(body.refresh_token)
  })

  it('are revoked with all of their family', async () => {
    await using server = await startAuthorizationServer({ accessTokenLifetimeSec: null })
    const clientId = await registered(server)
    const { body } = await signIn({ server, clientId, resource })
    expect(body).not.toHaveProperty('expires_in')
    const form = { token: text(body.refresh_token), client_id: await registered(server) }
    await postForm(`${server.issuer}/revoke`, form)
    expect(server.inspect(text(body.access_token)), 'of another client').toBeDefined()
    await postForm(`${server.issuer}/revoke`, { ...form, client_id: clientId })
    expect(server.inspect(text(body.access_token))).toBeUndefined()
    expect(server.requestsTo('revoke').map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('client credentials', () => {
  const key = createSigningKey()
  const clients = [
    { clientId: 'basic:client', clientSecret: 'secret canary%', authMethod: 'client_secret_basic' },
    { clientId: 'post', clientSecret: 'post-canary', authMethod: 'client_secret_post' },
    { clientId: 'signing', authMethod: 'private_key_jwt', jwks: [key.publicJwk] },
    { clientId: 'public', authMethod: 'none' },
  ] as const
  const form = { grant_type: 'client_credentials', resource, scope: 'a' }

  it('are checked as the client registered', async () => {
    await using server = await startAuthorizationServer({ clients })
    const basic = await postToken(server, form, basicHeader('basic:client', 'secret canary%'))
    expect(basic.body).toMatchObject({ scope: 'a' })
    expect(basic.body).not.toHaveProperty('refresh_token')
    expect(errorOf(await postToken(server, form, basicHeader('basic:client', 'wrong')))).toEqual([
      401,
      'invalid_client',
    ])
    const posted = { ...form, client_id: 'post', client_secret: 'post-canary' }
    expect((await postToken(server, posted)).status).toBe(200)
    expect(errorOf(await postToken(server, form, basicHeader('post', 'post-canary')))).toEqual([401, 'invalid_client'])
    expect(errorOf(await postToken(server, { ...form, client_id: 'public' }))).toEqual([400, 'unauthorized_client'])
    expect(server.secrets).toEqual(expect.arrayContaining(['secret canary%', 'post-canary']))
  })

  it('may be an assertion that the client signed, used once', async () => {
    await using server = await startAuthorizationServer({ clients })
    const ask = (signedBy = key, claims = {}) => {
      const exp = Math.floor(Date.now() / 1000) + 60
      const right = { iss: 'signing', sub: 'signing', aud: server.issuer, exp, jti: `${Math.random()}` }
      const client_assertion = signJwt(signedBy, { ...right, ...claims })
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      return postToken(server, { ...form, client_assertion, client_assertion_type })
    }
    expect((await ask(key, { jti: 'once' })).status).toBe(200)
    expect(server.assertions).toMatchObject([{ claims: { jti: 'once' } }])
    expect(errorOf(await ask(key, { jti: 'once' }))).toEqual([401, 'invalid_client'])
    expect(errorOf(await ask(key, { aud: 'https://other.example' }))).toEqual([401, 'invalid_client'])
    expect(errorOf(await ask(key, { exp: 1 }))).toEqual([401, 'invalid_client'])
    expect(errorOf(await ask(createSigningKey()))).toEqual([401, 'invalid_client'])
  })
})

it('exchanges an ID token for an ID-JAG, which another server takes for an access token', async () => {
  const exchanging = { clientId: 'at-idp', authMethod: 'client_secret_post', clientSecret: 'idp-canary' } as const
  await using idp = await startAuthorizationServer({ clients: [exchanging], idJagClientId: 'at-resource' })
  const client = { clientId: 'at-resource', authMethod: 'client_secret_post', clientSecret: 'rs-canary' } as const
  const trustedIssuers = [{ issuer: idp.issuer, jwks: [idp.key.publicJwk] }]
  await using server = await startAuthorizationServer({ clients: [client], trustedIssuers })
  const exp = Math.floor(Date.now() / 1000) + 60
  const exchanged = await postToken(idp, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: 'at-idp',
    client_secret: 'idp-canary',
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    subject_token: signJwt(idp.key, { iss: idp.issuer, sub: 'alice', aud: 'at-idp', exp }),
    audience: server.issuer,
    resource,
    scope: 'a',
  })
  expect(exchanged.body).toMatchObject({ token_type: 'N_A', scope: 'a' })
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    client_id: 'at-resource',
    client_secret: 'rs-canary',
    assertion: text(exchanged.body.access_token),
  }
  const granted = await postToken(server, form)
  expect(server.inspect(text(granted.body.access_token))).toMatchObject({
    subject: 'alice',
    clientId: 'at-resource',
    scopes: ['a'],
    resources: [resource],
  })
  expect(server.assertions).toMatchObject([{ header: { typ: 'oauth-id-jag+jwt' } }])
  expect(errorOf(await postToken(server, form)), 'used twice').toEqual([400, 'invalid_grant'])
  server.settings.trustedIssuers = []
  expect(errorOf(await postToken(server, form))).toEqual([400, 'invalid_grant'])
})

describe('DPoP', () => {
  it('binds tokens to the key of the proof, with the nonce of each server', async () => {
    await using server = await startAuthorizationServer({ dpop: { nonce: true, required: true } })
    await using mcp = await startProtectedMcpServer({
      authorizationServers: [server],
      dpop: { nonce: true, required: true },
    })
    const dpop = createDpopKey()
    const clientId = await registered(server)
    const { url, redeem } = authorizationRequest({ server, clientId, resource: mcp.url, scope: 'tools:call' })
    const form = { ...redeem, code: (await visit(url)).code }
    const tokenUrl = `${server.issuer}/token`
    const ask = (nonce?: string) =>
      postToken(server, form, { dpop: dpop.proof({ method: 'POST', url: tokenUrl, nonce }) })
    expect(errorOf(await postToken(server, form))).toEqual([400, 'invalid_dpop_proof'])
    const refused = await ask()
    expect(errorOf(refused)).toEqual([400, 'use_dpop_nonce'])
    const nonce = refused.headers.get('dpop-nonce') ?? ''
    const { body } = await ask(nonce)
    expect(body.token_type).toBe('DPoP')
    const accessToken = text(body.access_token)
    expect(server.inspect(accessToken)?.jkt).toBe(dpop.jkt)

    const call = (scheme: string, proof: string) =>
      rpc(mcp.url, 'tools/list', {}, { authorization: `${scheme} ${accessToken}`, dpop: proof })
    const proofFor = (key: typeof dpop, given?: string) =>
      key.proof({ method: 'POST', url: mcp.url, accessToken, nonce: given })
    const without = await call('DPoP', proofFor(dpop))
    expect(without.headers.get('www-authenticate')).toContain('error="use_dpop_nonce"')
    const own = without.headers.get('dpop-nonce') ?? ''
    expect(own).not.toBe(nonce)
    expect((await call('Bearer', proofFor(dpop, own))).status).toBe(401)
    expect((await call('DPoP', proofFor(createDpopKey(), own))).status).toBe(401)
    for (const wrong of [{ ath: 'x' }, { htu: `${mcp.url}/other` }, { htm: 'GET' }, { iat: 1 }, { nonce }]) {
      const request = { method: 'POST', url: mcp.url, accessToken, nonce: own }
      expect((await call('DPoP', dpop.proof(request, wrong))).status, JSON.stringify(wrong)).toBe(401)
    }
    const proof = proofFor(dpop, own)
    expect((await call('DPoP', proof)).status).toBe(200)
    expect((await call('DPoP', proof)).status, 'the same proof again').toBe(401)
  })
})

describe('faults', () => {
  it('answer in place of the token endpoint, and issue nothing', async () => {
    await using server = await startAuthorizationServer()
    const clientId = await registered(server)
    const { body } = await signIn({ server, clientId, resource })
    const issued = server.issuedTokens.length
    const statuses: number[] = []
    for (const fault of ['500', '429', 'server_error', 'invalid_grant', 'not_json'] as const) {
      server.fault = fault
      statuses.push((await refresh(server, clientId, body.refresh_token)).status)
    }
    expect(statuses).toEqual([500, 429, 500, 400, 200])
    server.fault = 'refuse'
    await expect(refresh(server, clientId, body.refresh_token)).rejects.toThrow('fetch failed')
    server.fault = 'hang'
    const stop = new AbortController()
    const reached = server.nextRequest('token')
    const hanging = fetch(`${server.issuer}/token`, { method: 'POST', signal: stop.signal })
    expect((await reached).status).toBeUndefined()
    stop.abort()
    await expect(hanging).rejects.toThrow('abort')
    server.fault = null
    server.faults.all = '500'
    expect((await register(server)).status).toBe(500)
    server.faults.all = null
    expect(server.issuedTokens).toHaveLength(issued)
    expect((await refresh(server, clientId, body.refresh_token)).status).toBe(200)
  })

  it('hold an answer after its tokens were issued, and cut it', async () => {
    await using server = await startAuthorizationServer()
    const clientId = await registered(server)
    const { body } = await signIn({ server, clientId, resource })
    const held = server.holdToken()
    const asking = refresh(server, clientId, body.refresh_token)
    const answer = await held.issued
    expect(server.inspect(text(answer.body.access_token))).toBeDefined()
    const lost = expect(asking).rejects.toThrow('fetch failed')
    held.release('drop')
    await lost
    expect(errorOf(await refresh(server, clientId, body.refresh_token))).toEqual([400, 'invalid_grant'])
  })
})

it('visits the redirect URI with the cookies that it got', async () => {
  await using server = await startAuthorizationServer()
  const cookies = new Map<string, string | undefined>()
  await using client = await listen(async ({ headers, url, response }) => {
    cookies.set(url.pathname, headers.cookie)
    response.writeHead(200, { 'set-cookie': 'session=1; Path=/' }).end('signed in')
  })
  const redirectUri = `${client.origin}/callback`
  const { url } = authorizationRequest({ server, clientId: await registered(server), resource, redirectUri })
  const jar = new Map([[client.origin, 'browser=canary']])
  expect((await visit(url, { cookies: jar })).response, 'only if asked to').toBeUndefined()
  expect(cookies.size).toBe(0)
  const { response } = await visit(url, { cookies: jar, requestRedirect: true })
  expect(await response?.text()).toBe('signed in')
  expect(cookies.get('/callback')).toBe('browser=canary')
  expect(jar.get(client.origin)).toBe('browser=canary; session=1')
  expect(server.requestsTo('authorize').at(-1)?.headers.cookie).toContain('authorization-server-session=1')
})

describe('the protected MCP server', () => {
  it.each(['legacy', 'modern'] as const)(
    'challenges, takes tokens for itself, and asks for more scopes: %s',
    async (era) => {
      await using server = await startAuthorizationServer()
      await using mcp = await startProtectedMcpServer({ authorizationServers: [server], era })
      const prm = `${mcp.origin}/.well-known/oauth-protected-resource/mcp`
      const refused = await rpc(mcp.url, 'tools/list')
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toBe(`Bearer resource_metadata="${prm}", scope="tools:call"`)
      expect((await getJson(prm)).body).toMatchObject({ resource: mcp.url, authorization_servers: [server.issuer] })

      const clientId = await registered(server)
      const call = async (name: string, target: string, scope: string) => {
        const { body } = await signIn({ server, clientId, resource: target, scope })
        const authorization = `Bearer ${text(body.access_token)}`
        const headers = { authorization, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' }
        return rpc(mcp.url, 'tools/call', { name, arguments: { said: 'canary' } }, headers)
      }
      expect((await call('echo', resource, 'tools:call')).headers.get('www-authenticate')).toContain('"invalid_token"')
      expect(await (await call('echo', mcp.url, 'tools:call')).text()).toContain('canary')
      expect(await (await call('whoami', mcp.url, 'tools:call')).text()).toContain('alice')
      const forbidden = await call('admin', mcp.url, 'tools:call')
      expect(forbidden.status).toBe(403)
      expect(forbidden.headers.get('www-authenticate')).toContain('scope="tools:call tools:admin"')
      expect((await call('admin', mcp.url, 'tools:call tools:admin')).status).toBe(200)
      expect(mcp.calls().map(({ tool }) => tool)).toEqual(['echo', 'whoami', 'admin'])
      expect(mcp.refusals(401)).toHaveLength(2)
      expect(mcp.metadataRequests).toEqual(['/.well-known/oauth-protected-resource/mcp'])
    },
  )

  it('refuses revoked and expired tokens, and challenges in other forms', async () => {
    await using server = await startAuthorizationServer()
    await using mcp = await startProtectedMcpServer({ authorizationServers: [server], scopes: [] })
    const clientId = await registered(server)
    const { body } = await signIn({ server, clientId, resource: mcp.url })
    const ping = () => rpc(mcp.url, 'ping', {}, { authorization: `Bearer ${text(body.access_token)}` })
    expect((await ping()).status).toBe(200)
    server.expireAccessTokens()
    expect((await ping()).status).toBe(401)
    mcp.settings.challenge.form = 'several'
    expect((await ping()).headers.get('www-authenticate')).toMatch(/^Basic realm=.*, Bearer error=.*, DPoP algs=/)
    mcp.settings.challenge.form = 'none'
    expect((await ping()).headers.has('www-authenticate')).toBe(false)
    mcp.settings.metadata.places = ['elsewhere']
    mcp.settings.metadata.resource = 'https://other.example'
    expect((await getJson(`${mcp.origin}/.well-known/oauth-protected-resource/mcp`)).status).toBe(404)
    const elsewhere = await getJson(`${mcp.origin}/metadata/protected-resource`)
    expect(elsewhere.body.resource).toBe('https://other.example')
  })
})
