import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createRegistry, type Registry } from '@toolyard/core'
import { createHandler, useWebSocket, type WebSocketBridge } from '@toolyard/graphql'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'

let registry: Registry
let server: Server
let bridge: WebSocketBridge
let port: number

beforeEach(async () => {
  registry = await createRegistry()
  server = createServer((_, response) => response.writeHead(404).end())
  bridge = useWebSocket(createHandler(registry), { server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  await bridge.close()
  await registry.close()
  server.close()
})

const upgrade = (target: string) =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`

/** What comes back for raw bytes, until the server ends the connection. */
async function raw(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

interface Message {
  readonly type: string
  readonly payload?: unknown
}

/** A socket that has shaken hands, and all that comes over it from then on. */
async function open() {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init' }))
  await once(socket, 'message')
  const messages: Message[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  const send = (id: string, query: string) => socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }))
  return { socket, messages, send }
}

const feed = 'subscription { mcpServerEvents { __typename } }'
const turn = () => new Promise((resolve) => setImmediate(resolve))

it.each(['//', 'http://[', '/other', '/graphql/'])('refuses an upgrade of %s and lives on', async (target) => {
  expect(await raw(upgrade(target))).toMatch(/^HTTP\/1\.1 404 /)
  expect((await open()).socket.readyState).toBe(WebSocket.OPEN)
})

it('lives on when clients reset the connections that it refuses', async () => {
  const closed = Array.from({ length: 50 }, async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(upgrade('/other'), () => socket.resetAndDestroy())
    await once(socket, 'close')
  })
  await Promise.all(closed)
  expect((await open()).socket.readyState).toBe(WebSocket.OPEN)
})

it('leaves upgrades of other paths to the other listeners of the server', async () => {
  server.on('upgrade', (request, socket) => {
    if (request.url === '/other') socket.end('HTTP/1.1 418 Teapot\r\n\r\n')
  })
  expect(await raw(upgrade('/other'))).toMatch(/^HTTP\/1\.1 418 /)
  expect((await open()).socket.readyState).toBe(WebSocket.OPEN)
})

it.each([
  ['does not parse', '{ mcpServer(by: { name "marker" }) { __typename } }', 'GRAPHQL_PARSE_FAILED'],
  ['is not valid', '{ mcpServers(first: "marker") { totalCount } }', 'INVALID_INPUT'],
  ['has no operation', 'fragment F on Query { __typename }', 'GRAPHQL_VALIDATION_FAILED'],
  ['has several operations', 'query A { __typename } query B { __typename }', 'OPERATION_RESOLUTION_FAILURE'],
])('answers a document that %s, and keeps the socket', async (_, query, code) => {
  const { messages, send, socket } = await open()
  send('1', query)
  send('2', '{ __typename }')
  while (!messages.some(({ type }) => type === 'complete')) await once(socket, 'message')
  expect(messages).toMatchObject([
    { id: '1', type: 'error', payload: [{ extensions: { code } }] },
    { id: '2', type: 'next' },
    { id: '2', type: 'complete' },
  ])
  expect(JSON.stringify(messages)).not.toMatch(/marker|"http"/)
})

it('frees its iterators when clients leave before their subscription has begun', async () => {
  const sockets = await Promise.all(Array.from({ length: 30 }, open))
  for (const [index, { socket, send }] of sockets.entries()) {
    send('1', feed)
    if (index % 2) socket.send(JSON.stringify({ id: '1', type: 'complete' }), () => socket.terminate())
    else setImmediate(() => socket.terminate())
  }
  while (bridge.sockets > 0 || registry.stats().eventSubscribers > 0) await turn()
  expect(registry.stats().eventSubscribers).toBe(0)
})

it('completes operations and closes with 1001, also where a client does not answer', async () => {
  const { socket, messages, send } = await open()
  const stuck = await open()
  send('1', feed)
  stuck.send('1', feed)
  while (registry.stats().eventSubscribers < 2) await turn()
  stuck.socket.pause()
  const closed = once(socket, 'close')
  const started = performance.now()
  await Promise.all([bridge.close(), bridge.close()])
  expect(performance.now() - started).toBeLessThan(5_000)
  expect((await closed)[0]).toBe(1001)
  expect(messages).toEqual([{ id: '1', type: 'complete' }])
  expect([bridge.sockets, registry.stats().eventSubscribers]).toEqual([0, 0])
  stuck.socket.terminate()
})
