import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { type Asked, openEvents, startScripted } from '../../fixtures/mcp/scripted-http.ts'
import { startScriptedSse } from '../../fixtures/mcp/scripted-sse.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'

const call = { server: 'a', tool: 'echo' }
const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })
const sse = ({ url }: { readonly url: string }) => ({ transport: 'sse' as const, serverUrl: url })

type Answer = (asked: Asked) => void
const text =
  (status: number, body = ''): Answer =>
  ({ response }) =>
    void response.writeHead(status).end(body)
const rpc =
  (status: number, code: number, message: string, id?: 'own'): Answer =>
  (asked) => {
    const body = { jsonrpc: '2.0', id: id ? asked.id : null, error: { code, message } }
    asked.response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
const event: Answer = (asked) => {
  openEvents(asked)({ id: asked.id, error: { code: -32001, message: 'Session not found' } })
  asked.response.end()
}

/** A server that knows the session of its second and later `initialize` only, as after a restart. */
function restarted(method: string, answer: Answer) {
  let isForgetful = false
  const server = startScripted((asked) => {
    if (asked.method === 'initialize') isForgetful = false
    if (!isForgetful || asked.method !== method) return false
    answer(asked)
    return true
  })
  return { server, forget: () => (isForgetful = true) }
}

const refused: readonly (readonly [string, Answer])[] = [
  ['400, no valid session', rpc(400, -32000, 'Bad Request: No valid session ID provided')],
  ['400, not initialized', rpc(400, -32000, 'Bad Request: Server not initialized')],
  ['400, with the id of the request', rpc(400, -32600, 'Session has expired', 'own')],
  ['400, as text', text(400, 'No valid session ID')],
  ['401', text(401)],
  ['403, of the session', rpc(403, -32000, 'Unknown session')],
  ['404', text(404)],
  ['410', text(410)],
  ['422', text(422, '{"detail":"unknown session"}')],
  ['200 with -32001', rpc(200, -32001, 'Session not found', 'own')],
  ['200 with -32001, by event stream', event],
]

describe('a server that forgot the session, and answers', () => {
  it.each(refused)('%s: gets the call once more, on a new session', async (_, answer) => {
    const { server: starting, forget } = restarted('tools/call', answer)
    await using server = await starting
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    forget()
    expect(await registry.tools.run(call, { n: 1 })).toMatchObject({
      status: 'SUCCEEDED',
      result: { funcReturn: { n: 1 } },
    })
    expect([server.count('tools/call'), server.count('initialize')]).toEqual([2, 2])
  })

  it.each(refused)('%s: gets the list once more, on a new session', async (_, answer) => {
    const { server: starting, forget } = restarted('tools/list', answer)
    await using server = await starting
    await using registry = await createRegistry()
    const { id } = await registered(registry, 'a', http(server))
    forget()
    await (await registry.servers.refresh(id)).result()
    expect([server.count('tools/list'), server.count('initialize')]).toEqual([3, 2])
  })

  it.each(refused)('%s: without end, is asked twice at most', async (_, answer) => {
    await using server = await startScripted((asked) => {
      if (asked.method !== 'tools/call') return false
      answer(asked)
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    expect((await registry.tools.run(call)).status).toBe('FAILED')
    expect([server.count('tools/call'), server.count('initialize')]).toEqual([2, 2])
  })

  it.each([
    ['500', text(500)],
    ['500, of the session', rpc(500, -32001, 'Session not found')],
    ['502', text(502)],
    ['200 without an answer', text(200)],
  ])(
    '%s, which may come after the effect: the call is sent once, and the next one on a new session',
    async (_, answer) => {
      const { server: starting, forget } = restarted('tools/call', answer)
      await using server = await starting
      await using registry = await createRegistry()
      await registered(registry, 'a', http(server))
      forget()
      expect((await registry.tools.run(call)).status).toBe('OUTCOME_UNKNOWN')
      expect(server.count('tools/call')).toBe(1)
      expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
      expect(server.count('initialize')).toBe(2)
    },
  )

  it('-32001 that is a time-out of its own: the call is sent once, and the next one on a new session', async () => {
    const answer = rpc(200, -32001, 'Request timed out', 'own')
    const { server: starting, forget } = restarted('tools/call', answer)
    await using server = await starting
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    forget()
    expect(await registry.tools.run(call)).toMatchObject({ status: 'FAILED', error: { jsonRpcCode: -32001 } })
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
    expect([server.count('tools/call'), server.count('initialize')]).toEqual([2, 2])
  })

  it.each([
    ['400 to the request itself', rpc(400, -32602, 'Unknown tool', 'own'), 'FAILED'],
    [
      'an error about a session of the tool',
      rpc(200, -32000, 'The session of the browser has expired', 'own'),
      'FAILED',
    ],
    ['429', text(429), 'FAILED'],
    ['503', text(503), 'FAILED'],
  ])('%s: the session stays', async (_, answer, status) => {
    const { server: starting, forget } = restarted('tools/call', answer)
    await using server = await starting
    await using registry = await createRegistry()
    await registered(registry, 'a', http(server))
    forget()
    expect((await registry.tools.run(call)).status).toBe(status)
    await registry.tools.run(call)
    expect([server.count('tools/call'), server.count('initialize')]).toEqual([2, 1])
  })

  it.each([400, 401, 404, 410, 422])(
    'HTTP %s to a POST over SSE: gets the call once more, on a new session',
    async (status) => {
      let first: string | undefined
      await using server = await startScriptedSse(({ method, request, response }) => {
        if (method !== 'tools/call') return false
        first ??= request.url
        if (request.url !== first) return false
        response.writeHead(status).end()
        return true
      })
      await using registry = await createRegistry()
      await registered(registry, 'a', sse(server))
      expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
      expect([server.count('tools/call'), server.sessions]).toEqual([2, 2])
    },
  )

  it('HTTP 500 to a POST over SSE: the call is sent once, and the next one on a new session', async () => {
    let first: string | undefined
    await using server = await startScriptedSse(({ method, request, response }) => {
      if (method !== 'tools/call') return false
      first ??= request.url
      if (request.url !== first) return false
      response.writeHead(500).end()
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', sse(server))
    expect((await registry.tools.run(call)).status).toBe('OUTCOME_UNKNOWN')
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
    expect([server.count('tools/call'), server.sessions]).toEqual([2, 2])
  })

  it('-32001 over stdio, as a bridge to a remote server does: gets the call once more, from a new process', async () => {
    const config = scriptedStdio(`
      on((message) => message.method === 'tools/call'
        ? send({ id: message.id, error: { code: -32001, message: 'Session not found' } }) : answer(message))`)
    await using registry = await createRegistry()
    await registered(registry, 'a', config)
    expect(await registry.tools.run(call)).toMatchObject({ status: 'FAILED', error: { jsonRpcCode: -32001 } })
    expect(registry.stats().sessionsOpened).toBe(2)
  })
})
