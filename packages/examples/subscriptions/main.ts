// Follows a refresh through the GraphQL API twice: over WebSocket and over server-sent events. Then follows the feed of a
// server that is killed and restarted.
// Serves the API in this process, on a free port, so that one command shows everything.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { createGraphQLClient, createWebSocketClient, followEvents, type GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
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
const url = `http://127.0.0.1:${address.port}/graphql`

const create = graphql(`
  mutation Create($input: CreateMcpServerInput!) {
    createMcpServer(input: $input) {
      ... on CreateMcpServerPayload { refresh { id } }
      ... on UserError { message }
    }
  }
`)
const refreshEvents = graphql(`
  subscription RefreshEvents($refreshId: ID!, $after: Cursor) {
    mcpServerRefreshEvents(refreshId: $refreshId, after: $after) {
      __typename
      ... on JobEvent { cursor }
      ... on RefreshPhaseChanged { phase done }
      ... on RefreshToolChanged { change tool { name } }
      ... on RefreshFinished { refresh { status } }
    }
  }
`)

const overSse = createGraphQLClient({ url })
const overWebSocket = createWebSocketClient({ url })

const config = { stdio: { command: process.execPath, args: [everything] } }
const { createMcpServer } = await overSse.request(create, { input: { name: 'everything', config } })
if (!createMcpServer || 'message' in createMcpServer) throw new Error(createMcpServer?.message ?? 'no answer')
const refreshId = createMcpServer.refresh?.id
if (refreshId === undefined) throw new Error('expected a refresh of the new server')

// Misses nothing although the refresh has already started: the stream begins with the first event.
async function follow(name: string, client: GraphQLClient, id: string): Promise<number> {
  const events = followEvents(
    client,
    refreshEvents,
    { refreshId: id },
    { signal: AbortSignal.timeout(60_000), isLast: ({ __typename }) => __typename === 'RefreshFinished' },
  )
  let count = 0
  for await (const event of events) {
    count += 1
    const phase = event.__typename === 'RefreshPhaseChanged' ? [event.phase, event.done ?? ''] : []
    console.log(name, event.__typename, ...phase)
  }
  return count
}

const [ofWebSocket, ofSse] = await Promise.all([
  follow('ws ', overWebSocket, refreshId),
  follow('sse', overSse, refreshId),
])
console.log(`${ofWebSocket} events over WebSocket, ${ofSse} over SSE`)
if (ofWebSocket !== ofSse) process.exitCode = 1

await overWebSocket.close()
await registry.close()
await sockets.close()
server.close()
server.closeAllConnections()

const names = await followOverRestart()
console.log(`The feed reported ${names.join(', ')}, across a restart of a killed server`)
if (names.join() !== 'before,meanwhile,after') process.exitCode = 1
