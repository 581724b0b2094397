import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { type Asked, openEvents, type Script, startScripted, textResult } from '../../fixtures/mcp/scripted-http.ts'
import { startScriptedSse } from '../../fixtures/mcp/scripted-sse.ts'

const call = { server: 'a', tool: 'echo' }
const options = { budgets: { reconnectMinMs: 1 }, sessions: { bodyIdleMs: 20 } }
const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })
/** Several times the idle limit. */
const silenceMs = 100

const onCall =
  (answer: (asked: Asked) => void): Script =>
  (asked) => {
    if (asked.method !== 'tools/call') return false
    answer(asked)
    return true
  }

function byEvents(asked: Asked): void {
  const send = openEvents(asked)
  if (asked.args.never) return
  setTimeout(() => {
    send({ id: asked.id, result: textResult('late') })
    asked.response.end()
  }, silenceMs)
}

function byJson({ id, response, args }: Asked): void {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc":"2.0",')
  if (args.never) return
  setTimeout(() => response.end(`"id":${id},"result":${JSON.stringify(textResult('late'))}}`), silenceMs)
}

/** A stream of notifications that says nothing. */
const silentStream: Script = (asked) => {
  if (asked.method !== 'GET') return false
  openEvents(asked)
  asked.response.write('retry: 1\n\n')
  return true
}

describe('an answer that began and is silent beyond the idle limit', () => {
  it.each([
    ['an event stream', byEvents],
    ['JSON', byJson],
  ])('is waited for until the deadline of its request: %s', async (_, answer) => {
    await using server = await startScripted(onCall(answer))
    await using registry = await createRegistry(options)
    await registered(registry, 'a', http(server))
    expect(await registry.tools.run(call)).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'late' } })
    expect(await registry.tools.run(call, { never: true }, { timeouts: { requestMs: silenceMs } })).toMatchObject({
      status: 'TIMED_OUT',
      error: { code: 'TIMEOUT', message: expect.stringContaining(`requestMs (${silenceMs} ms)`) },
    })
  })

  it('is waited for over SSE as well', async () => {
    await using server = await startScriptedSse((asked) => {
      if (asked.method !== 'tools/call') return false
      asked.response.writeHead(202).end()
      setTimeout(() => asked.result(textResult('late')), silenceMs)
      return true
    })
    await using registry = await createRegistry(options)
    await registered(registry, 'a', { transport: 'sse', serverUrl: server.url })
    expect((await registry.tools.run(call)).result?.funcReturn).toBe('late')
    expect(server.sessions).toBe(1)
  })

  it('and is a list is waited for, too', async () => {
    await using server = await startScripted((asked) => {
      if (asked.method !== 'tools/list') return false
      const send = openEvents(asked)
      setTimeout(() => send({ id: asked.id, result: { tools: [] } }), silenceMs)
      return true
    })
    await using registry = await createRegistry(options)
    await registered(registry, 'a', http(server))
  })

  it('only explains a refusal: the status is told without the rest', async () => {
    await using server = await startScripted(
      onCall(({ response }) => void response.writeHead(405, { 'content-type': 'application/json' }).write('{"error":')),
    )
    await using registry = await createRegistry(options)
    await registered(registry, 'a', http(server))
    expect(await registry.tools.run(call)).toMatchObject({ status: 'FAILED', error: { httpStatus: 405 } })
  })
})

describe('a connection that no request waits on, silent beyond the idle limit', () => {
  it('is opened anew where it is a stream of notifications, and the session goes on', async () => {
    await using server = await startScripted(silentStream)
    await using registry = await createRegistry(options)
    const first = server.next('GET')
    await registered(registry, 'a', http(server))
    await first
    const { sessionId } = await server.next('GET')
    expect(sessionId).toBeDefined()
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
    expect(server.count('initialize')).toBe(1)
  })

  it('stays where it is the stream of an SSE session', async () => {
    await using server = await startScripted(silentStream)
    await using sse = await startScriptedSse()
    await using registry = await createRegistry(options)
    await registered(registry, 'a', { transport: 'sse', serverUrl: sse.url })
    await registered(registry, 'b', http(server))
    // By then the limit has passed for both.
    await server.next('GET')
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
    expect(sse.sessions).toBe(1)
  })
})
