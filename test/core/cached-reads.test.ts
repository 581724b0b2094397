import { createRegistry, type ReadOptions, type Registry, type ResourceRef, type TenantRegistry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'

let registry: Registry
let fixture: FeatureServer
let answers: number
/** Holds answers back until it resolves. */
let held: Promise<void> | undefined
beforeEach(async () => {
  answers = 0
  held = undefined
  fixture = await startFeatureServer('MODERN', {
    resources: [{ uri: 'x:a', name: 'a' }],
    async answer(asked) {
      if (asked.method !== 'resources/read') return false
      const { uri } = asked.params
      answers += 1
      const text = `${answers} ${asked.request.headers['x-agent-id'] ?? ''} ${asked.request.headers['x-user'] ?? ''}`
      await held
      const ttlMs = uri === 'x:never' ? undefined : 60_000
      asked.result({ resultType: 'complete', contents: [{ uri, text }], ttlMs, cacheScope: 'public' })
      return true
    },
  })
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

async function register({ servers }: Pick<TenantRegistry, 'servers'>): Promise<string> {
  const headers = { 'X-User': '{{ USER | anyone }}' }
  const config = { transport: 'streamableHttp', serverUrl: fixture.url, customHeaders: headers } as const
  const { id } = await servers.create({ name: 'fixture', config, refresh: false })
  return id
}

const a: ResourceRef = { server: 'fixture', uri: 'x:a' }
async function read(options: ReadOptions = {}, { resources }: Pick<TenantRegistry, 'resources'> = registry) {
  const { contents } = await resources.read(a, options)
  return contents[0]?.text?.trim().split(' ')[0]
}

describe('a read of a server that says how long its answer is fresh', () => {
  it('is answered without asking again, in the same context, and recorded each time', async () => {
    await register(registry)
    const before = Date.now()
    const { freshUntil } = await registry.resources.read(a)
    expect(freshUntil?.getTime()).toBeGreaterThanOrEqual(before + 60_000)
    expect(await registry.resources.read(a)).toMatchObject({ freshUntil, contents: [{ text: '1  anyone' }] })
    expect(answers).toBe(1)
    expect(await registry.audit.count({ action: ['RESOURCE_READ'] })).toBe(2)
    const never = { server: 'fixture', uri: 'x:never' }
    expect((await registry.resources.read(never)).freshUntil).toBeNull()
    await registry.resources.read(never)
    expect(answers).toBe(3)
  })

  it('is asked again for a caller who wants it fresh, and that answer is kept', async () => {
    await register(registry)
    expect([await read(), await read({ fresh: true }), await read()]).toEqual(['1', '2', '2'])
  })

  it('answers no other tenant, variables or agent, even if the server calls it public', async () => {
    const other = registry.tenant('other')
    await register(registry)
    await register(other)
    const contexts = [
      () => read(),
      () => read({}, other),
      () => read({ variables: { USER: 'one' } }),
      () => read({ variables: { USER: 'two' } }),
      () => read({ agentId: 'one' }),
      () => read({ agentId: 'two' }),
      () => read({ agentId: 'one', variables: { USER: 'one' } }),
    ]
    const first: unknown[] = []
    for (const each of contexts) first.push(await each())
    expect(new Set(first).size).toBe(contexts.length)
    for (const [index, each] of contexts.entries()) expect(await each()).toBe(first[index])
    expect(answers).toBe(contexts.length)
  })

  it('is asked again once the server was changed, and refused once it is disabled or deleted', async () => {
    const id = await register(registry)
    expect(await read()).toBe('1')
    await registry.servers.update(id, { description: 'Another' })
    expect(await read()).toBe('2')
    await registry.servers.update(id, { enabled: false })
    await expect(read()).rejects.toMatchObject({ code: 'DISABLED' })
    await registry.servers.delete(id)
    await expect(read()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await register(registry)
    expect(await read()).toBe('3')
  })

  it('is asked again once the server says that a list has changed, also if that came while it was read', async () => {
    const id = await register(registry)
    await (await registry.servers.refresh(id)).result()
    await expect.poll(() => fixture.count('subscriptions/listen')).toBe(1)
    expect(await read()).toBe('1')
    const { promise, resolve } = Promise.withResolvers<void>()
    held = promise
    const underWay = read({ fresh: true })
    await expect.poll(() => answers).toBe(2)
    const before = fixture.count('resources/list')
    fixture.notify('notifications/resources/list_changed')
    await expect.poll(() => fixture.count('resources/list')).toBeGreaterThan(before)
    resolve()
    expect(await underWay).toBe('2')
    expect(await read()).toBe('3')
  })

  it('is asked again once the resource, or a part of it, was updated, while it is followed', async () => {
    const serverId = await register(registry)
    const updates = registry.resources.updates({ serverId, uris: ['x:a'] })
    await updates.next()
    expect([await read(), await read()]).toEqual(['1', '1'])
    for (const [uri, answer] of [
      ['x:a', '2'],
      ['x:a/part', '3'],
    ]) {
      fixture.notify('notifications/resources/updated', { uri })
      await updates.next()
      expect([await read(), await read()]).toEqual([answer, answer])
    }
  })

  it('is refused as ever if its options are out of range', async () => {
    await register(registry)
    await read()
    await expect(read({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['timeoutMs'] })
    await registry.close()
    await expect(read()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
