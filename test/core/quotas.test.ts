import { createRegistry, memoryStorage, type Registry, type RegistryOptions } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'

let server: ScriptedServer
let tools: readonly { readonly name: string; readonly description?: string }[]
beforeEach(async () => {
  tools = [{ name: 'one' }]
  server = await startScripted(({ method, result }) => {
    if (method !== 'tools/list') return false
    result({ tools: tools.map((tool) => ({ inputSchema: { type: 'object' }, ...tool })) })
    return true
  })
})
afterEach(() => server[Symbol.asyncDispose]())

const config = () => ({ transport: 'streamableHttp' as const, serverUrl: server.url })
const create = (registry: Pick<Registry, 'servers'>, name: string) =>
  registry.servers.create({ name, config: config(), refresh: false })
const named = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `tool${n}` }))

describe.each([
  ['memory', () => memoryStorage()],
  ['SQLite', () => sqliteStorage({ path: ':memory:' })],
])('a tenant, in %s,', (_, storage) => {
  const open = (budgets: NonNullable<RegistryOptions['budgets']>) => createRegistry({ storage: storage(), budgets })
  const tooMany = (message: string) => ({ code: 'LIMIT_EXCEEDED', message })

  it('has no more servers than it may, created one by one or all at once', async () => {
    await using registry = await open({ serversPerTenant: 3 })
    const created = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((name) => create(registry, name)))
    expect(created.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    const refused = tooMany('the tenant: expected at most 3 servers (serversPerTenant), got more')
    await expect(create(registry, 'f')).rejects.toMatchObject(refused)
    expect(await registry.servers.count()).toBe(3)
    expect(registry.stats().budgetRefusals.serversPerTenant).toBe(3)
    const [refusal] = (await registry.audit.list()).edges
    expect(refusal?.node).toMatchObject({ action: 'SERVER_CREATED', refusedWith: 'LIMIT_EXCEEDED' })
    // What one holds counts for it alone.
    await create(registry.tenant('other'), 'a')
    const { id } = (await registry.servers.getByName('a')) ?? { id: '' }
    await registry.servers.delete(id)
    await create(registry, 'g')
  })

  it('imports no more servers than it may have, and is told so before', async () => {
    await using registry = await open({ serversPerTenant: 3 })
    await create(registry, 'a')
    const entries = ['a', 'b', 'c', 'd', 'e'].map((name) => [name, { command: 'x' }])
    const text = JSON.stringify({ mcpServers: Object.fromEntries(entries) })
    const outcomes = async (dryRun: boolean) => {
      const report = await registry.servers.import({ source: { text }, dryRun })
      return report.entries.map(({ name, outcome, error }) => [name, outcome, error?.code])
    }
    const skippedThenTwo = (outcome: string) => [
      ['a', 'SKIPPED', undefined],
      ['b', outcome, undefined],
      ['c', outcome, undefined],
      ['d', 'FAILED', 'LIMIT_EXCEEDED'],
      ['e', 'FAILED', 'LIMIT_EXCEEDED'],
    ]
    expect(await outcomes(true)).toEqual(skippedThenTwo('WOULD_CREATE'))
    expect(await outcomes(false)).toEqual(skippedThenTwo('CREATED'))
  })

  it('has no more tools than it may, removed ones included: a refresh beyond it leaves them as they were', async () => {
    await using registry = await open({ toolsPerTenant: 6 })
    tools = named(3)
    const { id } = await registered(registry, 'a', config())
    tools = named(4)
    const other = await registry.servers.create({ name: 'b', config: config(), refresh: false })
    const refresh = async (serverId: string) => (await registry.servers.refresh(serverId)).result()
    await expect(refresh(other.id)).rejects.toMatchObject(
      tooMany('the tenant: expected at most 6 tools (toolsPerTenant), got more'),
    )
    expect(await registry.tools.count()).toBe(3)
    tools = named(1)
    expect((await refresh(id)).deleted).toHaveLength(2)
    tools = named(4)
    await expect(refresh(other.id)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    await registry.servers.delete(id)
    expect((await refresh(other.id)).added).toHaveLength(4)
    expect((await registry.servers.get(other.id))?.status).toBe('READY')
    const apart = registry.tenant('other')
    const { id: its } = await create(apart, 'a')
    expect((await (await apart.servers.refresh(its)).result()).added).toHaveLength(4)
  })

  it('has no longer definitions than it may, new or changed', async () => {
    await using registry = await open({ toolBytesPerTenant: 2_048 })
    const { id } = await registered(registry, 'a', config())
    tools = [{ name: 'one', description: 'é'.repeat(1_000) }]
    const refused = tooMany('the tenant: expected at most 2048 bytes (toolBytesPerTenant), got more')
    const refresh = async () => (await registry.servers.refresh(id)).result()
    await expect(refresh()).rejects.toMatchObject(refused)
    expect((await registry.tools.list()).edges[0]?.node.description ?? null).toBeNull()
    tools = [{ name: 'one', description: 'e'.repeat(1_000) }]
    expect((await refresh()).updated).toHaveLength(1)
    // Shorter ones are taken, and a preview writes nothing.
    tools = [{ name: 'one' }, { name: 'two', description: 'e'.repeat(1_500) }]
    expect((await registry.servers.refresh(id, { dryRun: true })).added).toHaveLength(1)
    expect((await refresh()).added).toHaveLength(1)
  })
})
