import { createRegistry, memoryStorage } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { describe, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { twoTenantsStayApart } from './two-tenants.ts'

describe.each([
  ['memory', () => memoryStorage()],
  ['SQLite', () => sqliteStorage({ path: ':memory:' })],
])('two tenants in %s', (_, makeStorage) => {
  // The long form is test/soak/tenants.soak.ts.
  it('stay apart, whatever they do', () => twoTenantsStayApart(makeStorage, { rounds: 4, operations: 100 }))
})

describe('a tenant', () => {
  it.each(['', 'A', 'a b', '-a', '../a', 'ä', 'a'.repeat(65)])('cannot be named "%s"', async (name) => {
    await using registry = await createRegistry()
    expect(() => registry.tenant(name)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path: ['name'] }))
  })

  it('of the name default is whose everything is that is asked of the registry itself', async () => {
    await using registry = await createRegistry()
    const config = { transport: 'streamableHttp' as const, serverUrl: 'http://localhost/mcp' }
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    expect(await registry.tenant('default').servers.get(id)).toMatchObject({ name: 'a' })
    expect(await registry.tenant('other').servers.get(id)).toBeUndefined()
  })

  it('does not wait for the end of a run of another, and does not end it', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const config = { transport: 'streamableHttp' as const, serverUrl: fixture.url }
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    await (await registry.servers.refresh(id)).result()
    const job = await registry.tools.start({ server: 'a', tool: 'hang' })
    const other = registry.tenant('other')
    await expect(other.runs.wait(job.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(other.runs.cancel(job.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'RUNNING' })
    await job.cancel()
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'CANCELED' })
  })
})
