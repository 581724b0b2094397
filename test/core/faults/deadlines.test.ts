import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { fixtureStdio, startFixture } from '../../fixtures/mcp/mcp-fixture.ts'
import { delayBeyond, registered } from '../../fixtures/mcp/registered.ts'
import { startScripted } from '../../fixtures/mcp/scripted-http.ts'

const hang = { server: 'a', tool: 'hang' }

/** Near what was set: a machine with other work holds up the run more than the timer beside it. */
async function expectAfter<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const { beyondMs, value } = await delayBeyond(ms, work)
  expect(beyondMs).toBeGreaterThan(-20)
  expect(beyondMs).toBeLessThan(250)
  return value
}

describe('a deadline', () => {
  it.each(['http', 'stdio'] as const)(
    'ends a call over %s in time, tells the server, and frees the slot',
    async (kind) => {
      await using fixture = await startFixture()
      await using registry = await createRegistry({ budgets: { requestsPerServer: 1 } })
      await registered(
        registry,
        'a',
        kind === 'http'
          ? { transport: 'streamableHttp', serverUrl: fixture.url }
          : { transport: 'stdio', ...fixtureStdio() },
        { timeouts: { requestMs: 300, maxTotalMs: 5_000 } },
      )
      // The first run of a process compiles what checks args.
      await registry.tools.run({ server: 'a', tool: 'echo' }, { message: 'first' })
      const run = await expectAfter(300, () => registry.tools.run(hang))
      expect(run).toMatchObject({
        status: 'TIMED_OUT',
        error: { code: 'TIMEOUT', message: expect.stringContaining('requestMs (300 ms)') },
      })
      if (kind === 'http') await fixture.received('notifications/cancelled')
      else {
        const { result } = await registry.tools.run({ server: 'a', tool: 'calls' })
        expect(JSON.stringify(result?.funcReturn)).toContain('notifications/cancelled')
      }
      expect((await registry.tools.run({ server: 'a', tool: 'echo' }, { message: 'next' })).status).toBe('SUCCEEDED')
      expect(registry.stats().sessionsOpened).toBe(1)
    },
  )

  it('for the whole is not moved by progress without end', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    await registered(
      registry,
      'a',
      { transport: 'streamableHttp', serverUrl: fixture.url },
      { timeouts: { requestMs: 200, maxTotalMs: 600 } },
    )
    const run = await expectAfter(600, () =>
      registry.tools.run({ server: 'a', tool: 'progress' }, { steps: 1_000, delayMs: 20 }),
    )
    expect(run).toMatchObject({
      status: 'TIMED_OUT',
      error: { message: expect.stringContaining('maxTotalMs (600 ms)') },
    })
    await fixture.received('notifications/cancelled')
  })

  it('of one call is the shortest of its own and the server’s', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const short = await expectAfter(150, () => registry.tools.run(hang, {}, { timeouts: { requestMs: 150 } }))
    expect(short.error?.message).toContain('requestMs (150 ms)')
    await registry.servers.update((await registry.servers.getByName('a'))?.id ?? '', {
      timeouts: { requestMs: 100, maxTotalMs: 60_000 },
    })
    const long = await registry.tools.run(hang, {}, { timeouts: { requestMs: 10_000 } })
    expect(long.error?.message).toContain('requestMs (100 ms)')
  })

  it('for the list says which it was, and the whole counts all pages', async () => {
    await using fixture = await startFixture({ endlessPages: true, pageDelayMs: 50 })
    await using registry = await createRegistry()
    const server = await registry.servers.create({
      name: 'a',
      config: { transport: 'streamableHttp', serverUrl: fixture.url },
      timeouts: { requestMs: 200, maxTotalMs: 400 },
      refresh: false,
    })
    await expectAfter(400, async () =>
      expect((await registry.servers.refresh(server.id)).result()).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: expect.stringContaining('maxTotalMs (400 ms)'),
      }),
    )
    fixture.change({ pageDelayMs: 10_000 })
    await expect((await registry.servers.refresh(server.id)).result()).rejects.toMatchObject({
      message: expect.stringContaining('requestMs (200 ms)'),
    })
  })

  it('for the connection ends a dial that hangs; a caller in more of a hurry leaves it to the others', async () => {
    await using server = await startScripted(({ method }) => method === 'initialize')
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({
      name: 'a',
      config: { transport: 'streamableHttp', serverUrl: server.url },
      timeouts: { connectMs: 400 },
      refresh: false,
    })
    await expectAfter(100, async () =>
      expect((await registry.servers.refresh(id, { timeouts: { connectMs: 100 } })).result()).rejects.toMatchObject({
        message: expect.stringContaining('connectMs (100 ms)'),
      }),
    )
    await expectAfter(400, async () =>
      expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: expect.stringContaining('connectMs (400 ms)'),
      }),
    )
    expect(await registry.servers.get(id)).toMatchObject({ status: 'ERROR' })
  })

  it('counts the wait for a slot, and those who wait go in order', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry({ budgets: { requestsPerServer: 1 } })
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const slow = await registry.tools.start({ server: 'a', tool: 'slow' }, { ms: 300 })
    await fixture.received('tools/call')
    const late = registry.tools.run(
      { server: 'a', tool: 'count' },
      {},
      { timeouts: { maxTotalMs: 100, requestMs: 100 } },
    )
    const others = [1, 2, 3].map(() => registry.tools.run({ server: 'a', tool: 'count' }))
    expect(await late).toMatchObject({ status: 'TIMED_OUT', error: { message: expect.stringContaining('maxTotalMs') } })
    const counts = (await Promise.all(others)).map(({ result }) => result?.structuredContent)
    expect(counts).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }])
    expect((await slow.result()).status).toBe('SUCCEEDED')
  })

  it('that no caller can keep is refused', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const server = await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    for (const timeouts of [{ requestMs: -1 }, { maxTotalMs: Number.NaN }, { requestMs: 100, maxTotalMs: 50 }]) {
      await expect(registry.tools.run(hang, {}, { timeouts })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(registry.servers.refresh(server.id, { timeouts })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
  })
})
