import { createRegistry, type Registry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { fixtureStdio, startFixture } from '../../fixtures/mcp/mcp-fixture.ts'
import { registered, timed } from '../../fixtures/mcp/registered.ts'
import { startScripted } from '../../fixtures/mcp/scripted-http.ts'

const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })

describe('one dead server among 50', () => {
  it('does not hold the other 49 up', async () => {
    await using server = await startScripted()
    // It takes connections and never says a word.
    await using dead = await startScripted(() => true)
    await using registry = await createRegistry({ budgets: { refreshes: 50 }, timeouts: { connectMs: 60_000 } })
    const all = Array.from({ length: 49 }, (_, n) => n)
    for (const n of all) await registry.servers.create({ name: `alive ${n}`, config: http(server), refresh: false })
    const { id } = await registry.servers.create({ name: 'dead', config: http(dead), refresh: false })
    const refreshAlive = async () => {
      const jobs = await registry.servers.refreshAll({ name: { startsWith: 'alive' } })
      await Promise.all(jobs.map((job) => job.result()))
    }
    // Opens the sessions.
    await refreshAlive()
    const dialled = dead.next('initialize')
    const hanging = await registry.servers.refresh(id)
    await dialled
    await refreshAlive()
    expect((await registry.refreshes.get(hanging.id))?.status).toBe('RUNNING')
    await hanging.cancel()
  })

  it('is not dialled without end: after 5 failures in a row one probe at a time goes through', async () => {
    let isUp = false
    await using server = await startScripted(({ method, response }) => {
      if (isUp || method !== 'initialize') return false
      response.writeHead(500).end()
      return true
    })
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({ name: 'a', config: http(server), refresh: false })
    const refresh = async () => (await registry.servers.refresh(id)).result()
    for (let n = 0; n < 5; n += 1) await expect(refresh()).rejects.toMatchObject({ details: { httpStatus: 500 } })
    expect(server.count('initialize')).toBe(5)
    const { ms } = await timed(() =>
      expect(refresh()).rejects.toMatchObject({
        code: 'CONNECT_FAILED',
        retryable: true,
        message: expect.stringMatching(/^Not tried: connecting failed 5 times in a row/),
      }),
    )
    expect(ms).toBeLessThan(1_500)
    expect(server.count('initialize')).toBe(5)
    isUp = true
    const probed = server.next('initialize')
    // Requests before the pause ends fail at once; the first one after it is the probe.
    while (server.count('initialize') === 5) await refresh().catch(() => undefined)
    await probed
    await refresh()
    expect((await registry.servers.get(id))?.status).toBe('READY')
  })
})

describe('callers with different credentials', () => {
  it('never get an answer of each other’s session, however their calls mix', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    await registered(registry, 'http', http(fixture))
    await registry.servers.update((await registry.servers.getByName('http'))?.id ?? '', {
      config: { transport: 'streamableHttp', auth: { token: '{{ TOKEN | none }}' } },
    })
    await registered(registry, 'stdio', {
      transport: 'stdio',
      ...fixtureStdio(),
      env: { WHO: '{{ TOKEN | none }}' },
    })
    const wrong: string[] = []
    const ask = async (n: number) => {
      const token = `tenant-${n % 2}`
      const context = { variables: { TOKEN: token }, agentId: `agent-${n % 2}` }
      const headers = await registry.tools.run({ server: 'http', tool: 'headers' }, {}, context)
      const env = await registry.tools.run({ server: 'stdio', tool: 'env' }, { name: 'WHO' }, context)
      const { authorization, 'x-agent-id': agent } = Object(headers.result?.funcReturn)
      if (authorization !== `Bearer ${token}` || agent !== context.agentId) wrong.push(JSON.stringify(headers.result))
      if (env.result?.funcReturn !== token) wrong.push(JSON.stringify(env.result))
    }
    await Promise.all(Array.from({ length: 200 }, (_, n) => ask(n)))
    expect(wrong).toEqual([])
    // One each for the refreshes, two each for the tenants.
    expect(registry.stats().sessionsOpened).toBe(6)
  })

  it('share a dial, and a session, where they have the same ones', async () => {
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'stdio', ...fixtureStdio() })
    const before = registry.stats().sessionsOpened
    await registry.servers.update((await registry.servers.getByName('a'))?.id ?? '', {
      config: { transport: 'stdio', setEnv: { NEW: 'yes' } },
    })
    const runs = await Promise.all(Array.from({ length: 20 }, () => registry.tools.run({ server: 'a', tool: 'pid' })))
    expect(new Set(runs.map(({ result }) => result?.funcReturn)).size).toBe(1)
    expect(registry.stats().sessionsOpened).toBe(before + 1)
  })
})

