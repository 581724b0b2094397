import { createRegistry, type StorageAdapter } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler } from '@toolyard/graphql'
import { expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'

/** The storage with each of its reads counted. */
function counting(adapter: StorageAdapter, onRead: () => void): StorageAdapter {
  return {
    async open() {
      const storage = await adapter.open()
      const watch = <Reads extends object>(reads: Reads): Reads =>
        new Proxy(reads, {
          get(target, name, receiver) {
            const member: unknown = Reflect.get(target, name, receiver)
            if (typeof member !== 'function') return member
            return (...args: unknown[]) => {
              onRead()
              return Reflect.apply(member, target, args)
            }
          },
        })
      return {
        ...storage,
        tenant(id) {
          const tenant = storage.tenant(id)
          const { servers, tools, refreshes, runs, log } = tenant
          return {
            ...tenant,
            servers: watch(servers),
            tools: watch(tools),
            refreshes: watch(refreshes),
            runs: watch(runs),
            log: watch(log),
          }
        },
      }
    },
  }
}

it('a page of servers with their tools, runs and latest refresh takes as many reads for 50 as for 2', async () => {
  let reads = 0
  await using fixture = await startFixture()
  await using registry = await createRegistry({
    storage: counting(sqliteStorage({ path: ':memory:' }), () => {
      reads += 1
    }),
  })
  for (let index = 0; index < 50; index += 1) {
    const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
    const server = await registry.servers.create({ name: `s${index}`, config, refresh: false })
    await (await registry.servers.refresh(server.id)).result()
  }
  const handler = createHandler(registry)
  const readsFor = async (first: number) => {
    const query = `{ mcpServers(first: ${first}) { totalCount nodes { ... on McpServerBase {
      name
      latestRefresh { status lastEventCursor added { name } server { ... on McpServerBase { name } } }
      tools(first: 3) { totalCount nodes { name qualifiedName server { ... on McpServerBase { name } } } }
      runs(first: 3) { totalCount nodes { id } }
      refreshes(first: 3) { totalCount nodes { id addedCount } }
    } } } }`
    reads = 0
    const response = await handler(
      new Request('http://localhost/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      }),
    )
    const { data, errors } = await response.json()
    expect(errors).toBeUndefined()
    expect(data.mcpServers.nodes).toHaveLength(first)
    return reads
  }
  const few = await readsFor(2)
  expect(await readsFor(50)).toBe(few)
  expect(few).toBeLessThan(20)
})
