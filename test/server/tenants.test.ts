import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { addKey } from '../fixtures/process/api-keys.ts'
import { type Programs, type ServingHere, startPrograms } from '../fixtures/process/serving.ts'

let programs: Programs
let fixture: FixtureServer
let url: string
let serving: ServingHere
let file: string
beforeAll(async () => {
  programs = await startPrograms()
  fixture = await startFixture()
  file = join(programs.folder, 'keys.json')
  serving = await programs.serveHere([], { TOOLYARD_API_KEYS: file, TOOLYARD_NETWORK: '*' })
  url = serving.url
})
afterAll(async () => {
  await programs[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

const add = (tenant: string, scopes: string, ...flags: readonly string[]) => addKey(file, scopes, { tenant, flags })

async function ask(key: string, query: string, variables: object = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  return { status: response.status, text, ...JSON.parse(text) }
}

/** The first message of an operation over a WebSocket. */
async function overWebSocket(key: string, query: string): Promise<string> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
  const [message] = await once(socket, 'message')
  socket.close()
  return String(message)
}

async function overEventStream(key: string, query: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  })
  return response.text()
}

const creation = `mutation ($url: URL!) { createMcpServer(input: { name: "shared name", refresh: false,
  config: { streamableHttp: { serverUrl: $url } } }) {
    ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } ... on UserError { code } } }`

it('a key of one tenant reaches nothing of another, over HTTP, event streams and WebSocket', async () => {
  const [one, other] = await Promise.all([add('one', 'read,run,write,admin'), add('other', 'read,run,write,admin')])
  const created = await ask(one.key, creation, { url: fixture.url })
  const { id } = created.data.createMcpServer.server
  const refreshed = await ask(
    one.key,
    `mutation { refreshMcpServer(input: { id: "${id}", wait: true }) {
      ... on RefreshMcpServerPayload { refresh { id added { id name } } } } }`,
  )
  const { id: refreshId, added } = refreshed.data.refreshMcpServer.refresh
  const echo = added.find(({ name }: { name: string }) => name === 'echo').id
  const ran = await ask(
    one.key,
    `mutation { runMcpTool(input: { tool: { id: "${echo}" }, args: { message: "hi" }, idempotencyKey: "k" }) {
      ... on RunMcpToolPayload { run { id status } } } }`,
  )
  const { id: runId } = ran.data.runMcpTool.run
  expect(ran.data.runMcpTool.run.status).toBe('SUCCEEDED')

  const everything = `{
    mcpServers { totalCount nodes { __typename } } mcpTools { totalCount } toolRuns { totalCount }
    mcpServer(by: { id: "${id}" }) { __typename } named: mcpServer(by: { name: "shared name" }) { __typename }
    mcpTool(by: { id: "${echo}" }) { id } toolRun(id: "${runId}") { id } mcpServerRefresh(id: "${refreshId}") { id }
    node(id: "${id}") { id } nodes(ids: ["${echo}", "${runId}"]) { id }
    auditEvents(filter: { action: [SERVER_CREATED] }) { totalCount } }`
  const nothing = {
    mcpServers: { totalCount: 0, nodes: [] },
    mcpTools: { totalCount: 0 },
    toolRuns: { totalCount: 0 },
    mcpServer: null,
    named: null,
    mcpTool: null,
    toolRun: null,
    mcpServerRefresh: null,
    node: null,
    nodes: [null, null],
    auditEvents: { totalCount: 0 },
  }
  expect((await ask(other.key, everything)).data).toEqual(nothing)
  expect(JSON.parse(await overWebSocket(other.key, everything)).payload.data).toEqual(nothing)
  for (const over of [overWebSocket, overEventStream]) {
    const events = `subscription { toolRunEvents(runId: "${runId}") { __typename } }`
    expect(await over(other.key, events)).toContain('NOT_FOUND')
    expect(await over(one.key, events)).toContain('ToolRunStarted')
    const refreshes = `subscription { mcpServerRefreshEvents(refreshId: "${refreshId}") { __typename } }`
    expect(await over(other.key, refreshes)).toContain('NOT_FOUND')
  }
  for (const mutation of [
    `deleteMcpServer(input: { id: "${id}" }) { ... on UserError { code } }`,
    `updateMcpServer(input: { id: "${id}", description: "x" }) { ... on UserError { code } }`,
    `setMcpTool(input: { id: "${echo}", enabled: false }) { ... on UserError { code } }`,
    `runMcpTool(input: { tool: { id: "${echo}" } }) { ... on UserError { code } }`,
    `cancelJob(input: { id: "${runId}" }) { ... on UserError { code } }`,
  ]) {
    const { data } = await ask(other.key, `mutation { ${mutation} }`)
    expect(Object.values(data)).toEqual([{ code: 'NOT_FOUND' }])
  }
  // The name, and the idempotency key, are its own.
  const same = await ask(other.key, creation, { url: fixture.url })
  expect(same.data.createMcpServer.server.id).not.toBe(id)
  expect((await ask(one.key, '{ mcpServers { totalCount } }')).data.mcpServers.totalCount).toBe(1)
})

it('what a key may not do is refused before anything is done, and on record with who tried', async () => {
  const soon = new Date(Date.now() + 3_000).toISOString()
  const expiring = await add('audited', 'read', '--expires', soon)
  const [reader, admin] = await Promise.all([add('audited', 'read'), add('audited', 'admin')])
  const attempt = await ask(reader.key, `mutation { deleteMcpServer(input: { id: "x" }) { __typename } }`)
  expect(attempt).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  expect(attempt.data ?? null).toBeNull()
  expect((await ask(reader.key, '{ auditEvents { totalCount } }')).status).toBe(403)
  const { exit } = programs.toolyard(['keys', 'revoke', reader.id, '--file', file])
  await exit
  // Until it has expired.
  await expect.poll(async () => (await ask(expiring.key, '{ __typename }')).status).toBe(401)
  expect(serving.stderr()).toContain('requests without a valid key were refused')
  const read = async () => {
    const { data } = await ask(
      admin.key,
      '{ auditEvents(last: 9) { nodes { action actor targetId refusedWith fields } } }',
    )
    return data.auditEvents.nodes.map((node: Record<string, unknown>) => [node.action, node.actor ?? node.targetId])
  }
  await expect.poll(read).toEqual(
    expect.arrayContaining([
      ['KEY_ADDED', reader.id],
      ['KEY_ADDED', admin.id],
      ['OPERATION', reader.id],
      ['ACCESS', expiring.id],
      ['KEY_REVOKED', reader.id],
    ]),
  )
})
