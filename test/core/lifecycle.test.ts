import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type RegistryEvent } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { describe, expect, it } from 'vitest'
import { fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { isAlive } from '../fixtures/process/processes.ts'

async function refreshed(
  registry: Awaited<ReturnType<typeof createRegistry>>,
  name: string,
  config: Parameters<typeof registry.servers.create>[0]['config'],
) {
  const server = await registry.servers.create({ name, config, refresh: false })
  await (await registry.servers.refresh(server.id)).result()
  return server
}

describe('closing a registry', () => {
  it('leaves no child, grandchild, session or iterator, however stubborn', async () => {
    const registry = await createRegistry()
    await refreshed(registry, 'stubborn', { transport: 'stdio', ...fixtureStdio('stubborn') })
    const pid = Number((await registry.tools.run({ server: 'stubborn', tool: 'pid' })).result?.funcReturn)
    const grandchild = Number(
      (await registry.tools.run({ server: 'stubborn', tool: 'spawn_child' })).result?.funcReturn,
    )
    expect([isAlive(pid), isAlive(grandchild)]).toEqual(['running', 'running'])
    const following = registry.events().next()
    await registry.close()
    expect(await following).toEqual({ done: true, value: undefined })
    expect(isAlive(pid)).toBe('gone')
    // Its parent is gone: the system's first process collects it, in its own time.
    while (isAlive(grandchild) === 'running') await new Promise((resolve) => setImmediate(resolve))
    expect(registry.stats()).toMatchObject({ sessions: 0, runningJobs: 0, eventSubscribers: 0 })
  })

  it('leaves no child of a dry run that still waits for its server', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const registry = await createRegistry()
    // Says who it is in a file, and nothing to the registry.
    const script = `require('node:fs').writeFileSync(process.argv[1] + '/' + process.pid, ''); setInterval(() => {}, 1e6)`
    const config = { transport: 'stdio' as const, command: process.execPath, args: ['-e', script, folder] }
    const names = ['a', 'b', 'c']
    const servers = await Promise.all(names.map((name) => registry.servers.create({ name, config, refresh: false })))
    const previews = servers.map(({ id }) =>
      registry.servers.refresh(id, { dryRun: true }).catch((error: unknown) => error),
    )
    await expect.poll(() => readdir(folder)).toHaveLength(names.length)
    await registry.close()
    expect((await readdir(folder)).map((pid) => isAlive(Number(pid)))).toEqual(names.map(() => 'gone'))
    expect(await Promise.all(previews)).toMatchObject(names.map(() => ({ code: 'CANCELED' })))
    await rm(folder, { recursive: true })
  })

  it('cancels what runs, tells those who follow it, and refuses new work', async () => {
    await using fixture = await startFixture()
    const registry = await createRegistry()
    await refreshed(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const job = await registry.tools.start({ server: 'a', tool: 'hang' })
    const events: string[] = []
    const followed = (async () => {
      for await (const event of job.events()) events.push(event.type === 'ToolRunFinished' ? event.status : event.type)
    })()
    await fixture.received('tools/call')
    const closing = registry.close()
    await expect(registry.tools.run({ server: 'a', tool: 'echo' }, { message: '' })).rejects.toMatchObject({
      code: 'CLOSED',
    })
    await closing
    await followed
    expect(events).toEqual(['ToolRunStarted', 'CANCELED'])
    await fixture.received('notifications/cancelled')
    expect(registry.close()).toBe(registry.close())
  })

  it('lets those who follow a run read it to the end before the storage goes', async () => {
    await using fixture = await startFixture()
    const registry = await createRegistry({ storage: sqliteStorage({ path: ':memory:' }) })
    await refreshed(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const job = await registry.tools.start({ server: 'a', tool: 'hang' })
    const events: string[] = []
    const followed = (async () => {
      for await (const event of job.events()) {
        events.push(event.type === 'ToolRunFinished' ? event.status : event.type)
        await job.result()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })()
    await fixture.received('tools/call')
    await registry.close()
    await followed
    expect(events).toEqual(['ToolRunStarted', 'CANCELED'])
  })

  it('does not wait for a connection that is being made', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const registry = await createRegistry()
    const accepted = once(silent, 'connection')
    // A handshake that the other side never answers.
    const serverUrl = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/mcp`
    await registry.servers.create({ name: 'a', config: { transport: 'streamableHttp', serverUrl } })
    const [socket]: Socket[] = await accepted
    const ended = socket && once(socket, 'close')
    socket?.resume()
    await registry.close()
    await ended
    silent.close()
  })

  it('gives what runs the grace that it is given', async () => {
    await using fixture = await startFixture()
    const registry = await createRegistry()
    await refreshed(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const run = registry.tools.run({ server: 'a', tool: 'slow' }, { ms: 100 })
    await fixture.received('tools/call')
    await registry.close({ graceMs: 10_000 })
    expect((await run).status).toBe('SUCCEEDED')
  })
})

describe('templates', () => {
  it('are filled from variables, with their defaults, and never shared between callers', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const server = await registry.servers.create({
      name: 'a',
      config: {
        transport: 'streamableHttp',
        serverUrl: fixture.url,
        auth: { token: '{{ TOKEN }}' },
        customHeaders: { 'X-Region': '{{ REGION | eu }}' },
      },
      refresh: false,
    })
    expect(server.variables).toEqual([
      { name: 'REGION', isRequired: false },
      { name: 'TOKEN', isRequired: true },
    ])
    await expect(registry.servers.refresh(server.id)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: ['variables'],
      message: expect.stringContaining('{{ TOKEN }}'),
    })
    await (await registry.servers.refresh(server.id, { variables: { TOKEN: 'one' } })).result()
    const headersOf = async (context: object) =>
      (await registry.tools.run({ server: 'a', tool: 'headers' }, {}, context)).result?.funcReturn
    expect(await headersOf({ variables: { TOKEN: 'one' } })).toMatchObject({
      authorization: 'Bearer one',
      'x-region': 'eu',
    })
    expect(await headersOf({ variables: { TOKEN: 'Basic dHdv', REGION: 'us' }, agentId: 'agent-1' })).toMatchObject({
      authorization: 'Basic dHdv',
      'x-region': 'us',
      'x-agent-id': 'agent-1',
    })
    expect(registry.stats().sessions).toBe(2)
  })

  it('without a value make the first refresh fail and the status say so', async () => {
    await using registry = await createRegistry()
    const server = await registry.servers.create({
      name: 'a',
      config: { transport: 'stdio', command: 'x', env: { KEY: '{{ KEY }}' } },
    })
    const latest = (await registry.refreshes.latestByServer([server.id])).get(server.id)
    expect(await registry.refreshes.wait(latest?.id ?? '')).toMatchObject({
      status: 'FAILED',
      error: { code: 'INVALID_INPUT' },
    })
    expect((await registry.servers.get(server.id))?.status).toBe('NEEDS_INPUT')
  })
})

describe('a server', () => {
  it('that is updated is reached anew, and its old session ends', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const server = await refreshed(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    await registry.servers.update(server.id, {
      config: { transport: 'streamableHttp', setHeaders: { 'X-New': 'yes' } },
    })
    await fixture.received('DELETE')
    const run = await registry.tools.run({ server: 'a', tool: 'headers' })
    expect(run.result?.funcReturn).toMatchObject({ 'x-new': 'yes' })
  })

  it('that is idle is let go after sessions.idleMs, at once where it is 0', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry({ sessions: { idleMs: 0 } })
    await refreshed(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    await fixture.received('DELETE')
    expect(registry.stats().sessions).toBe(0)
  })
})

describe('options', () => {
  it.each([
    [{ budgets: { refreshes: 0 } }, 'budgets.refreshes: expected a whole number from 1 to 1000, got 0'],
    [{ maxFeedEvents: Number.NaN }, 'maxFeedEvents: expected a whole number from 1 to 10000000, got NaN'],
    [{ sessions: { idleMs: -1 } }, 'sessions.idleMs: expected a whole number from 0'],
    [{ budgets: { sessions: 0 } }, 'budgets.sessions: expected a whole number from 1'],
    [{ budgets: { requestsPerServer: 1.5 } }, 'budgets.requestsPerServer: expected a whole number from 1'],
    [{ budgets: { messageBytes: 10 } }, 'budgets.messageBytes: expected a whole number from 1024'],
    [{ sessions: { bodyIdleMs: Number.NaN } }, 'sessions.bodyIdleMs: expected a whole number from 1'],
    [{ sessions: { healthCheckMs: 999 } }, 'sessions.healthCheckMs: expected a whole number from 1000'],
    [{ timeouts: { requestMs: Number.POSITIVE_INFINITY } }, 'timeouts.requestMs: expected a whole number from 1'],
    [{ timeouts: { maxTotalMs: 5 } }, 'timeouts.maxTotalMs: expected at least requestMs (60000), got 5'],
  ])('%j are refused by name, value and range', async (options, message) => {
    await expect(createRegistry(options)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(message),
    })
  })
})

describe('limits of a server', () => {
  it.each([
    [{ timeouts: { requestMs: -1 } }, 'timeouts.requestMs: expected a whole number from 1 to 86400000, got -1'],
    [
      { timeouts: { connectMs: Number.NaN } },
      'timeouts.connectMs: expected a whole number from 1 to 86400000, got NaN',
    ],
    [
      { timeouts: { maxTotalMs: 1e12 } },
      'timeouts.maxTotalMs: expected a whole number from 1 to 86400000, got 1000000000000',
    ],
    [{ timeouts: { requestMs: 2, maxTotalMs: 1 } }, 'timeouts.maxTotalMs: expected at least requestMs (2), got 1'],
    [{ refreshIntervalMs: 5 }, 'refreshIntervalMs: expected a whole number from 1000 to 2147483647, got 5'],
    [{ refreshIntervalMs: 1_000.5 }, 'refreshIntervalMs: expected a whole number from 1000 to 2147483647, got 1000.5'],
  ])('%j are refused by name, value and range', async (limits, message) => {
    await using registry = await createRegistry()
    const config = { transport: 'stdio' as const, command: 'x' }
    const creating = registry.servers.create({ name: 'a', config, ...limits })
    await expect(creating).rejects.toMatchObject({ code: 'INVALID_INPUT', message })
  })
})

describe('the feed', () => {
  it('goes on behind a cursor, and tells of a gap where the cursor is older than what is kept', async () => {
    await using registry = await createRegistry({ maxFeedEvents: 10 })
    const feed = registry.events()
    const server = await registry.servers.create({
      name: 'a',
      config: { transport: 'stdio', command: 'x' },
      refresh: false,
    })
    const { value: first } = await feed.next()
    for (let index = 0; index < 30; index += 1) await registry.servers.update(server.id, { description: String(index) })
    await feed.return?.()
    const seen: RegistryEvent[] = []
    for await (const event of registry.events({ after: first?.cursor })) {
      seen.push(event)
      if (seen.length === 3) break
    }
    expect(seen.map(({ type }) => type)).toEqual(['EventGap', 'McpServerUpdated', 'McpServerUpdated'])
    const { value: next } = await registry.events({ after: seen[1]?.cursor }).next()
    expect(next).toMatchObject({ type: 'McpServerUpdated', cursor: seen[2]?.cursor })
    expect(() => registry.events({ after: 'nope' })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', path: ['after'] }),
    )
    expect(() => registry.events({ heartbeatMs: 5 })).toThrow(expect.objectContaining({ path: ['heartbeatMs'] }))
  })

  it('tells a reader that is too slow of the gap, and goes on behind it', async () => {
    await using registry = await createRegistry({ maxFeedEvents: 10 })
    const config = { transport: 'stdio', command: 'x' } as const
    const server = await registry.servers.create({ name: 'a', config, refresh: false })
    const feed = registry.events()
    const update = (n: number) => registry.servers.update(server.id, { description: `${n}` })
    await update(0)
    expect((await feed.next()).value).toMatchObject({ type: 'McpServerUpdated' })
    for (let n = 1; n <= 60; n += 1) await update(n)
    expect((await feed.next()).value).toMatchObject({ type: 'EventGap' })
    await update(61)
    const cursors: (string | undefined)[] = []
    for await (const { type, cursor, ...event } of feed) {
      expect(type).toBe('McpServerUpdated')
      cursors.push(cursor)
      if ('server' in event && event.server.description === '61' && cursors.length >= 10) break
    }
    const again = registry.events({ after: cursors.at(-2) })
    expect((await again.next()).value).toMatchObject({ type: 'McpServerUpdated', cursor: cursors.at(-1) })
    await again.return?.()
  })

  it('of one server has no gap where only events of others are forgotten while it is followed', async () => {
    await using registry = await createRegistry({ maxFeedEvents: 10 })
    const config = { transport: 'stdio', command: 'x' } as const
    const busy = await registry.servers.create({ name: 'busy', config, refresh: false })
    const quiet = await registry.servers.create({ name: 'quiet', config, refresh: false })
    const feed = registry.events({ serverId: quiet.id })
    const next = feed.next()
    for (let n = 1; n <= 60; n += 1) await registry.servers.update(busy.id, { description: `${n}` })
    await registry.servers.update(quiet.id, { description: 'new' })
    expect((await next).value).toMatchObject({ type: 'McpServerUpdated', server: { name: 'quiet' } })
    await feed.return?.()
  })
})
