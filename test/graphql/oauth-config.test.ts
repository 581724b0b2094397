import { createRegistry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { describe, expect, it } from 'vitest'

type Execute = (query: string, variables?: object) => Promise<{ readonly data: Record<string, unknown> }>

async function withApi(work: (execute: Execute) => Promise<void>): Promise<void> {
  await using registry = await createRegistry({ secretEnv: { names: ['KEY'], read: () => undefined } })
  const handler = createHandler(registry)
  await work(async (query, variables = {}) => {
    const request = new Request('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const text = await (await handler(request)).text()
    expect(text).not.toMatch(/the-secret|the-assertion|the-id-token/)
    return JSON.parse(text)
  })
}

const auth = `auth {
  __typename
  ... on HeaderAuth { header }
  ... on OAuthAuth { grant status reason issuer clientId clientRegistration scopes requestedScopes expiresAt }
}`
const create = `mutation ($config: McpServerConfigInput!) {
  createMcpServer(input: { name: "a", config: $config, refresh: false }) {
    ... on CreateMcpServerPayload {
      server { ... on StreamableHttpMcpServer { id ${auth} } ... on SseMcpServer { id ${auth} } }
    }
    ... on InputError { code path message }
  }
}`
const update = `mutation ($input: UpdateMcpServerInput!) {
  updateMcpServer(input: $input) {
    ... on UpdateMcpServerPayload { changed server { ... on StreamableHttpMcpServer { ${auth} } } }
    ... on InputError { code path message }
  }
}`
const serverUrl = 'https://a.example/mcp'
const http = (oauth: object) => ({ streamableHttp: { serverUrl, auth: { oauth } } })
const notConnected = {
  __typename: 'OAuthAuth',
  grant: 'AUTHORIZATION_CODE',
  status: 'NOT_CONNECTED',
  reason: null,
  issuer: null,
  clientId: null,
  clientRegistration: null,
  scopes: [],
  requestedScopes: [],
  expiresAt: null,
}

describe('the API', () => {
  it('creates a server with OAuth, whose members all may be omitted', async () => {
    await withApi(async (execute) => {
      const { data } = await execute(create, { config: http({}) })
      expect(data).toMatchObject({ createMcpServer: { server: { auth: notConnected } } })
    })
  })

  it.each([
    { clientId: 'me', clientSecret: { literal: 'the-secret' }, scopes: ['a'], dpop: true },
    { grant: 'CLIENT_CREDENTIALS', clientId: 'me', privateKey: { env: 'KEY' }, signingAlgorithm: 'ES256' },
    { grant: 'JWT_BEARER', clientId: 'me', assertion: { literal: 'the-assertion' } },
    {
      grant: 'ENTERPRISE_MANAGED',
      clientId: 'me',
      idp: { issuer: 'https://idp.example', clientId: 'there', idToken: { literal: 'the-id-token' } },
    },
  ])('takes the members of each grant: %o', async (oauth) => {
    await withApi(async (execute) => {
      const config = { sse: { serverUrl, auth: { oauth } } }
      const { data } = await execute(create, { config })
      const { grant = 'AUTHORIZATION_CODE' } = oauth
      const shown = { grant, status: 'NOT_CONNECTED', clientId: 'me', clientRegistration: 'PRE_REGISTERED' }
      expect(data).toMatchObject({ createMcpServer: { server: { auth: shown } } })
    })
  })

  it('changes a header to OAuth and back', async () => {
    await withApi(async (execute) => {
      const token = { header: { token: { literal: 'the-secret' } } }
      const { data } = await execute(create, { config: { streamableHttp: { serverUrl, auth: token } } })
      expect(data).toMatchObject({ createMcpServer: { server: { auth: { __typename: 'HeaderAuth' } } } })
      const { id } = (data.createMcpServer as { server: { id: string } }).server
      const patched = async (given: object) =>
        (await execute(update, { input: { id, config: { streamableHttp: { auth: given } } } })).data.updateMcpServer
      expect(await patched({ oauth: {} })).toMatchObject({ changed: true, server: { auth: notConnected } })
      expect(await patched({ oauth: {} })).toMatchObject({ changed: false })
      expect(await patched(token)).toMatchObject({ server: { auth: { __typename: 'HeaderAuth' } } })
      await patched({ oauth: {} })
      expect(await patched({ none: true })).toMatchObject({ server: { auth: null } })
    })
  })

  const idp = { issuer: 'https://idp.example', clientId: 'there', idToken: { literal: 'the-id-token' } }
  it.each([
    ['scopes.1', { scopes: ['a', 'b c'] }],
    ['issuer', { issuer: 'http://auth.example' }],
    ['signingAlgorithm', { clientId: 'me', privateKey: { env: 'KEY' }, signingAlgorithm: 'none' }],
    ['privateKey.literal', { clientId: 'me', privateKey: { literal: 'the-secret' } }],
    ['privateKey.env', { clientId: 'me', privateKey: { env: 'ANOTHER' } }],
    ['clientSecret', { grant: 'CLIENT_CREDENTIALS', clientId: 'me' }],
    ['clientId', { clientSecret: { literal: 'the-secret' } }],
    ['assertion', { grant: 'JWT_BEARER' }],
    ['idp', { grant: 'ENTERPRISE_MANAGED', clientId: 'me' }],
    ['idp.idToken.literal', { grant: 'ENTERPRISE_MANAGED', clientId: 'me', idp: { ...idp, idToken: { literal: '' } } }],
    ['idp.tokenEndpoint', { grant: 'ENTERPRISE_MANAGED', clientId: 'me', idp: { ...idp, tokenEndpoint: 'x' } }],
  ])('rejects a bad %s with its path', async (path, oauth) => {
    await withApi(async (execute) => {
      const { data } = await execute(create, { config: http(oauth) })
      const error = { code: 'INVALID_INPUT', path: `input.config.streamableHttp.auth.oauth.${path}`.split('.') }
      expect(data.createMcpServer).toMatchObject(error)
    })
  })

  it('rejects a header Authorization beside OAuth with the index of the header', async () => {
    await withApi(async (execute) => {
      const customHeaders = ['X-A', 'AUTHORIZATION'].map((name) => ({ name, value: { literal: 'the-secret' } }))
      const config = { streamableHttp: { serverUrl, auth: { oauth: {} }, customHeaders } }
      const { data } = await execute(create, { config })
      const path = 'input.config.streamableHttp.customHeaders.1'.split('.')
      expect(data.createMcpServer).toMatchObject({ code: 'INVALID_INPUT', path })
    })
  })
})
