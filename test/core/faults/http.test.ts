import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { startEverything } from '../../fixtures/mcp/everything.ts'
import { startFixture } from '../../fixtures/mcp/mcp-fixture.ts'
import { delayBeyond, registered, timed } from '../../fixtures/mcp/registered.ts'
import { type Asked, openEvents, type Script, startScripted, textResult } from '../../fixtures/mcp/scripted-http.ts'
import { startScriptedSse } from '../../fixtures/mcp/scripted-sse.ts'

const call = { server: 'a', tool: 'echo' }
const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })

/** Takes the first so many requests of a method away from the server. */
function first(times: number, method: string, answer: (asked: Asked) => void): Script {
  let left = times
  return (asked) => {
    if (asked.method !== method || left === 0) return false
    left -= 1
    answer(asked)
    return true
  }
}

/** Knows the client sockets of this process, to wait until they have noticed that their server is gone. */
function watchSockets() {
  const sockets = new Set<Socket>()
  const onSocket = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('socket' in message)) return
    if (message.socket instanceof Socket) sockets.add(message.socket)
  }
  subscribe('net.client.socket', onSocket)
  return {
    async closed(port: number) {
      const open = [...sockets].filter((socket) => socket.remotePort === port && !socket.closed)
      // Not events.once, which rejects where the socket fails.
      await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
    },
    [Symbol.dispose]: () => void unsubscribe('net.client.socket', onSocket),
  }
}

const drop = ({ request }: Asked) => void request.socket.destroy()
const busy = (status: number, retryAfter?: string) => (asked: Asked) =>
  void asked.response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end()

describe('an HTTP server that was restarted', () => {
  it.each(['list', 'call'] as const)('gets one initialize, and the %s once to the new session', async (what) => {
    const method = what === 'list' ? 'tools/list' : 'tools/call'
    const before = await startFixture()
    await using registry = await createRegistry()
    using sockets = watchSockets()
    const { id } = await registered(registry, 'a', http(before))
    await before.close()
    await sockets.closed(before.port)
    await using after = await startFixture({ port: before.port })
    if (what === 'call') {
      const run = await registry.tools.run({ server: 'a', tool: 'echo' }, { message: 'hi' })
      expect(run).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'hi' } })
    } else await (await registry.servers.refresh(id)).result()
    const [session] = after.sessions
    const asked = after.calls.filter((each) => each.method === method)
    // The first one, to the old session, was answered 404.
    expect(asked.map(({ sessionId }) => sessionId === session)).toEqual([false, true])
    expect(after.calls.filter((each) => each.method === 'initialize')).toHaveLength(1)
    expect(registry.stats().sessionsOpened).toBe(2)
  })

  it('and forgets every session at once is not asked without end', async () => {
    await using server = await startScripted(({ method, response, sessionId }) => {
      if (sessionId === undefined || method !== 'tools/call') return false
      response.writeHead(404).end()
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    const run = await registry.tools.run(call)
    expect(run).toMatchObject({
      status: 'FAILED',
      error: {
        code: 'CONNECT_FAILED',
        httpStatus: 404,
        message: expect.stringContaining('no longer knows the session'),
      },
    })
    expect(server.count('tools/call')).toBe(2)
    expect(server.count('initialize')).toBe(2)
  })
})

describe('a connection that breaks', () => {
  it('under a list: it is read once more, and no third time', async () => {
    await using server = await startScripted(first(3, 'tools/list', drop))
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({ name: 'a', config: http(server), refresh: false })
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: true,
    })
    expect(server.count('tools/list')).toBe(2)
    await (await registry.servers.refresh(id)).result()
    expect(server.count('tools/list')).toBe(4)
    expect((await registry.servers.get(id))?.status).toBe('READY')
  })

  it('under a call: it is not sent again, and its outcome is unknown', async () => {
    await using server = await startScripted(first(1, 'tools/call', drop))
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    expect(await registry.tools.run(call)).toMatchObject({
      status: 'OUTCOME_UNKNOWN',
      error: { code: 'CONNECT_FAILED', retryable: true },
    })
    expect(server.count('tools/call')).toBe(1)
  })

  it.each(['readOnlyHint', 'idempotentHint'])('under a call of a tool with %s: it is sent once more', async (hint) => {
    const tools = [{ name: 'echo', inputSchema: { type: 'object' }, annotations: { [hint]: true } }]
    const dropped = first(1, 'tools/call', drop)
    await using server = await startScripted((asked) => {
      if (asked.method !== 'tools/list') return dropped(asked)
      asked.result({ tools })
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    const job = await registry.tools.start(call, { n: 1 })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: { n: 1 } } })
    expect(server.count('tools/call')).toBe(2)
    const told: string[] = []
    for await (const event of job.events()) if (event.type === 'ToolRunOutput') told.push(event.text)
    expect(told).toEqual([expect.stringContaining('called once more')])
  })

  it('before anything of a call was sent: it is sent to a new connection', async () => {
    const server = await startScripted()
    await using registry = await createRegistry()
    using sockets = watchSockets()
    await registered(registry, 'a', http(server))
    await server[Symbol.asyncDispose]()
    await sockets.closed(server.port)
    expect(await registry.tools.run(call)).toMatchObject({ status: 'FAILED', error: { code: 'CONNECT_FAILED' } })
    await using again = await startScripted(undefined, server.port)
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
    expect(again.count('tools/call')).toBe(1)
  })
})

