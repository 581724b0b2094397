import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { type Api, startApi } from './api.ts'

const named = (name: string, description = '') => ({ name, description, inputSchema: { type: 'object' } })

let fixture: Awaited<ReturnType<typeof startFixture>>
let api: Api
beforeEach(async () => {
  fixture = await startFixture({ tools: [named('a'), named('b')] })
  api = await startApi({ storage: sqliteStorage({ path: ':memory:' }) })
})
afterEach(async () => {
  await api.registry.close()
  await fixture.close()
})

const page = `query ($id: ID!, $first: Int, $after: String) {
  mcpServer(by: { id: $id }) { ... on McpServerBase {
    refreshes(first: $first, after: $after) {
      totalCount
      nodes { id status addedCount updatedCount deletedCount unchangedCount error { code } }
      pageInfo { hasNextPage endCursor }
    }
  } }
}`

it('a server has its refreshes, the newest first, with the numbers of what each changed', async () => {
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await api.registry.servers.create({ name: 'one', config, refresh: false })
  const other = await api.registry.servers.create({ name: 'two', config, refresh: false })
  const refresh = async () => (await (await api.registry.servers.refresh(id)).result()).id
  const first = await refresh()
  fixture.setTools([named('b', 'changed'), named('c')])
  const second = await refresh()
  await (await api.registry.servers.refresh(other.id)).result()

  const { data } = await api.ask(page, { id, first: 1 })
  const { refreshes } = data.mcpServer
  const { endCursor } = refreshes.pageInfo
  expect(refreshes).toEqual({
    totalCount: 2,
    nodes: [
      {
        id: second,
        status: 'SUCCEEDED',
        addedCount: 1,
        updatedCount: 1,
        deletedCount: 1,
        unchangedCount: 0,
        error: null,
      },
    ],
    pageInfo: { hasNextPage: true, endCursor },
  })
  const older = await api.ask(page, { id, first: 5, after: endCursor })
  expect(older.data.mcpServer.refreshes).toMatchObject({
    totalCount: 2,
    nodes: [{ id: first, addedCount: 2, updatedCount: 0, deletedCount: 0 }],
    pageInfo: { hasNextPage: false },
  })
})

it('a failed refresh is on record with its error', async () => {
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await api.registry.servers.create({ name: 'one', config, refresh: false })
  await fixture.close()
  await expect((await api.registry.servers.refresh(id)).result()).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
  const { data } = await api.ask(page, { id })
  expect(data.mcpServer.refreshes.nodes).toMatchObject([{ status: 'FAILED', error: { code: 'CONNECT_FAILED' } }])
})

it('a page size out of range and a cursor of another list are refused, at their argument', async () => {
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await api.registry.servers.create({ name: 'one', config, refresh: false })
  const tooLarge = await api.ask(page, { id, first: 101 })
  expect(tooLarge.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['first'] } }])
  const { data } = await api.ask('{ mcpServers(first: 1) { pageInfo { endCursor } } }')
  const foreign = await api.ask(page, { id, after: data.mcpServers.pageInfo.endCursor })
  expect(foreign.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['after'] } }])
})

it('a page that would be too long to read ends early, and goes on at its cursor', async () => {
  await using small = await createRegistry({
    storage: sqliteStorage({ path: ':memory:' }),
    budgets: { readBytes: 64 * 1_024 },
  })
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await small.servers.create({ name: 'one', config, refresh: false })
  for (const text of ['x', 'y', 'z']) {
    fixture.setTools([named('a', text.repeat(30_000))])
    await (await small.servers.refresh(id)).result()
  }
  const found: string[] = []
  let after: string | undefined
  let pages = 0
  do {
    const answer = (await small.refreshes.listByServer([id], after === undefined ? {} : { after })).get(id)
    found.push(...(answer?.edges.map(({ node }) => node.id) ?? []))
    after = answer?.pageInfo.hasNextPage ? (answer.pageInfo.endCursor ?? undefined) : undefined
    pages += 1
  } while (after !== undefined)
  expect(found).toHaveLength(3)
  expect(new Set(found).size).toBe(3)
  expect(pages).toBeGreaterThan(1)
})
