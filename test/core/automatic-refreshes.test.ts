import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Asked, openEvents, type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { startScriptedModern } from '../fixtures/mcp/scripted-modern.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'

let registry: Registry
let server: ScriptedServer
let names: string[]
let tell: (() => void) | undefined
let onList: ((asked: Asked) => Promise<void>) | undefined
beforeEach(async () => {
  names = ['one']
  onList = undefined
  registry = await createRegistry()
  server = await startScripted(async (asked) => {
    if (asked.method === 'GET') {
      const send = openEvents(asked)
      tell = () => send({ method: 'notifications/tools/list_changed' })
      return true
    }
    if (asked.method !== 'tools/list') return false
    const listed = names.map((name) => ({ name, inputSchema: { type: 'object' } }))
    await onList?.(asked)
    asked.result({ tools: listed })
    return true
  })
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

const config = () => ({ transport: 'streamableHttp' as const, serverUrl: server.url })

/** The next event of the feed that tells of changed tools. */
async function toolsChanged(events: ReturnType<Registry['events']>): Promise<void> {
  for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
    if (event.type === 'McpServerToolsChanged') return
  }
}

describe('a server that says that its tools have changed', () => {
  it('is refreshed, once for many notifications in a row', async () => {
    const listening = server.next('GET')
    await registered(registry, 'a', config())
    await listening
    const feed = registry.events()
    names.push('two')
    for (let n = 0; n < 20; n += 1) tell?.()
    await toolsChanged(feed)
    expect(await registry.tools.count()).toBe(2)
    expect(server.count('tools/list')).toBe(2)
  })

  it('while it is being refreshed is refreshed once more, since the list may have been read before', async () => {
    const listening = server.next('GET')
    await registered(registry, 'a', config())
    await listening
    const feed = registry.events()
    const { promise: release, resolve } = Promise.withResolvers<void>()
    onList = async () => {
      onList = undefined
      names.push('two')
      tell?.()
      await release
    }
    const { id } = (await registry.servers.getByName('a')) ?? { id: '' }
    const running = await registry.servers.refresh(id)
    await server.next('tools/list')
    setTimeout(resolve, 400)
    expect((await running.result()).added).toEqual([])
    await toolsChanged(feed)
    expect(await registry.tools.count()).toBe(2)
    expect(server.count('tools/list')).toBe(3)
  })

  it('is refreshed with the credentials of the session that brought the news', async () => {
    const listening = server.next('GET')
    const { id } = await registry.servers.create({
      name: 'a',
      config: { ...config(), auth: { token: '{{ TOKEN }}' } },
      refresh: false,
    })
    await (await registry.servers.refresh(id, { variables: { TOKEN: 'mine' } })).result()
    await listening
    const feed = registry.events()
    names.push('two')
    tell?.()
    await toolsChanged(feed)
    expect(server.asked.filter(({ method }) => method === 'tools/list').at(-1)?.request.headers.authorization).toBe(
      'Bearer mine',
    )
  })

  it('after every list, without need, is refreshed at ever longer intervals', async () => {
    const listening = server.next('GET')
    onList = async () => tell?.()
    await registered(registry, 'a', config())
    await listening
    // 0.3 s, then 0.6 s, then 1.2 s: without the pauses it would be dozens by now.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(server.count('tools/list')).toBeLessThanOrEqual(4)
  })

  it('over stdio is refreshed too', async () => {
    await registered(
      registry,
      'a',
      scriptedStdio(`
        let tools = [{ name: 'one', inputSchema: { type: 'object' } }]
        on((message) => {
          if (message.method === 'tools/list') return send({ id: message.id, result: { tools } })
          answer(message)
          if (message.method !== 'tools/call') return
          tools = [...tools, { name: 'two', inputSchema: { type: 'object' } }]
          send({ method: 'notifications/tools/list_changed' })
        })`),
    )
    const feed = registry.events()
    await registry.tools.run({ server: 'a', tool: 'one' })
    await toolsChanged(feed)
    expect(await registry.tools.count()).toBe(2)
  })
})

describe('refreshIntervalMs', () => {
  it('refreshes a server again and again, until it is cleared', async () => {
    const { id } = await registered(registry, 'a', config(), { refreshIntervalMs: 1_000 })
    const feed = registry.events()
    names.push('two')
    await toolsChanged(feed)
    names.push('three')
    await toolsChanged(feed)
    const { server: changed } = await registry.servers.update(id, { refreshIntervalMs: null })
    expect(changed.refreshIntervalMs).toBeNull()
    const lists = server.count('tools/list')
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(server.count('tools/list')).toBe(lists)
  })

  it('waits until the list is no longer fresh, by the word of the server; a refresh that is asked for does not', async () => {
    const ttlMs = 3_000
    await using modern = await startScriptedModern((asked) => {
      if (asked.method !== 'tools/list') return false
      asked.result({ resultType: 'complete', tools: [], ttlMs, cacheScope: 'private' })
      return true
    })
    const listed = () => modern.asked.filter(({ method }) => method === 'tools/list').map(({ at }) => at)
    const { id } = await registered(
      registry,
      'a',
      { transport: 'streamableHttp', serverUrl: modern.url },
      { refreshIntervalMs: 1_000 },
    )
    await (await registry.servers.refresh(id)).result()
    const asked = listed()
    await modern.next('tools/list')
    expect(asked).toHaveLength(2)
    const [, second = 0, third = 0] = listed()
    expect(third - second).toBeGreaterThanOrEqual(ttlMs)
  })

  it.each([0, 999, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('of %s is refused', async (refreshIntervalMs) => {
    await expect(registry.servers.create({ name: 'a', config: config(), refreshIntervalMs })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: ['refreshIntervalMs'],
    })
  })
})

describe('the health check', () => {
  it('pings open sessions, reports one that does not answer, and dials no server', async () => {
    await using checked = await createRegistry({
      sessions: { healthCheckMs: 1_000 },
      timeouts: { requestMs: 200, maxTotalMs: 10_000 },
    })
    let isDeaf = false
    await using one = await startScripted(({ method }) => isDeaf && method === 'ping')
    await using other = await startScripted()
    const { id } = await registered(checked, 'a', { transport: 'streamableHttp', serverUrl: one.url })
    await checked.servers.create({
      name: 'b',
      config: { transport: 'streamableHttp', serverUrl: other.url },
      refresh: false,
    })
    const before = (await checked.servers.get(id))?.health.checkedAt ?? 0
    await one.next('ping')
    await expect.poll(async () => (await checked.servers.get(id))?.health.checkedAt).toBeGreaterThan(before)
    isDeaf = true
    await expect.poll(async () => (await checked.servers.get(id))?.status).toBe('DEGRADED')
    expect(other.asked).toEqual([])
    isDeaf = false
    expect((await checked.tools.run({ server: 'a', tool: 'echo' })).status).toBe('SUCCEEDED')
    expect(one.count('initialize')).toBe(2)
    expect((await checked.servers.get(id))?.status).toBe('READY')
  })
})
