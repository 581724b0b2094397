import { expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { type Api, startApi } from './api.ts'

const tool = (description: string) => ({ name: 'echo', description, inputSchema: { type: 'object' } })

async function create(api: Api, serverUrl: string): Promise<string> {
  const { data } = await api.ask(
    `mutation ($url: URL!) { createMcpServer(input: { name: "a", refresh: false, toolChangePolicy: QUARANTINE,
      config: { streamableHttp: { serverUrl: $url } } }) {
        ... on CreateMcpServerPayload { server { ... on McpServerBase { id toolChangePolicy } } } } }`,
    { url: serverUrl },
  )
  expect(data.createMcpServer.server.toolChangePolicy).toBe('QUARANTINE')
  return data.createMcpServer.server.id
}

async function refresh(api: Api, id: string): Promise<void> {
  const { data } = await api.ask(
    `mutation ($id: ID!) { refreshMcpServer(input: { id: $id, wait: true }) {
      ... on RefreshMcpServerPayload { refresh { status actor } } } }`,
    { id },
  )
  expect(data.refreshMcpServer.refresh).toEqual({ status: 'SUCCEEDED', actor: 'anonymous' })
}

const waiting = `{ mcpTools(filter: { quarantined: true }) {
  nodes { id description quarantine { kind digest definition changes { pointer before after } } } } }`
const approval = `mutation ($id: ID!, $digest: String!) { approveMcpTool(input: { id: $id, digest: $digest }) {
  __typename
  ... on ApproveMcpToolPayload { tool { description quarantine { kind } } }
  ... on UserError { code path } } }`

it('shows what waits for approval, takes the digest that was shown, and no other', async () => {
  await using fixture = await startFixture({ tools: [tool('one')] })
  await using api = await startApi()
  const id = await create(api, fixture.url)
  await refresh(api, id)
  const [first] = (await api.ask(waiting)).data.mcpTools.nodes
  expect(first.quarantine).toMatchObject({ kind: 'NEW', changes: [], definition: { description: 'one' } })
  const run = await api.ask(
    `mutation ($id: ID!) { runMcpTool(input: { tool: { id: $id } }) { ... on UserError { code } } }`,
    { id: first.id },
  )
  expect(run.data.runMcpTool).toEqual({ code: 'QUARANTINED' })
  const { digest } = first.quarantine
  expect((await api.ask(approval, { id: first.id, digest })).data.approveMcpTool.tool.quarantine).toBeNull()

  fixture.setTools([tool('two')])
  await refresh(api, id)
  const [changed] = (await api.ask(waiting)).data.mcpTools.nodes
  expect(changed).toMatchObject({
    description: 'one',
    quarantine: { kind: 'CHANGED', changes: [{ pointer: '/description', before: 'one', after: 'two' }] },
  })
  const stale = await api.ask(approval, { id: first.id, digest: 'another' })
  expect(stale.data.approveMcpTool).toEqual({
    __typename: 'ConflictError',
    code: 'REVISION_CONFLICT',
    path: ['input', 'digest'],
  })
  const fresh = await api.ask(approval, { id: first.id, digest: changed.quarantine.digest })
  expect(fresh.data.approveMcpTool.tool).toEqual({ description: 'two', quarantine: null })
  const unknown = await api.ask(approval, { id: 'nothing', digest })
  expect(unknown.data.approveMcpTool).toMatchObject({ __typename: 'InputError', code: 'NOT_FOUND' })
})

it('tells in the audit who did what, and what was refused', async () => {
  await using fixture = await startFixture({ tools: [tool('one')] })
  await using api = await startApi()
  const id = await create(api, fixture.url)
  await api.ask(`mutation { deleteMcpServer(input: { id: "mcps_none" }) { __typename } }`)
  const { data } = await api.ask(
    `{ all: auditEvents(first: 5) { totalCount nodes { action actor targetId targetName refusedWith fields } }
       refused: auditEvents(filter: { refused: true, action: [SERVER_DELETED] }) { totalCount } }`,
  )
  expect(data.all).toEqual({
    totalCount: 2,
    nodes: [
      {
        action: 'SERVER_DELETED',
        actor: 'anonymous',
        targetId: null,
        targetName: null,
        refusedWith: 'NOT_FOUND',
        fields: [],
      },
      {
        action: 'SERVER_CREATED',
        actor: 'anonymous',
        targetId: id,
        targetName: 'a',
        refusedWith: null,
        fields: expect.arrayContaining(['name', 'config', 'toolChangePolicy']),
      },
    ],
  })
  expect(data.refused.totalCount).toBe(1)
})
