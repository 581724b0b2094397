import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { asked, call, connect, onCall, serve } from '../../../../../test/fixtures/mcp/modern-session.ts'
import { openEvents, type Script } from '../../../../../test/fixtures/mcp/scripted-http.ts'
import { discoverResult, refuse, regionTool } from '../../../../../test/fixtures/mcp/scripted-modern.ts'
import type { ToolProgress } from '../session.ts'

describe('a call', () => {
  const outcomes: [string, Script, object][] = [
    [
      'that gets an error is refused',
      (request) => refuse(request, 200, -32603, 'broken'),
      { kind: 'REFUSED', error: { details: { jsonRpcCode: -32603 } } },
    ],
    [
      'that gets an error with HTTP 500 is refused',
      (request) => refuse(request, 500, -32603, 'broken'),
      { kind: 'REFUSED' },
    ],
    [
      'that gets HTTP 500 alone may have taken effect',
      ({ response }) => !!response.writeHead(500).end(),
      { kind: 'LOST' },
    ],
    [
      'that gets HTTP 503 is refused',
      ({ response }) => !!response.writeHead(503).end(),
      { kind: 'REFUSED', error: { code: 'BUSY' } },
    ],
    [
      'that gets HTTP 401 is refused',
      ({ response }) => !!response.writeHead(401).end(),
      { kind: 'REFUSED', error: { code: 'AUTH_REQUIRED' } },
    ],
    ['whose connection breaks is lost', ({ response }) => !response.destroy().closed, { kind: 'LOST' }],
    [
      'whose stream ends without the answer is lost',
      (request) => {
        openEvents(request)
        request.response.end()
        return true
      },
      { kind: 'LOST', error: { code: 'CONNECT_FAILED' } },
    ],
    [
      'that gets HTML is lost',
      ({ response }) => !!response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      { kind: 'LOST', error: { code: 'PROTOCOL_ERROR' } },
    ],
  ]
  it.each(outcomes)('%s', async (_what, script, outcome) => {
    const session = connect(await serve(onCall(script)))
    expect(await call(session)).toMatchObject(outcome)
    expect(session.isOpen).toBe(true)
  })

  it.each<[string, Script]>([
    ['HTTP 404', ({ response }) => !!response.writeHead(404).end()],
    [
      'HTTP 400 without an id',
      ({ response }) => !!response.writeHead(400).end('{"error":{"code":-32000,"message":"No session"},"id":null}'),
    ],
    ['another version', (request) => refuse(request, 400, -32022, 'no', { supported: ['2025-11-25'] })],
  ])('that a server of another era refuses by %s was not sent, and ends the session', async (_what, script) => {
    const session = connect(await serve(onCall(script)))
    expect(await call(session)).toMatchObject({ kind: 'NOT_SENT' })
    expect(session.isOpen).toBe(false)
    expect(await call(session)).toMatchObject({ kind: 'NOT_SENT' })
  })

  it('that takes too long times out, and progress starts its time anew', async () => {
    const server = await serve(
      onCall(async (request) => {
        const send = openEvents(request)
        for (let progress = 1; progress < 4; progress += 1) {
          await delay(400)
          send({ method: 'notifications/progress', params: { progressToken: request.progressToken, progress } })
        }
        return true
      }),
    )
    const progress: ToolProgress[] = []
    const closed = server.next('tools/call').then(({ response }) => once(response, 'close'))
    expect(await call(connect(server), { requestMs: 1_000, progress })).toMatchObject({ kind: 'TIMED_OUT' })
    expect(progress).toHaveLength(3)
    await closed
  })

  it('that is cancelled closes its stream, and posts nothing', async () => {
    const cancels = 1_000
    const controllers = Array.from({ length: cancels }, () => new AbortController())
    let closed = 0
    const server = await serve(
      onCall((request) => {
        openEvents(request)
        request.response.once('close', () => {
          closed += 1
        })
        controllers[Number(request.args.n)]?.abort()
        return true
      }),
    )
    const session = connect(server, { ...discoverResult, capabilities: { tools: {} } })
    const outcomes = controllers.map(({ signal }, n) => call(session, { args: { n }, signal, requestMs: 60_000 }))
    const kinds = new Set((await Promise.all(outcomes)).map(({ kind }) => kind))
    expect(kinds).toEqual(new Set(['CANCELED']))
    await expect.poll(() => closed).toBe(cancels)
    expect(server.asked.filter(({ method }) => method === 'tools/call')).toHaveLength(cancels)
    expect(server.asked).toHaveLength(cancels)
  })

  it('whose headers do not match lists the tools again, and is made once more', async () => {
    const renamed = {
      ...regionTool,
      inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Area' } } },
    }
    const server = await serve((request) => {
      if (request.method === 'tools/list') {
        request.result({ tools: [renamed] })
        return true
      }
      return request.method === 'tools/call' && request.request.headers['mcp-param-area'] === undefined
        ? refuse(request, 400, -32020, 'Header mismatch')
        : false
    })
    const session = connect(server)
    let changes = 0
    session.onListChanged(() => {
      changes += 1
    })
    const given = { args: { region: 'eu' }, inputSchema: regionTool.inputSchema }
    expect(await call(session, given)).toMatchObject({ kind: 'ANSWERED' })
    expect([server.count('tools/call'), server.count('tools/list'), changes]).toEqual([2, 1, 1])
    expect(await call(session, { args: {}, inputSchema: regionTool.inputSchema })).toMatchObject({
      kind: 'REFUSED',
      error: { details: { jsonRpcCode: -32020 } },
    })
    expect(server.count('tools/call')).toBe(4)
  })
})

it('says which definitions cannot be called', async () => {
  const session = connect(await serve())
  const invalid = { name: 'a', inputSchema: { properties: { a: { type: 'number', 'x-mcp-header': 'A' } } } }
  expect(session.definitionFault(regionTool, JSON.stringify(regionTool))).toBeUndefined()
  expect(session.definitionFault(invalid, JSON.stringify(invalid))).toMatch(/x-mcp-header: expected the type string/)
})

it('asks for a sign of life by server/discover', async () => {
  const server = await serve()
  await connect(server).ping(asked)
  expect(server.count('server/discover')).toBe(1)
})
