import type { Authenticate, Caller, Scope } from '@toolyard/graphql'
import { createClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { oauthOptionsOf } from '../../packages/toolyard/src/oauth/public-address.ts'
import { beginMutation, type Cookies, completeMutation, startOAuthServer } from '../fixtures/oauth/oauth-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const caller = (tenant: string, id: string, scopes: readonly Scope[] = ['read', 'run', 'write']): Caller => ({
  ...{ tenant, id, scopes: new Set(scopes), expiresAt: null },
})
const callers: ReadonlyMap<string | undefined, Caller> = new Map([
  ['Bearer a', caller('a', 'one')],
  ['Bearer a, another key', caller('a', 'two')],
  // Ids are unique within a tenant.
  ['Bearer b', caller('b', 'one')],
  ['Bearer reader', caller('a', 'reader', ['read', 'run'])],
])
const authenticate: Authenticate = ({ authorization }) => callers.get(authorization)
const keyed = { authenticate, hasTenant: (name: string) => name === 'a' || name === 'b' }
const bearer = (name: string) => ({ authorization: `Bearer ${name}` })

describe('with keys', () => {
  it('only the key that began completes, and an attempt of another uses nothing up', async () => {
    await using all = await startOAuthServer(keyed)
    const id = await all.addServer('of a', 'a')
    await all.addServer('of b', 'b')
    const begun = await all.begin(id, new Map(), bearer('a'))
    const { state, code, iss } = await visit(begun.authorizationUrl)
    const complete = async (name: string) => {
      const answer = await (await all.ask(completeMutation, { input: { state, code, iss } }, bearer(name))).json()
      return answer.data.completeMcpAuth
    }
    for (const name of ['b', 'a, another key']) {
      expect(await complete(name)).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'state'] })
    }
    expect(all.authorizationServer.countByGrant()).toEqual({})
    expect(await complete('a')).toMatchObject({ server: { name: 'of a' } })
  })

  it('the callback needs no key, and connects the server of the tenant that began', async () => {
    await using all = await startOAuthServer(keyed)
    const [ofA, ofB] = [await all.addServer('s', 'a'), await all.addServer('s', 'b')]
    const browser: Cookies = new Map()
    const { response } = await all.consent(await all.begin(ofB, browser, bearer('b')), browser)
    expect(response.status).toBe(200)
    expect(await all.registry.tenant('b').servers.get(ofB)).toMatchObject({ auth: { status: 'CONNECTED' } })
    expect(await all.registry.tenant('a').servers.get(ofA)).toMatchObject({ auth: null })
    const { edges } = await all.registry.tenant('b').audit.list()
    const recorded = edges.map(({ node }) => [node.action, node.actor])
    expect(recorded).toContainEqual(['SERVER_AUTH_BEGUN', 'one'])
    expect(recorded).toContainEqual(['SERVER_CONNECTED', 'one'])
  })

  it('the cookie of one tenant completes nothing of another', async () => {
    await using all = await startOAuthServer(keyed)
    const browser: Cookies = new Map()
    const begun = await all.begin(await all.addServer('s', 'a'), browser, bearer('a'))
    browser.set(all.base, (browser.get(all.base) ?? '').replace('=a.', '=b.'))
    const { response } = await all.consent(begun, browser)
    expect(response.status).toBe(400)
    expect(all.authorizationServer.countByGrant()).toEqual({})
  })

  it('a key without the scope write is refused, and sets no cookie', async () => {
    await using all = await startOAuthServer(keyed)
    const serverId = await all.addServer('s', 'a')
    for (const [query, input] of [
      [beginMutation, { serverId }],
      [completeMutation, { state: 'a', code: 'b' }],
      ['mutation ($input: DisconnectMcpAuthInput!) { disconnectMcpAuth(input: $input) { __typename } }', { serverId }],
    ] as const) {
      const refused = await all.ask(query, { input }, bearer('reader'))
      expect(refused.status).toBe(403)
      expect(refused.headers.getSetCookie()).toEqual([])
      expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    }
  })
})

