import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { startApart } from '../../fixtures/mcp/scripted-apart.ts'
import { openEvents, startScripted } from '../../fixtures/mcp/scripted-http.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'
import { expectMetered } from '../../fixtures/process/expect-metered.ts'
import { metered } from '../../fixtures/process/metered-session.ts'

const MiB = 1024 * 1024
const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })

/** Once called, writes as fast as it is read, and reads nothing. */
const floods = (message: string) =>
  scriptedStdio(`
    const chunk = (${message} + '\\n').repeat(1_000)
    const flood = () => { while (process.stdout.write(chunk)); process.stdout.once('drain', flood) }
    on((asked) => {
      if (asked.method !== 'tools/call') return answer(asked)
      process.stdin.pause()
      flood()
    })`)

describe('a server that asks, and takes no answer', () => {
  it('over stdio is read no further while 16 are under answer, and its session ends', async () => {
    const budgets = { serverRequestMs: 700 }
    const config = floods(`JSON.stringify({ jsonrpc: '2.0', id: 'x'.repeat(200), method: 'ping' })`)
    await expectMetered({ config, budgets, timeoutMs: 10_000 }, 100, ({ runs, grownBytes, refusals }) => {
      expect(runs).toMatchObject([{ code: 'PROTOCOL_ERROR', message: expect.stringContaining('(serverRequestMs)') }])
      expect(grownBytes).toBeLessThan(48 * MiB)
      expect(refusals.serverRequestMs).toBeGreaterThanOrEqual(1)
    })
  })

  it.each([
    ['on the stream of a call', 'tools/call'],
    ['on the stream that it may open', 'GET'],
  ])('over HTTP has 16 connections for them at most, and its session ends: %s', async (_, where) => {
    await using server = await startApart(`
      const { method, id, response } = asked
      if (method === 'undefined') return true // An answer, which gets none itself.
      if (method === '${where}') {
        const send = openEvents(asked)
        for (let n = 0; n < 1_000; n += 1) send({ id: n, method: 'ping' })
        return true
      }
      return method === 'tools/call'`)
    const budgets = { serverRequestMs: 700 }
    const { runs, grownBytes } = await metered({ config: http(server), budgets, timeoutMs: 10_000 })
    expect(runs).toMatchObject([{ code: 'PROTOCOL_ERROR', message: expect.stringContaining('(serverRequestMs)') }])
    expect(grownBytes).toBeLessThan(48 * MiB)
    const { asked, mostSockets } = await server.stats()
    // On a busy machine, the first session may have ended before the call.
    const { initialize: sessions = 0, undefined: answers } = asked
    expect(answers).toBeLessThanOrEqual(16 * sessions)
    // Beside them, the stream and the call.
    expect(mostSockets).toBeLessThanOrEqual(20 * sessions)
  })

  it('does not read what it is sent: its session ends at the cap', async () => {
    await using registry = await createRegistry({ budgets: { writeQueueBytes: 4 * MiB, requestsPerServer: 100 } })
    const script = `on((asked) => { answer(asked); if (asked.method === 'tools/list') process.stdin.pause() })`
    await registered(registry, 'a', scriptedStdio(script))
    const text = 'x'.repeat(500_000)
    const runs = await Promise.all(
      Array.from({ length: 20 }, () =>
        registry.tools.run({ server: 'a', tool: 'echo' }, { text }, { timeoutMs: 5_000 }),
      ),
    )
    const codes = runs.map(({ error }) => error?.code)
    expect(codes).toContain('PROTOCOL_ERROR')
    expect(runs.find(({ error }) => error?.code === 'PROTOCOL_ERROR')?.error?.message).toContain('(writeQueueBytes)')
    expect(registry.stats().budgetRefusals.writeQueueBytes).toBeGreaterThanOrEqual(1)
  })
})

describe('a server that asks much, and takes the answers', () => {
  it('keeps its session, and is answered no faster than it may say anything', async () => {
    const config = scriptedStdio(`
      on((asked) => {
        if (!asked.method) return
        if (asked.method !== 'tools/call' || asked.params.arguments.warm) return answer(asked)
        for (let id = 0; id < 20_000; id += 1) send({ id, method: id % 2 ? 'ping' : 'sampling/createMessage', params: {} })
        answer(asked)
      })`)
    const budgets = { unaskedPerSecond: 10_000 }
    await expectMetered({ config, budgets, warmCalls: 10 }, 100, ({ runs, protocolFaults }) => {
      expect(runs).toMatchObject([{ status: 'SUCCEEDED' }])
      expect(protocolFaults).toBe(0)
    })
  })

  it('gets the pong, and is told of what is not there', async () => {
    await using server = await startScripted((asked) => {
      if (asked.method !== 'tools/call') return false
      const send = openEvents(asked)
      send({ id: 'a', method: 'ping' })
      send({ id: 7, method: 'roots/list' })
      send({ id: asked.id, result: { content: [] } })
      asked.response.end()
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    const first = server.next('undefined')
    expect((await registry.tools.run({ server: 'a', tool: 'echo' })).status).toBe('SUCCEEDED')
    await first
    await expect
      .poll(() => server.asked.filter(({ method }) => method === 'undefined').map(({ id }) => id))
      .toEqual(['a', 7])
  })
})

describe('connections', () => {
  it('of sessions are their own: requests that hang keep no other session from the same origin', async () => {
    await using server = await startScripted(({ method, args }) => method === 'tools/call' && args.hang === true)
    await using registry = await createRegistry({ budgets: { connectionsPerOrigin: 4 } })
    const other = registry.tenant('other')
    await registered(registry, 'a', http(server))
    await registered(other, 'a', http(server))
    const call = { server: 'a', tool: 'echo' }
    const hanging = Array.from({ length: 8 }, () => registry.tools.run(call, { hang: true }, { timeoutMs: 3_000 }))
    await server.next('tools/call')
    expect((await other.tools.run(call, {}, { timeoutMs: 2_500 })).status).toBe('SUCCEEDED')
    for (const { status } of await Promise.all(hanging)) expect(status).toBe('TIMED_OUT')
  })

  it('are enough for 60 sessions that each have a stream open at one origin', async () => {
    await using server = await startScripted((asked) => {
      if (asked.method !== 'GET') return false
      openEvents(asked)
      return true
    })
    await using registry = await createRegistry({ budgets: { connectionsPerOrigin: 4 } })
    const names = Array.from({ length: 60 }, (_, n) => `s${n}`)
    await Promise.all(names.map((name) => registered(registry, name, http(server))))
    const runs = await Promise.all(names.map((name) => registry.tools.run({ server: name, tool: 'echo' })))
    expect(runs.every(({ status }) => status === 'SUCCEEDED')).toBe(true)
    expect(server.count('GET')).toBe(60)
  })
})
