import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { createClient } from 'graphql-ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'

const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ')} }`
const deep = (depth: number): string =>
  depth < 4 ? '{ name }' : `{ tools { nodes { server { ... on McpServerBase ${deep(depth - 3)} } } } }`
const refusals: readonly [string, string][] = [
  ['too many aliases', aliases(31)],
  ['nested too deep', `{ mcpServers { nodes { ... on McpServerBase ${deep(14)} } } }`],
  ['too many directives', `{ ${'... @include(if: true) { __typename } '.repeat(51)} }`],
]

async function start() {
  const registry = await createRegistry()
  const handler = createHandler(registry)
  const server = createServer(createNodeListener(handler))
  const bridge = useWebSocket(handler, { server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  const url = `127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })
  return {
    url,
    client,
    async [Symbol.asyncDispose]() {
      await client.dispose()
      await bridge.close()
      await registry.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

it.each(refusals)('an operation that has %s is refused over HTTP, SSE and WebSocket', async (message, query) => {
  await using api = await start()
  const expected = [{ message: expect.stringContaining(message), extensions: { code: 'LIMIT_EXCEEDED' } }]
  for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream']) {
    const headers = { 'content-type': 'application/json', accept }
    const answer = await fetch(`http://${api.url}`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    const text = await answer.text()
    const json = /^data: (.+)$/m.exec(text)?.[1] ?? text
    expect(JSON.parse(json).errors).toMatchObject(expected)
  }
  const failing = (async () => {
    for await (const _ of api.client.iterate({ query }));
  })()
  await expect(failing).rejects.toMatchObject(expected)
})

it('an operation within the limits is answered, the usual introspection too', async () => {
  await using api = await start()
  const { getIntrospectionQuery } = await import('graphql')
  for (const query of [aliases(30), getIntrospectionQuery()]) {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://${api.url}`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    expect(await answer.json()).not.toHaveProperty('errors')
  }
})
