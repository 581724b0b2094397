// Follows a refresh through the GraphQL API twice: over WebSocket and over server-sent events. Then follows the feed of a
// server that is killed and started again.
// The API is served in this process, on a free port, so that one command shows all of it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { followOverRestart } from './resume.ts'

const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'))

const registry = await createRegistry()
const handler = createHandler(registry)
const server = createServer(createNodeListener(handler))
const sockets = useWebSocket(handler, { server })
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
const path = `127.0.0.1:${address.port}/graphql`

async function mutate(
  query: string,
  variables: object,
): Promise<Record<string, { server?: { id: string }; refresh?: { id: string } }>> {
  const response = await fetch(`http://${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(errors[0].message)
  return data
}

const { createMcpServer } = await mutate(
  `mutation ($input: CreateMcpServerInput!) {
    createMcpServer(input: $input) {
      ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } refresh { id } }
      ... on UserError { message }
    }
  }`,
  { input: { name: 'everything', config: { stdio: { command: process.execPath, args: [everything] } } } },
)
const refreshId = createMcpServer?.refresh?.id

// Subscribed after the refresh began, and still nothing is missed: the stream starts with the first event.
const operation = {
  query: `subscription ($id: ID!) {
    mcpServerRefreshEvents(refreshId: $id) {
      __typename
      ... on RefreshPhaseChanged { phase done }
      ... on RefreshToolChanged { change tool { name } }
      ... on RefreshFinished { refresh { status } }
    }
  }`,
  variables: { id: refreshId },
}

interface Followed {
  readonly mcpServerRefreshEvents?: { readonly __typename: string; readonly phase?: string; readonly done?: number }
}

async function follow(name: string, results: AsyncIterable<{ data?: Followed | null | undefined }>): Promise<number> {
  let count = 0
  for await (const { data } of results) {
    const event = data?.mcpServerRefreshEvents
    count += 1
    console.log(name, event?.__typename, event?.phase ?? '', event?.done ?? '')
  }
  return count
}

const ws = createWsClient({ url: `ws://${path}`, webSocketImpl: WebSocket })
const sse = createSseClient({ url: `http://${path}` })
const [overWebSocket, overSse] = await Promise.all([
  follow('ws ', ws.iterate<Followed>(operation)),
  follow('sse', sse.iterate<Followed>(operation)),
])
console.log(`${overWebSocket} events over WebSocket, ${overSse} over SSE`)
if (overWebSocket !== overSse) process.exitCode = 1

await ws.dispose()
sse.dispose()
await registry.close()
await sockets.close()
server.close()
server.closeAllConnections()

const names = await followOverRestart()
console.log(`The feed told of ${names.join(', ')}, over a server that was killed in between`)
if (names.join() !== 'before,meanwhile,after') process.exitCode = 1
