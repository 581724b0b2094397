import { createRegistry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { expect, it } from 'vitest'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'

it('what is beyond a quota is told as data, and names the budget', async () => {
  await using listing = await startScripted(({ method, result }) => {
    if (method !== 'tools/list') return false
    result({ tools: ['a', 'b'].map((name) => ({ name, inputSchema: { type: 'object' } })) })
    return true
  })
  await using registry = await createRegistry({ budgets: { serversPerTenant: 1, toolsPerTenant: 1 } })
  const unexpected: unknown[] = []
  const handler = createHandler(registry, { onError: (error) => unexpected.push(error) })
  async function ask(query: string, variables: object = {}) {
    const body = JSON.stringify({ query, variables })
    const headers = { 'content-type': 'application/json' }
    const response = await handler(new Request('http://localhost/graphql', { method: 'POST', headers, body }))
    return await response.json()
  }
  const create = (name: string) =>
    ask(
      `mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) {
        __typename
        ... on UserError { code message path }
        ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } }
      } }`,
      { input: { name, config: { streamableHttp: { serverUrl: listing.url } }, refresh: false } },
    )
  const created = await create('a')
  expect(await create('b')).toMatchObject({
    data: {
      createMcpServer: {
        __typename: 'InputError',
        code: 'LIMIT_EXCEEDED',
        message: 'the tenant: expected at most 1 servers (serversPerTenant), got more',
        path: null,
      },
    },
  })
  const { id } = created.data.createMcpServer.server
  await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  const refreshed = await ask(
    `query ($id: ID!) { node(id: $id) { ... on McpServerBase { latestRefresh { status error { code message } } } } }`,
    { id },
  )
  expect(refreshed.data.node.latestRefresh).toEqual({
    status: 'FAILED',
    error: {
      code: 'LIMIT_EXCEEDED',
      message: 'the tenant: expected at most 1 tools (toolsPerTenant), got more',
    },
  })
  expect(unexpected).toEqual([])
})