describe('an event stream that is cut in the middle of a frame', () => {
  it('is resumed behind the last event id', async () => {
    let cut: Asked | undefined
    await using server = await startScripted((asked) => {
      if (asked.method === 'tools/call') {
        cut = asked
        const { progressToken } = asked
        openEvents(asked)({ method: 'notifications/progress', params: { progressToken, progress: 1 } }, 'event-1')
        asked.response.write('id: event-2\ndata: {"jsonrpc":"2.0","id"', () => asked.request.socket.destroy())
        return true
      }
      if (asked.method !== 'GET' || !cut) return false
      expect(asked.request.headers['last-event-id']).toBe('event-1')
      openEvents(asked)({ id: cut.id, result: textResult('resumed') }, 'event-2')
      asked.response.end()
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    const { ms, value: run } = await timed(() => registry.tools.run(call))
    expect(run).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'resumed' } })
    expect(ms).toBeLessThan(1_000)
    expect(server.count('tools/call')).toBe(1)
  })

  it('fails its call within a second where the server does not resume', async () => {
    await using server = await startScripted((asked) => {
      if (asked.method !== 'tools/call') return false
      openEvents(asked)({ method: 'notifications/message', params: { level: 'info', data: 'x' } }, 'event-1')
      asked.response.write('data: {"jsonrpc"', () => asked.request.socket.destroy())
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    const { ms, value: run } = await timed(() => registry.tools.run(call))
    expect(run).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'CONNECT_FAILED' } })
    expect(ms).toBeLessThan(1_000)
  })

  it('over the transport of 2024-11-05: what waits fails within a second, and the next call has a new session', async () => {
    await using server = await startScriptedSse(({ args, response, cut }) => {
      if (!args.cut) return false
      response.writeHead(202).end()
      cut()
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'sse', serverUrl: server.url })
    const { ms, value: run } = await timed(() => registry.tools.run(call, { cut: true }))
    expect(run).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'CONNECT_FAILED' } })
    expect(ms).toBeLessThan(1_000)
    expect((await registry.tools.run(call, { n: 1 })).result?.funcReturn).toEqual({ n: 1 })
    expect(server.sessions).toBe(2)
  })
})

describe('a server that is busy', () => {
  it.each([429, 503])('is asked again for a list when it says so (HTTP %s)', async (status) => {
    await using server = await startScripted(first(1, 'tools/list', busy(status, '1')))
    await using registry = await createRegistry()
    const { beyondMs } = await delayBeyond(1_000, () => registered(registry, 'a', http(server)))
    expect(beyondMs).toBeGreaterThan(-20)
    expect(beyondMs).toBeLessThan(500)
    expect(server.count('tools/list')).toBe(2)
  })

  it('is asked again to connect, at most 3 times in all', async () => {
    await using server = await startScripted(first(2, 'initialize', busy(503, '0')))
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    expect(server.count('initialize')).toBe(3)
    await using always = await startScripted(first(9, 'initialize', busy(503, '0')))
    const { id } = await registry.servers.create({ name: 'b', config: http(always), refresh: false })
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
      code: 'BUSY',
      retryable: true,
      details: { httpStatus: 503, retryAfterMs: 0 },
    })
    expect(always.count('initialize')).toBe(3)
  })

  it('fails a call at once, and is not called again', async () => {
    await using server = await startScripted(first(9, 'tools/call', busy(429, '2')))
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    const { ms, value: run } = await timed(() => registry.tools.run(call))
    expect(run).toMatchObject({
      status: 'FAILED',
      error: { code: 'BUSY', httpStatus: 429, retryAfterMs: 2_000, retryable: true },
    })
    expect(ms).toBeLessThan(1_500)
    expect(server.count('tools/call')).toBe(1)
  })

  it('is not waited for where that is beyond the deadline', async () => {
    await using server = await startScripted(first(9, 'tools/list', busy(503, '3600')))
    await using registry = await createRegistry()
    const { ms } = await timed(() =>
      expect(registered(registry, 'a', http(server))).rejects.toMatchObject({ code: 'BUSY' }),
    )
    expect(ms).toBeLessThan(1_000)
  })
})

describe('a redirect', () => {
  it('within the origin is followed, and remembered for the session', async () => {
    await using server = await startScripted(({ request, response }) => {
      if (request.url !== '/mcp') return false
      response.writeHead(307, { location: '/moved' }).end()
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
    // Once for server/discover, once for the session.
    expect(server.asked.filter(({ request }) => request.url === '/mcp')).toHaveLength(2)
  })

  it('to another origin is told and not followed, so that credentials stay where they belong', async () => {
    await using other = await startScripted()
    await using server = await startScripted(({ response }) => {
      response.writeHead(308, { location: other.url }).end()
      return true
    })
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({
      name: 'a',
      config: { ...http(server), auth: { token: 'secret' } },
      refresh: false,
    })
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining(`redirects to ${other.url}`),
    })
    expect(other.asked).toEqual([])
  })
})

describe('a connection', () => {
  it('is used for one request after another', async () => {
    const ports = new Set<number | undefined>()
    await using server = await startScripted(({ method, request }) => {
      if (method === 'tools/call') ports.add(request.socket.remotePort)
      return false
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    for (let n = 0; n < 20; n += 1) await registry.tools.run(call, { n })
    // A second one was opened beside the list, to ask for the stream of notifications.
    expect(ports.size).toBeLessThanOrEqual(2)
  })

  it('to a real server over SSE carries progress, and a cancelled call frees it', async () => {
    await using server = await startEverything('sse')
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'sse', serverUrl: server.url })
    const job = await registry.tools.start(
      { server: 'a', tool: 'trigger-long-running-operation' },
      { duration: 30, steps: 300 },
    )
    for await (const event of job.events()) if (event.type === 'ToolRunProgress') break
    await job.cancel('enough')
    expect((await job.result()).status).toBe('CANCELED')
    expect((await registry.tools.run(call, { message: 'still here' })).status).toBe('SUCCEEDED')
    expect(registry.stats().sessionsOpened).toBe(1)
  })
})
