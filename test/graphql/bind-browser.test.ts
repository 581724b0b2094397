import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegistry } from '@toolyard/core'
import { type BrowserRequest, createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { createClient } from 'graphql-ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const callbackUrl = 'http://127.0.0.1:39999/oauth/callback'
const begin = `mutation ($input: BeginMcpAuthInput!) {
  beginMcpAuth(input: $input) {
    __typename
    ... on BeginMcpAuthPayload { authorizationUrl state }
    ... on InputError { code path }
  }
}`

/** A handler that binds to browsers, fetch-style and on a Node.js server with WebSockets, and a server that asks for OAuth. */
async function startBinding() {
  await using stack = new AsyncDisposableStack()
  const authorizationServer = stack.use(await startAuthorizationServer())
  const upstream = stack.use(await startProtectedMcpServer({ authorizationServers: [authorizationServer] }))
  const registry = stack.use(await createRegistry({ oauth: { callbackUrl } }))
  const config = { transport: 'streamableHttp', serverUrl: upstream.url } as const
  const { id: serverId } = await registry.servers.create({ name: 'a', config, refresh: false })
  const requests: BrowserRequest[] = []
  const handler = createHandler(registry, {
    bindBrowser(request) {
      requests.push(request)
      return { browser: `secret-${requests.length}`, cookieFor: ({ state }) => `begun=${state}; HttpOnly` }
    },
  })
  const server = createServer(createNodeListener(handler)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bridge = useWebSocket(handler, { server })
  stack.defer(async () => {
    await bridge.close()
    server.close()
    server.closeAllConnections()
  })
  // A server that listens on a port has an AddressInfo.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const owned = stack.move()
  return { registry, handler, url, serverId, requests, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function request(url: string, input: object, accept: string): Request {
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, 'x-of-browser': 'firefox' },
    body: JSON.stringify({ query: begin, variables: { input } }),
  })
}

it.each([
  ['a fetch-style server', 'application/json', false],
  ['the short way of the Node.js listener', 'application/json', true],
  ['an answer that yoga writes', 'application/json;q=1', true],
  ['an event stream', 'text/event-stream', true],
] as const)('an authorization is bound to the browser that begins it: %s', async (_, accept, isServed) => {
  await using all = await startBinding()
  const { registry, serverId, requests } = all
  const ask = (input: object) => {
    const asked = request(all.url, input, accept)
    return isServed ? fetch(asked) : all.handler(asked)
  }
  const answer = await ask({ serverId })
  const [, authorizationUrl = ''] = /"authorizationUrl":"([^"]+)"/.exec(await answer.text()) ?? []
  const { state = '', code, iss, url } = await visit(authorizationUrl)
  expect(url.startsWith(callbackUrl)).toBe(true)
  expect(answer.headers.getSetCookie()).toEqual([`begun=${state}; HttpOnly`])
  expect(requests).toHaveLength(1)
  expect(requests[0]?.tenant).toBe('default')
  expect(requests[0]?.header('x-of-browser')).toBe('firefox')
  const wrong = registry.servers.completeAuth({ state, code, iss }, { browser: 'secret-2' })
  await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['state'] })
  await registry.servers.completeAuth({ state, code, iss }, { browser: 'secret-1' })
  const loopback = await ask({ serverId, redirectUri: 'http://127.0.0.1:1/' })
  expect(await loopback.text()).toContain('BeginMcpAuthPayload')
  expect(loopback.headers.getSetCookie()).toEqual([])
  expect(requests).toHaveLength(1)
})

it('no cookie is set if nothing was begun', async () => {
  await using all = await startBinding()
  const answer = await fetch(request(all.url, { serverId: 'mcps_none' }, 'application/json'))
  expect(await answer.text()).toContain('NOT_FOUND')
  expect(answer.headers.getSetCookie()).toEqual([])
})

it('a WebSocket, which can set no cookie, needs a redirect URI', async () => {
  await using all = await startBinding()
  const { serverId, requests } = all
  const client = createClient({ url: all.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 })
  const ask = async (input: object) => {
    for await (const { data } of client.iterate({ query: begin, variables: { input } })) return data?.beginMcpAuth
    return undefined
  }
  expect(await ask({ serverId })).toEqual({
    __typename: 'InputError',
    code: 'INVALID_INPUT',
    path: ['input', 'redirectUri'],
  })
  expect(await ask({ serverId, redirectUri: callbackUrl })).toMatchObject({ __typename: 'BeginMcpAuthPayload' })
  expect(requests).toEqual([])
  await client.dispose()
})