describe('the pool', () => {
  const sessionsOf = (registry: Registry) => registry.stats().sessions

  it('lets the least recently used session go when it is full', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry({ budgets: { sessions: 2 } })
    for (const name of ['a', 'b', 'c']) await registered(registry, name, http(fixture))
    expect(sessionsOf(registry)).toBe(2)
    // a went for c; b is used now, so that c goes for a.
    const opened = () => registry.stats().sessionsOpened
    await registry.tools.run({ server: 'b', tool: 'count' })
    expect(opened()).toBe(3)
    await registry.tools.run({ server: 'a', tool: 'count' })
    expect(opened()).toBe(4)
    await registry.tools.run({ server: 'b', tool: 'count' })
    expect(opened()).toBe(4)
    expect(sessionsOf(registry)).toBe(2)
  })

  it('makes a caller wait, inside the deadline, while every session is in use', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry({ budgets: { sessions: 1 } })
    await registered(registry, 'a', http(fixture))
    await registered(registry, 'b', http(fixture))
    const slow = await registry.tools.start({ server: 'a', tool: 'slow' }, { ms: 250 })
    await fixture.received('tools/call')
    const impatient = await registry.tools.run(
      { server: 'b', tool: 'count' },
      {},
      { timeouts: { maxTotalMs: 50, requestMs: 50 } },
    )
    expect(impatient).toMatchObject({ status: 'TIMED_OUT', error: { message: expect.stringContaining('maxTotalMs') } })
    const patient = await registry.tools.run({ server: 'b', tool: 'count' })
    expect(patient.status).toBe('SUCCEEDED')
    expect((await slow.result()).status).toBe('SUCCEEDED')
    expect(sessionsOf(registry)).toBe(1)
  })

  it('keeps none with idleMs 0, and lets one go after idleMs', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry({ sessions: { idleMs: 50 } })
    await registered(registry, 'a', http(fixture))
    expect(sessionsOf(registry)).toBe(1)
    await fixture.received('DELETE')
    expect(sessionsOf(registry)).toBe(0)
    expect((await registry.tools.run({ server: 'a', tool: 'count' })).status).toBe('SUCCEEDED')
  })

  it('keeps no session of a revision that is gone', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const { id } = await registered(registry, 'a', http(fixture))
    await registry.servers.update(id, { name: 'b' })
    await fixture.received('DELETE')
    expect(sessionsOf(registry)).toBe(0)
    expect((await registry.tools.run({ server: 'b', tool: 'count' })).status).toBe('SUCCEEDED')
  })

  it('lets a task end on the session that it has when the server is changed or deleted', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const { id } = await registered(registry, 'a', http(fixture))
    const slow = await registry.tools.start({ server: 'a', tool: 'slow' }, { ms: 200 })
    await fixture.received('tools/call')
    await registry.servers.update(id, { config: { transport: 'streamableHttp', setHeaders: { 'X-New': '1' } } })
    const { result } = await registry.tools.run({ server: 'a', tool: 'headers' })
    expect(result?.funcReturn).toMatchObject({ 'x-new': '1' })
    const second = await registry.tools.start({ server: 'a', tool: 'slow' }, { ms: 200 })
    await fixture.received('tools/call', ({ headers, params }) => headers['x-new'] === '1' && params.name === 'slow')
    await registry.servers.delete(id)
    expect((await slow.result()).status).toBe('SUCCEEDED')
    expect((await second.result()).status).toBe('SUCCEEDED')
    await expect.poll(() => sessionsOf(registry)).toBe(0)
  })
})
