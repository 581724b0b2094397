import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegistry } from '@toolyard/core'
import { type Caller, createHandler, createNodeListener, type Limits, useWebSocket } from '@toolyard/graphql'
import { createClient } from 'graphql-ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'

/** What is said of a document, over HTTP and over WebSocket. */
async function saidOf(query: string, limits: Partial<Limits> = {}, caller?: Caller): Promise<readonly string[]> {
  await using stack = new AsyncDisposableStack()
  const registry = stack.use(await createRegistry())
  const handler = createHandler(registry, { limits, ...(caller ? { authenticate: () => caller } : {}) })
  const server = createServer(createNodeListener(handler))
  stack.defer(() => void server.close())
  const bridge = useWebSocket(handler, { server })
  stack.defer(() => bridge.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  const url = `127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const response = await fetch(`http://${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query }),
  })
  const { errors } = await response.json()
  const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })
  stack.defer(() => client.dispose())
  const overSocket = await client
    .iterate({ query })
    .next()
    .then(
      () => [],
      (refused) => refused,
    )
  return [errors, overSocket].map((list) => list[0].message)
}

const bySelection = (selection: string) => `{ mcpServers(first: 1) { nodes { ${selection} } } }`
const ofMutation = (selection: string) => `mutation { deleteMcpServer(input: { id: "mcps_x" }) { ${selection} } }`

it.each([
  [
    bySelection('id'),
    'Cannot query field "id" on type "McpServer". Select it by a fragment: ... on McpServerBase { id }',
  ],
  [
    bySelection('serverUrl'),
    'Cannot query field "serverUrl" on type "McpServer". Select it by a fragment: ... on SseMcpServer { serverUrl } or ... on StreamableHttpMcpServer { serverUrl }',
  ],
  [
    ofMutation('code'),
    'Cannot query field "code" on type "DeleteMcpServerResult". Select it by a fragment: ... on InputError { code }',
  ],
  ['{ node(id: "run_x") { name } }', expect.stringContaining('... on McpTool { name }')],
  [bySelection('nothing'), 'Cannot query field "nothing" on type "McpServer".'],
  ['{ nothing }', 'Cannot query field "nothing" on type "Query".'],
])('%s', async (query, message) => {
  expect(await saidOf(query)).toEqual([message, message])
})

it('is told only to callers who may ask for the types of the schema', async () => {
  const query = bySelection('id')
  const silent = 'Cannot query field "id" on type "McpServer".'
  const known: Caller = { id: 'key_a', tenant: 'a', scopes: new Set(['read']), expiresAt: null }
  expect(await saidOf(query, { introspection: 'NONE' }, known)).toEqual([silent, silent])
  expect(await saidOf(query, { introspection: 'AUTHENTICATED' })).toEqual([silent, silent])
  const hint = expect.stringContaining('... on McpServerBase')
  expect(await saidOf(query, { introspection: 'AUTHENTICATED' }, known)).toEqual([hint, hint])
})
