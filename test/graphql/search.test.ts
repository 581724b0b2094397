import { afterEach, beforeEach, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Api, startApi } from './api.ts'

let api: Api
beforeEach(async () => {
  api = await startApi()
  await using fixture = await startFixture()
  const names = ['read_file', 'readFolder', 'write_file', ...Array.from({ length: 12 }, (_, index) => `find_${index}`)]
  fixture.setTools(names.map((name) => ({ name, inputSchema: { type: 'object' } })))
  await registered(api.registry, 'disk', { transport: 'streamableHttp', serverUrl: fixture.url })
})
afterEach(() => api[Symbol.asyncDispose]())

const search = `query ($query: String!, $first: Int, $after: String, $filter: McpToolFilter) {
  searchMcpTools(query: $query, first: $first, after: $after, filter: $filter) {
    edges { cursor score node { name } } nodes { name server { ... on McpServerBase { name } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}`

it('finds tools by words, the best first, with a score', async () => {
  const { data, errors } = await api.ask(search, { query: 'file read' })
  expect(errors).toBeUndefined()
  expect(data.searchMcpTools).toMatchObject({
    nodes: [{ name: 'read_file', server: { name: 'disk' } }],
    pageInfo: { hasNextPage: false, hasPreviousPage: false },
    totalCount: 1,
  })
  expect(data.searchMcpTools.edges[0].score).toBeGreaterThan(0)
  const { data: some } = await api.ask(search, { query: 'write a folder', filter: { readOnly: false } })
  expect(some.searchMcpTools.nodes.map(({ name }: { name: string }) => name)).toEqual(['readFolder', 'write_file'])
  expect(some.searchMcpTools.totalCount).toBe(2)
  const { data: none } = await api.ask(search, { query: 'file', filter: { enabled: false } })
  expect(none.searchMcpTools).toMatchObject({ edges: [], totalCount: 0, pageInfo: { endCursor: null } })
})

it('pages by ten unless told, and counts all', async () => {
  const first = await api.ask('{ searchMcpTools(query: "find") { nodes { name } pageInfo { endCursor } totalCount } }')
  const { nodes, pageInfo, totalCount } = first.data.searchMcpTools
  expect([nodes.length, totalCount]).toEqual([10, 12])
  const { data } = await api.ask(search, { query: 'find', first: null, after: pageInfo.endCursor })
  expect(data.searchMcpTools.nodes).toHaveLength(2)
  expect(data.searchMcpTools).toMatchObject({ totalCount: 12, pageInfo: { hasNextPage: false, hasPreviousPage: true } })
})

it('costs its page size times what is asked of each tool', async () => {
  const cost = async (query: string) => JSON.parse((await api.ask(query)).text).extensions.cost
  const one = await cost('{ searchMcpTools(query: "find", first: 1) { nodes { name } } }')
  const ten = await cost('{ searchMcpTools(query: "find") { nodes { name } } }')
  const hundred = await cost('{ searchMcpTools(query: "find", first: 100) { nodes { name } } }')
  expect(ten).toBeGreaterThan(one)
  expect(hundred - one).toBe(11 * (ten - one))
})

it('has no score where nothing was searched for', async () => {
  const { data } = await api.ask('{ mcpTools(first: 1) { edges { score } } }')
  expect(data.mcpTools.edges).toEqual([{ score: null }])
})

it.each([
  [{ query: 'x'.repeat(10_000) }, 'query'],
  [{ query: 'read', first: 101 }, 'first'],
  [{ query: 'read', after: 'nonsense' }, 'after'],
])('refuses %o as INVALID_INPUT', async (variables, path) => {
  const { data, errors } = await api.ask(search, variables)
  expect(data).toBeNull()
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', path: [path] })
})

it.each(['', '"', 'AND', 'NEAR(', '*', '\0', "' or 1=1 --"])('takes %j for what it is', async (query) => {
  const { data, errors } = await api.ask(search, { query })
  expect(errors).toBeUndefined()
  expect(data.searchMcpTools.totalCount).toBe(data.searchMcpTools.edges.length)
})
