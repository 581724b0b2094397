import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'

const refreshEvents = /* GraphQL */ `
  subscription ($id: ID!) {
    mcpServerRefreshEvents(refreshId: $id) {
      __typename
      ... on JobEvent { cursor at }
      ... on RefreshPhaseChanged { phase done total }
      ... on RefreshToolChanged { change tool { name description inputSchema } }
      ... on RefreshFinished { refresh { status } }
    }
  }`

const toolsOf = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, n) => ({
    name: `tool_${n}`,
    description: 'x'.repeat(bytes),
    inputSchema: { type: 'object' },
  }))
type Tools = ReturnType<typeof toolsOf>

/** The API over a registry whose one server answers its list of tools when it is let go. */
async function startHeldRefresh(tools: Tools) {
  const letGo = Promise.withResolvers<void>()
  const mcp = await startScripted(async (asked) => {
    if (asked.method !== 'tools/list') return false
    await letGo.promise
    asked.result({ tools })
    return true
  })
  const registry = await createRegistry({ storage: sqliteStorage({ path: ':memory:' }) })
  const handler = createHandler(registry)
  const server = createServer(createNodeListener(handler))
  const bridge = useWebSocket(handler, { server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const config = { transport: 'streamableHttp', serverUrl: mcp.url } as const
  const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
  const job = await registry.servers.refresh(id)
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    registry,
    server,
    job,
    url: `127.0.0.1:${port}/graphql`,
    letGo: () => letGo.resolve(),
    async [Symbol.asyncDispose]() {
      letGo.resolve()
      await registry.close()
      await bridge.close()
      server.closeAllConnections()
      server.close()
      await mcp[Symbol.asyncDispose]()
    },
  }
}

async function connect(url: string) {
  const socket = new WebSocket(url, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init' }))
  await once(socket, 'message')
  return socket
}

/** What came over the socket for the operation, whole, until it completed. */
function subscribe(socket: WebSocket, id: string, refreshId: string): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>()
  const payloads: string[] = []
  const head = `{"id":"${id}","type":"next","payload":`
  socket.on('message', (data) => {
    const text = String(data)
    if (text.startsWith(head)) payloads.push(text.slice(head.length, -1))
    else if (text === `{"id":"${id}","type":"complete"}`) resolve(payloads)
    else reject(new Error(`unexpected message: ${text}`))
  })
  socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
  socket.send(
    JSON.stringify({ id, type: 'subscribe', payload: { query: refreshEvents, variables: { id: refreshId } } }),
  )
  return promise
}

/** All who watch one refresh are told all of it; when all vanish, nothing is left of them. */
export async function manySubscribers(count: number): Promise<void> {
  const tools = toolsOf(200, 500)
  await using held = await startHeldRefresh(tools)
  const { registry, job, url } = held
  const sockets = await Promise.all(Array.from({ length: count }, () => connect(`ws://${url}`)))
  const all = sockets.map((socket, n) => subscribe(socket, `operation ${n}`, job.id))
  await expect.poll(() => registry.stats().eventSubscribers).toBe(count)
  held.letGo()
  const [first = [], ...others] = await Promise.all(all)
  const events = first.map((text) => JSON.parse(text).data.mcpServerRefreshEvents)
  expect(events[0]).toMatchObject({ __typename: 'RefreshStarted' })
  expect(events.at(-1)).toMatchObject({ __typename: 'RefreshFinished', refresh: { status: 'SUCCEEDED' } })
  const changed = events.flatMap((event) => (event.__typename === 'RefreshToolChanged' ? event.tool.name : []))
  expect(changed).toEqual(tools.map(({ name }) => name))
  expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(events.length)
  for (const other of others) expect(other.join('\n') === first.join('\n')).toBe(true)

  const feed = 'subscription { mcpServerEvents { __typename } }'
  for (const socket of sockets) {
    socket.removeAllListeners('close')
    socket.send(JSON.stringify({ id: 'feed', type: 'subscribe', payload: { query: feed } }))
  }
  await expect.poll(() => registry.stats().eventSubscribers, { timeout: 10_000 }).toBe(count)
  for (const socket of sockets) socket.terminate()
  await expect.poll(() => registry.stats().eventSubscribers, { timeout: 2_000 }).toBe(0)
}

/** A client that asks for the events of a refresh, does not read them, and then does. */
type SlowClient = (url: string, refreshId: string) => Promise<{ readOn(): Promise<number> }>

async function slowWebSocket(url: string, refreshId: string) {
  const socket = await connect(`ws://${url}`)
  const seen = subscribe(socket, 's', refreshId)
  socket.pause()
  return {
    async readOn() {
      socket.resume()
      return (await seen).length
    },
  }
}

async function slowEventStream(url: string, refreshId: string) {
  const asking = request(`http://${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
  })
  asking.end(JSON.stringify({ query: refreshEvents, variables: { id: refreshId } }))
  // The stream is not read until it has a listener for its data.
  const [response] = await once(asking, 'response')
  return {
    async readOn() {
      let events = 0
      for await (const line of createInterface({ input: response })) if (line.startsWith('event: next')) events += 1
      return events
    },
  }
}

/** One who does not read costs the server next to nothing, and gets everything when it reads on. */
async function slowSubscriber(open: SlowClient): Promise<void> {
  // More than what the system keeps of a connection.
  const tools = toolsOf(600, 30_000)
  await using held = await startHeldRefresh(tools)
  const { registry, job, url, server } = held
  const connection = Promise.withResolvers<Socket>()
  server.once('connection', (socket) => connection.resolve(socket))
  const client = await open(url, job.id)
  const socket = await connection.promise
  await expect.poll(() => registry.stats().eventSubscribers).toBe(1)
  held.letGo()
  await job.result()
  await expect.poll(() => socket.writableLength, { timeout: 10_000 }).toBeGreaterThan(0)
  let most = 0
  for (let turn = 0; turn < 2_000; turn += 1) {
    await nextTurn()
    most = Math.max(most, socket.writableLength)
  }
  expect(most).toBeLessThan(256 * 1024)
  expect(await client.readOn()).toBeGreaterThan(tools.length)
}

export const slowWebSocketSubscriber = () => slowSubscriber(slowWebSocket)
export const slowEventStreamSubscriber = () => slowSubscriber(slowEventStream)
