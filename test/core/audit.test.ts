import { createRegistry, type Registry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'

const marker = 'a-secret-that-must-not-be-seen'
const actor = 'key_7'

async function told(registry: Registry) {
  const { edges } = await registry.audit.list({ orderBy: { field: 'AT' } })
  return edges.map(({ node }) => node)
}

describe('the audit', () => {
  it('has who did what to what, and which members, without a value', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const config = { transport: 'streamableHttp' as const, serverUrl: fixture.url, customHeaders: { 'X-Key': marker } }
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false }, { actor })
    const job = await registry.servers.refresh(id, { actor })
    const { added } = await job.result()
    const tool = added.find(({ name }) => name === 'echo')
    await registry.tools.set(tool?.id ?? '', { tags: [marker], enabled: true }, { actor })
    const patch = { transport: 'streamableHttp' as const, setHeaders: { 'X-Key': `${marker}2` } }
    await registry.servers.update(id, { config: patch, description: marker }, { actor })
    await registry.servers.update(id, { description: marker })
    await registry.servers.delete(id)
    const events = await told(registry)
    expect(events).toMatchObject([
      { action: 'SERVER_CREATED', actor, targetId: id, targetName: 'a', refusedWith: null, at: expect.any(Date) },
      { action: 'TOOL_UPDATED', actor, targetId: tool?.id, targetName: 'echo', fields: ['tags', 'enabled'] },
      { action: 'SERVER_UPDATED', actor, targetId: id, fields: ['config', 'description'] },
      { action: 'SERVER_DELETED', actor: null, targetId: id, targetName: 'a', fields: [] },
    ])
    expect(JSON.stringify(events)).not.toContain(marker)
    expect(await registry.refreshes.get(job.id)).toMatchObject({ actor })
  })

  it('has what was refused, and with what', async () => {
    await using registry = await createRegistry({ network: ['public'], stdio: { commands: [] } })
    const attempt = async (work: Promise<unknown>) => {
      await expect(work).rejects.toThrow()
    }
    const { servers, tools } = registry
    const serverUrl = 'http://169.254.169.254/latest'
    await attempt(servers.create({ name: 'a', config: { transport: 'sse', serverUrl } }, { actor }))
    await attempt(servers.create({ name: 'b', config: { transport: 'stdio', command: marker } }, { actor }))
    // As a caller without types would.
    await attempt(servers.create({ name: marker, [marker]: marker } as never, { actor }))
    await attempt(servers.create(null as never, { actor }))
    await attempt(servers.update(marker, { name: marker }, { actor }))
    await attempt(servers.delete(marker, { actor }))
    await attempt(tools.set(marker, { enabled: false }, { actor }))
    await attempt(tools.approve(marker, marker, { actor }))
    const events = await told(registry)
    expect(events.map(({ action, refusedWith }) => [action, refusedWith])).toEqual([
      ['SERVER_CREATED', 'URL_BLOCKED'],
      ['SERVER_CREATED', 'STDIO_NOT_ALLOWED'],
      ['SERVER_CREATED', 'INVALID_INPUT'],
      ['SERVER_CREATED', 'INVALID_INPUT'],
      ['SERVER_UPDATED', 'NOT_FOUND'],
      ['SERVER_DELETED', 'NOT_FOUND'],
      ['TOOL_UPDATED', 'NOT_FOUND'],
      ['TOOL_APPROVED', 'NOT_FOUND'],
    ])
    expect(JSON.stringify(events)).not.toContain(marker)
    expect(new Set(events.map((event) => event.actor))).toEqual(new Set([actor]))
  })

  it('has the runs that the owner or a policy refuses; those that are made have their actor', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const config = { transport: 'streamableHttp' as const, serverUrl: fixture.url }
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    const { added } = await (await registry.servers.refresh(id)).result()
    const tool = added.find(({ name }) => name === 'echo')
    const ref = { id: tool?.id ?? '' }
    const run = await registry.tools.run(ref, { message: 'hi' }, { actor })
    expect(await registry.runs.get(run.id)).toMatchObject({ actor })
    await registry.tools.set(ref.id, { enabled: false })
    await expect(registry.tools.run(ref, { text: marker }, { actor })).rejects.toMatchObject({ code: 'DISABLED' })
    const filter = { action: ['TOOL_RUN' as const] }
    expect((await registry.audit.list({ filter })).edges.map(({ node }) => node)).toMatchObject([
      { actor, refusedWith: 'DISABLED', targetId: ref.id, targetName: 'echo', fields: [] },
    ])
    expect(await registry.audit.count(filter)).toBe(1)
  })

  it('is of one tenant, pages, and takes what the registry cannot see', async () => {
    await using registry = await createRegistry()
    for (const targetId of ['one', 'two', 'three']) await registry.audit.record({ action: 'KEY_ADDED', targetId })
    await registry.tenant('other').audit.record({ action: 'KEY_REVOKED', actor })
    const first = await registry.audit.list({ first: 2 })
    expect(first.edges.map(({ node }) => node.targetId)).toEqual(['three', 'two'])
    const rest = await registry.audit.list({ first: 2, after: first.pageInfo.endCursor ?? '' })
    expect(rest.edges.map(({ node }) => node.targetId)).toEqual(['one'])
    expect(await registry.tenant('other').audit.count()).toBe(1)
    const record = registry.audit.record({ action: 'KEY_ADDED', actor: 'x'.repeat(256) })
    await expect(record).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['actor'] })
  })
})
