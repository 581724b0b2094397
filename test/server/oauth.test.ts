import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { beginMutation, completeMutation } from '../fixtures/oauth/oauth-server.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'
import { addKey } from '../fixtures/process/api-keys.ts'
import { type Programs, type ServingHere, startPrograms } from '../fixtures/process/serving.ts'

let programs: Programs
let authorizationServer: AuthorizationServer
let upstream: ProtectedMcpServer
beforeAll(async () => {
  programs = await startPrograms()
  authorizationServer = await startAuthorizationServer()
  upstream = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
})
afterEach(() => programs.kill())
afterAll(async () => {
  await programs[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
  await authorizationServer[Symbol.asyncDispose]()
})

async function ask({ url }: ServingHere, query: string, variables: object, key?: string): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
}

async function addServer(serving: ServingHere, key?: string): Promise<string> {
  const create = `mutation ($serverUrl: URL!) {
    createMcpServer(input: { name: "protected", config: { streamableHttp: { serverUrl: $serverUrl } }, refresh: false }) {
      ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } }
    }
  }`
  const { data } = await (await ask(serving, create, { serverUrl: upstream.url }, key)).json()
  return data.createMcpServer.server.id
}

/** Begins, and lets the browser go as far as the callback, which is requested. */
async function connect(serving: ServingHere, serverId: string, key?: string) {
  const answer = await ask(serving, beginMutation, { input: { serverId } }, key)
  const pairs = answer.headers.getSetCookie().map((cookie) => cookie.split(';', 1).join(''))
  const { data } = await answer.json()
  const cookies = new Map([[serving.base, pairs.join('; ')]])
  const back = await visit(data.beginMcpAuth.authorizationUrl, { cookies, requestRedirect: true })
  return { ...back, page: await back.response?.text() }
}

const server = '{ mcpServers(first: 1) { nodes { ... on McpServerBase { status } } } }'

it('connects a server at the port that it took, and logs nothing secret', async () => {
  const serving = await programs.serve(['--log-level', 'trace'])
  const id = await addServer(serving)
  const { url, response, page, code = '', state = '' } = await connect(serving, id)
  expect(url.startsWith(`${serving.base}/oauth/callback?`)).toBe(true)
  expect(response?.status).toBe(200)
  expect(page).toContain('protected')
  await expect.poll(async () => (await ask(serving, server, {})).text()).toContain('"READY"')
  authorizationServer.settings.authorize.error = { error: 'access_denied', description: 'CANARY of the server' }
  const refused = await connect(serving, id)
  authorizationServer.settings.authorize.error = null
  expect(refused.errorDescription).toContain('CANARY')
  expect(refused.response?.status).toBe(403)
  expect(refused.page).not.toContain('CANARY')
  const secret = { state: 'a-secret-state', code: ['a-secret-code'] }
  const malformed = await (await ask(serving, completeMutation, { input: secret })).text()
  for (const text of [serving.stderr(), malformed]) {
    for (const value of [
      code,
      state,
      refused.state,
      'CANARY',
      'a-secret-state',
      'a-secret-code',
      ...authorizationServer.secrets,
    ]) {
      expect(text).not.toContain(value)
    }
  }
})

it('with keys, the callback needs none, and a front end connects with its own redirect URI', async () => {
  const { key } = await addKey(join(programs.folder, 'keys.json'), 'read,run,write', { tenant: 'acme' })
  const redirectUri = 'https://front.example/connected'
  const serving = await programs.serveHere(['--api-keys', join(programs.folder, 'keys.json'), '--network', '*'], {
    TOOLYARD_OAUTH_REDIRECTS: `https://other.example/,${redirectUri}`,
  })
  const serverId = await addServer(serving, key)
  expect((await connect(serving, serverId, key)).response?.status).toBe(200)
  const { data } = await (await ask(serving, beginMutation, { input: { serverId, redirectUri } }, key)).json()
  const { state, code, iss } = await visit(data.beginMcpAuth.authorizationUrl)
  const completed = await (await ask(serving, completeMutation, { input: { state, code, iss } }, key)).json()
  expect(completed.data.completeMcpAuth).toEqual({
    __typename: 'CompleteMcpAuthPayload',
    server: { name: 'protected' },
  })
  const input = { serverId, redirectUri: 'https://another.example/' }
  const refused = await (await ask(serving, beginMutation, { input }, key)).json()
  expect(refused.data.beginMcpAuth).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'redirectUri'] })
})

it('behind a proxy on this machine, takes the host of its public URL, and is known by its document', async () => {
  const serving = await programs.serveHere([], { TOOLYARD_PUBLIC_URL: 'https://tools.example/' })
  const serverId = await addServer(serving)
  const answer = await ask(serving, beginMutation, { input: { serverId } })
  const [cookie = ''] = answer.headers.getSetCookie()
  expect(cookie).toContain('; Secure')
  const { data } = await answer.json()
  const back = await visit(data.beginMcpAuth.authorizationUrl)
  expect(back.url.startsWith('https://tools.example/oauth/callback?')).toBe(true)
  const { request } = await import('node:http')
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const { search } = new URL(back.url)
  const headers = { host: 'tools.example', cookie: cookie.split(';', 1).join('') }
  request(`${serving.base}/oauth/callback${search}`, { headers }, (response) => {
    resolve(response.resume().statusCode)
  }).end()
  expect(await promise).toBe(200)
  const document = await (await fetch(`${serving.base}/oauth/client-metadata.json`)).json()
  expect(document.client_id).toBe('https://tools.example/oauth/client-metadata.json')
})
