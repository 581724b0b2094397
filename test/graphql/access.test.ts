import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { createRegistry, type Registry } from '@toolyard/core'
import {
  type Authenticate,
  type AuthRequest,
  type Caller,
  createHandler,
  createNodeListener,
  type GraphQLHandler,
  type Scope,
  useWebSocket,
} from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

let registry: Registry
let callers: Map<string, Caller>
let asked: AuthRequest[]
let seen: unknown[]
let stack: AsyncDisposableStack
let handler: GraphQLHandler
let port: number
/** How often anything of a tenant was reached for. */
let reached: number

function caller(scopes: readonly Scope[], more: Partial<Caller> = {}): Caller {
  return { tenant: 'default', id: 'k', scopes: new Set(scopes), expiresAt: null, ...more }
}

async function start(authenticate: Authenticate): Promise<void> {
  const counted = new Proxy(registry, {
    get(target, name) {
      if (name === 'tenant') reached += 1
      return Reflect.get(target, name)
    },
  })
  handler = createHandler(counted, { authenticate, onError: (error) => seen.push(error) })
  const server = createServer(createNodeListener(handler)).listen(0, '127.0.0.1')
  const bridge = useWebSocket(handler, { server })
  stack.defer(async () => {
    await bridge.close()
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
}

beforeEach(async () => {
  registry = await createRegistry()
  stack = new AsyncDisposableStack()
  asked = []
  seen = []
  reached = 0
  callers = new Map([
    ['Bearer reader', caller(['read'])],
    ['Bearer all', caller(['read', 'run', 'write', 'admin'])],
  ])
  await start((one) => {
    asked.push(one)
    return callers.get(one.authorization ?? '')
  })
})
afterEach(async () => {
  await stack.disposeAsync()
  await registry.close()
})

const json = { 'content-type': 'application/json' }
const bearer = (authorization: string | undefined) => (authorization === undefined ? {} : { authorization })

async function overNode(query: string, headers: Record<string, string>, method = 'POST'): Promise<Answer> {
  const path = method === 'GET' ? `/graphql?query=${encodeURIComponent(query)}` : '/graphql'
  const sent = request({ port, host: '127.0.0.1', method, path, headers })
  sent.end(method === 'GET' ? undefined : JSON.stringify({ query }))
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, headers: response.headers, text }
}

const lowerCase = (headers: Headers) =>
  Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value]))

type Ask = (query: string, authorization: string | undefined) => Promise<Answer>
const transports: Readonly<Record<string, Ask>> = {
  POST: (query, authorization) => overNode(query, { ...json, ...bearer(authorization) }),
  GET: (query, authorization) => overNode(query, bearer(authorization), 'GET'),
  'an event stream': (query, authorization) =>
    overNode(query, { ...json, accept: 'text/event-stream', ...bearer(authorization) }),
  async fetch(query, authorization) {
    const init = { method: 'POST', headers: { ...json, ...bearer(authorization) }, body: JSON.stringify({ query }) }
    const response = await handler(new Request('http://localhost/graphql', init))
    return { status: response.status, headers: lowerCase(response.headers), text: await response.text() }
  },
}

interface Socket {
  readonly socket: WebSocket
  readonly messages: { readonly type: string; readonly id?: string; readonly payload?: unknown }[]
  readonly closed: Promise<unknown[]>
  ask(id: string, query: string): void
}

async function openSocket(connectionParams?: Record<string, unknown>): Promise<Socket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
  const messages: Socket['messages'] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)])
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams }))
  const ask = (id: string, query: string) => socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }))
  return { socket, messages, closed, ask }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

const version = '{ registryInfo { version } }'
const feed = 'subscription { mcpServerEvents { __typename } }'
const create =
  'mutation { createMcpServer(input: { name: "a", config: { stdio: { command: "x" } }, refresh: false }) { __typename } }'

/** What is wrong with it must make no difference. */
const refused: Readonly<Record<string, string | undefined>> = {
  'no Authorization': undefined,
  'an unknown key': 'Bearer unknown',
  'another scheme': 'Basic reader',
  'the scheme alone': 'Bearer',
  'no scheme': 'reader',
  'a key of another case': 'Bearer READER',
  '10 kB': `Bearer ${'a'.repeat(10_000)}`,
  'an expired key': 'Bearer expired',
  'a revoked key': 'Bearer revoked',
}