describe('over a WebSocket', () => {
  it('an authorization needs a redirect URI; the feed says that a server asks for one', async () => {
    await using all = await startOAuthServer()
    const serverId = await all.addServer('s')
    const client = createClient({ url: all.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 })
    const events = client.iterate<{ mcpServerEvents: { __typename: string } }>({
      query: `subscription ($serverId: ID!) { mcpServerEvents(serverId: $serverId, heartbeatMs: 1000) {
        __typename ... on McpServerAuthRequired { scopes reason server { ... on McpServerBase { name status } } }
      } }`,
      variables: { serverId },
    })
    const required = (async () => {
      for await (const { data } of events) {
        const event = data?.mcpServerEvents
        if (event?.__typename === 'McpServerAuthRequired') return event
        // It has subscribed.
        if (event?.__typename === 'Heartbeat') await all.registry.servers.refresh(serverId)
      }
      return undefined
    })()
    expect(await required).toEqual({
      __typename: 'McpServerAuthRequired',
      scopes: ['tools:call'],
      reason: expect.stringContaining('OAuth'),
      server: { name: 's', status: 'NEEDS_AUTH' },
    })
    for await (const { data } of client.iterate({ query: beginMutation, variables: { input: { serverId } } })) {
      expect(data?.beginMcpAuth).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'redirectUri'] })
    }
    await client.dispose()
  })
})

describe('the public URL', () => {
  it('over https has the metadata document of the client', async () => {
    const options = { publicUrl: 'https://tools.example', oauthRedirects: ['https://front.example/connected'] }
    const oauth = oauthOptionsOf(options)
    await using all = await startOAuthServer({ publicUrl: options.publicUrl, oauth, ...keyed }, { oauth })
    const url = `${all.base}/oauth/client-metadata.json`
    const response = await fetch(url)
    expect(response.headers.get('cache-control')).toContain('max-age=')
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toEqual({
      client_id: 'https://tools.example/oauth/client-metadata.json',
      client_name: 'toolyard',
      redirect_uris: ['https://tools.example/oauth/callback', 'https://front.example/connected'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'web',
    })
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    const begun = await all.begin(await all.addServer('s', 'a'), new Map(), bearer('a'))
    const { searchParams } = new URL(begun.authorizationUrl)
    expect(searchParams.get('client_id')).toBe('https://tools.example/oauth/client-metadata.json')
  })

  it('over http has no such document', async () => {
    const publicUrl = 'http://localhost:8080'
    const oauth = oauthOptionsOf({ publicUrl, oauthRedirects: [] })
    await using all = await startOAuthServer({ publicUrl, oauth }, { oauth })
    expect((await fetch(`${all.base}/oauth/client-metadata.json`)).status).toBe(404)
  })

  it('is missing where more than this machine reaches the server: then a redirect URI is needed', async () => {
    await using all = await startOAuthServer({ ...keyed, host: '0.0.0.0' })
    const serverId = await all.addServer('s', 'a')
    const { data } = await (await all.ask(beginMutation, { input: { serverId } }, bearer('a'))).json()
    expect(data.beginMcpAuth).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'redirectUri'] })
    expect(data.beginMcpAuth.message).toContain('TOOLYARD_PUBLIC_URL')
  })
})

it('renewals are counted by their outcome', async () => {
  await using all = await startOAuthServer()
  const browser: Cookies = new Map()
  const id = await all.addServer('s')
  await all.consent(await all.begin(id, browser), browser)
  // READY comes before the tools are stored.
  await expect.poll(() => all.registry.tools.count()).toBeGreaterThan(0)
  const renewals = async () => {
    const exposed = await (await fetch(`${all.base}/metrics`)).text()
    return Object.fromEntries(
      [...exposed.matchAll(/^toolyard_oauth_renewals_total\{outcome="(\w+)"\} (\d+)$/gm)].map(([, ...pair]) => pair),
    )
  }
  const run = () => all.registry.tools.run({ server: 's', tool: 'echo' }, { text: 'hello' })
  expect(await renewals()).toEqual({ succeeded: '0', failed: '0', refused: '0' })
  all.authorizationServer.expireAccessTokens()
  expect(await run()).toMatchObject({ status: 'SUCCEEDED' })
  expect(await renewals()).toEqual({ succeeded: '1', failed: '0', refused: '0' })
  all.authorizationServer.expireAccessTokens()
  all.authorizationServer.fault = { status: 503, body: '' }
  expect(await run()).toMatchObject({ error: { code: 'CONNECT_FAILED', retryable: true } })
  const failed = await renewals()
  expect(failed).toMatchObject({ succeeded: '1', refused: '0' })
  expect(Number(failed.failed)).toBeGreaterThan(0)
  const headers = { 'content-type': 'application/json' }
  all.authorizationServer.fault = { status: 400, headers, body: '{"error":"invalid_grant"}' }
  // After a failure, renewals pause for a while.
  await expect.poll(async () => (await run()).error?.code).toBe('AUTH_REQUIRED')
  expect(await renewals()).toMatchObject({ succeeded: '1', refused: '1' })
})