describe.each(Object.entries(transports))('over %s', (_, ask) => {
  it('an unknown caller learns nothing, whatever it sends, and nothing is parsed', async () => {
    callers.set('Bearer expired', caller(['read'], { expiresAt: Date.now() - 1 }))
    callers.set('Bearer revoked', caller(['read'], { revoked: AbortSignal.abort() }))
    const answers = []
    for (const authorization of Object.values(refused)) {
      for (const query of [version, '{ __typename }', '{ __schema { description } }', '{ no such', feed]) {
        answers.push(await ask(query, authorization))
      }
    }
    const [first] = answers
    expect(first).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
    expect(JSON.parse(first?.text ?? '')).toEqual({
      errors: [{ message: expect.stringContaining('Authorization'), extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(reached).toBe(0)
  })

  it('a known caller is answered', async () => {
    const { status, text } = await ask(version, 'Bearer reader')
    expect(status).toBe(200)
    expect(text).toContain('"version":"')
    expect(asked).toMatchObject([{ authorization: 'Bearer reader', transport: 'http' }])
    expect(asked[0]?.header('authorization')).toBe('Bearer reader')
    expect(asked[0]?.header('x-other')).toBeUndefined()
  })

  it('an authentication may take its time', async () => {
    await start(async ({ authorization }) => {
      await new Promise((resolve) => setImmediate(resolve))
      return callers.get(authorization ?? '')
    })
    expect((await ask(version, 'Bearer reader')).status).toBe(200)
    expect((await ask(version, 'Bearer unknown')).status).toBe(401)
  })

  it('an authentication that fails is an unexpected error, and no way in', async () => {
    const fault = new Error('marker')
    for (const authenticate of [
      () => Promise.reject(fault),
      () => {
        throw fault
      },
    ] as const) {
      await start(authenticate)
      const { status, text } = await ask(version, 'Bearer reader')
      expect(status).toBe(500)
      expect(JSON.parse(text).errors).toMatchObject([{ message: 'Internal error', extensions: { code: 'INTERNAL' } }])
    }
    expect(seen).toEqual([fault, fault])
    expect(reached).toBe(0)
  })
})

describe.each(['POST', 'an event stream', 'fetch'])('over %s', (name) => {
  it('an operation beyond the scopes is refused as a whole, with the scope that it needs', async () => {
    const answer = await transports[name]?.(create, 'Bearer reader')
    expect(answer?.status).toBe(403)
    expect(answer?.text).toContain('"message":"The operation needs the scope write","extensions":{"code":"FORBIDDEN"}')
    expect(answer?.text).not.toContain('"http"')
    expect(await registry.servers.count()).toBe(0)
    expect((await transports[name]?.(create, 'Bearer all'))?.status).toBe(200)
    expect(await registry.servers.count()).toBe(1)
  })

  it('nothing of an operation is executed where one of its fields needs more', async () => {
    callers.set('Bearer writer', caller(['write']))
    const both = `${create.slice(0, -1)} runMcpTool(input: { tool: { id: "a" } }) { __typename } }`
    const answer = await transports[name]?.(both, 'Bearer writer')
    expect(answer?.status).toBe(403)
    expect(answer?.text).toContain('needs the scope run')
    expect(await registry.servers.count()).toBe(0)
  })
})

it('changes nothing by GET, for any caller', async () => {
  const { status, text } = await overNode(create, { authorization: 'Bearer all' }, 'GET')
  expect(status).toBe(405)
  expect(JSON.parse(text).errors).toHaveLength(1)
  expect(await registry.servers.count()).toBe(0)
})

it('asks for no key for the page of GraphiQL, which holds nothing', async () => {
  const { status, headers, text } = await overNode(version, { accept: 'text/html' }, 'GET')
  expect(status).toBe(200)
  const nonce = /script-src 'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1]
  // All before the first script is text, and after it there is nothing but its end.
  const [head = ''] = text.split('<script', 1)
  expect(text.slice(head.length)).toMatch(new RegExp(`^<script nonce="${nonce?.replaceAll(/[+/=]/g, '\\$&')}">`))
  expect(text.slice(text.indexOf('</script>'))).toMatch(/^<\/script>\s*<\/body>\s*<\/html>\s*$/)
  expect(head).not.toMatch(/\son\w+=|javascript:/)
  expect(headers).toMatchObject({
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  expect((await overNode(version, { accept: 'text/html' }, 'GET')).headers['content-security-policy']).not.toBe(
    headers['content-security-policy'],
  )
})

describe('over WebSocket', () => {
  it.each(Object.entries(refused))('%s is refused with 4403, and told nothing', async (_, authorization) => {
    callers.set('Bearer expired', caller(['read'], { expiresAt: Date.now() - 1 }))
    callers.set('Bearer revoked', caller(['read'], { revoked: AbortSignal.abort() }))
    const { closed, messages } = await openSocket(authorization === undefined ? undefined : { authorization })
    expect(await closed).toEqual([4403, 'Forbidden'])
    expect(messages).toEqual([])
    expect(reached).toBe(0)
  })

  it.each([
    [{ authorization: ['Bearer reader'] }],
    [{ authorization: { a: 1 } }],
    [{ Authorisation: 'Bearer reader' }],
  ])('connection parameters of %j are refused with 4403', async (params) =>
    expect(await (await openSocket(params)).closed).toEqual([4403, 'Forbidden']),
  )

  it('an operation before the credentials ends the socket with 4401', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: version } }))
    expect((await once(socket, 'close'))[0]).toBe(4401)
    expect(reached).toBe(0)
  })

  it('a known caller is answered, within its scopes', async () => {
    const { ask, messages, socket } = await openSocket({ authorization: 'Bearer reader' })
    await until(() => messages.length === 1)
    expect(asked).toMatchObject([{ authorization: 'Bearer reader', transport: 'websocket' }])
    expect(asked[0]?.header('upgrade')).toBe('websocket')
    ask('1', version)
    ask('2', create)
    await until(() => messages.filter(({ type }) => type === 'complete').length === 2)
    expect(messages).toContainEqual({
      id: '1',
      type: 'next',
      payload: { data: { registryInfo: expect.anything() }, extensions: { cost: 2 } },
    })
    const error = { message: 'The operation needs the scope write', extensions: { code: 'FORBIDDEN' } }
    expect(messages).toContainEqual({ id: '2', type: 'next', payload: { errors: [error] } })
    expect(await registry.servers.count()).toBe(0)
    socket.terminate()
  })

  it('a subscription beyond the scopes is refused', async () => {
    callers.set('Bearer runner', caller(['run']))
    const { ask, messages, socket } = await openSocket({ authorization: 'Bearer runner' })
    await until(() => messages.length === 1)
    ask('1', feed)
    await until(() => messages.some(({ type }) => type === 'complete'))
    expect(JSON.stringify(messages)).toContain('needs the scope read')
    expect(registry.stats().eventSubscribers).toBe(0)
    socket.terminate()
  })

  it('an authentication that fails ends the socket with 4500, and tells nothing of why', async () => {
    await start(() => Promise.reject(new Error('marker')))
    const { closed, messages } = await openSocket({ authorization: 'Bearer reader' })
    expect(await closed).toEqual([4500, 'Internal server error'])
    expect(messages).toEqual([])
    expect(seen).toMatchObject([{ message: 'marker' }])
  })

  it('a socket that closes while its credentials are looked up leaves nothing behind', async () => {
    const { promise, resolve } = Promise.withResolvers<Caller>()
    const revoke = new AbortController()
    await start(() => promise)
    const { socket, closed } = await openSocket({ authorization: 'Bearer reader' })
    socket.terminate()
    await closed
    resolve(caller(['read'], { revoked: revoke.signal }))
    await new Promise((done) => setImmediate(done))
    // It has no listener left, and nothing is thrown.
    revoke.abort()
    expect(seen).toEqual([])
  })
})

describe.each([
  [
    'expires',
    (): [Caller, () => void] => [caller(['read', 'write'], { expiresAt: Date.now() + 400 }), () => undefined],
  ],
  [
    'is revoked',
    (): [Caller, () => void] => {
      const revoke = new AbortController()
      return [caller(['read', 'write'], { revoked: revoke.signal }), () => revoke.abort()]
    },
  ],
])('when a key %s', (_, make) => {
  it('its sockets are closed with 4403, and its subscriptions end', async () => {
    const [one, end] = make()
    callers.set('Bearer one', one)
    const { ask, closed, messages } = await openSocket({ authorization: 'Bearer one' })
    const other = await openSocket({ authorization: 'Bearer all' })
    ask('1', feed)
    await until(() => other.messages.length === 1 && registry.stats().eventSubscribers === 1)
    end()
    expect(await closed).toEqual([4403, 'Forbidden'])
    await until(() => registry.stats().eventSubscribers === 0)
    expect(messages.map(({ type }) => type)).toEqual(['connection_ack'])
    expect(other.socket.readyState).toBe(WebSocket.OPEN)
    other.socket.terminate()
  })

  it('its event streams end with UNAUTHENTICATED', async () => {
    const [one, end] = make()
    callers.set('Bearer one', one)
    const streaming = transports['an event stream']?.(feed, 'Bearer one')
    await until(() => registry.stats().eventSubscribers === 1)
    end()
    const { status, text } = (await streaming) ?? {}
    expect(status).toBe(200)
    const [, data = ''] = /event: next\ndata: (.*)\n\nevent: complete/.exec(text ?? '') ?? []
    expect(JSON.parse(data)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
    })
    await until(() => registry.stats().eventSubscribers === 0)
  })

  it('a socket that does not close may ask nothing more, and is cut off', async () => {
    const [one, end] = make()
    callers.set('Bearer one', one)
    // By hand: this client never answers that the socket is to be closed.
    const socket = connect(port, '127.0.0.1')
    const frame = (value: object) => {
      const payload = Buffer.from(JSON.stringify(value))
      return Buffer.concat([Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]), payload])
    }
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
    })
    socket.write(
      'GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    )
    socket.write(frame({ type: 'connection_init', payload: { authorization: 'Bearer one' } }))
    await until(() => received.includes('connection_ack'))
    end()
    // 4403, in a close frame.
    await until(() => received.includes(Buffer.from([0x11, 0x33])))
    socket.write(frame({ id: '1', type: 'subscribe', payload: { query: create } }))
    await once(socket, 'close')
    expect(await registry.servers.count()).toBe(0)
  })
})
