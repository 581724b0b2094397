import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import {
  openEvents,
  type Script,
  type ScriptedServer,
  textResult,
} from '../../../../../test/fixtures/mcp/scripted-http.ts'
import {
  acknowledge,
  discoverResult,
  refuse,
  regionTool,
  startScriptedModern,
} from '../../../../../test/fixtures/mcp/scripted-modern.ts'
import { createId, defaultTenant } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { createBudgetMeter } from '../../budgets/budget-meter.ts'
import { resolveBudgets } from '../../budgets/resolve-budgets.ts'
import { scrubNothing } from '../../secrets/scrub.ts'
import { createAllowance, createRate } from '../incoming/rate.ts'
import type { CallOutcome, McpSession, SessionOutput, ToolProgress } from '../session.ts'
import { readDiscoverResult } from './discover-result.ts'
import { HttpChannel } from './http-channel.ts'
import { createModernSession } from './modern-session.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function serve(script: Script = () => false): Promise<ScriptedServer> {
  const server = await startScriptedModern(script)
  open.push(server)
  return server
}

const unobserved = (method: 'initialize' | 'server/discover' | 'ping' | 'tools/list' | 'tools/call') => ({
  method,
  within: <T>(send: () => T) => send(),
  carrier: undefined,
  sentAs: () => undefined,
  end: () => undefined,
})

function connect({ url }: ScriptedServer, discovered: JsonObject = discoverResult) {
  const meter = createBudgetMeter(resolveBudgets({}))
  const dispatcher = new Agent({ connections: 64 })
  const config = { transport: 'streamableHttp' as const, serverUrl: url, headers: [] }
  const rate = createRate(createAllowance(1_000))
  const limits = { meter, bodyIdleMs: 60_000, readingSteps: [], tenantId: defaultTenant, rate }
  const channel = new HttpChannel(config, dispatcher, limits)
  const outputs = new Set<(output: SessionOutput) => void>()
  const read = readDiscoverResult(discovered)
  if (!read) throw new TypeError('The test discovers nothing')
  const session = createModernSession(
    {
      config: { ...config, auth: null, headers: [] },
      channel,
      observe: unobserved,
      outputs,
      stderrTail: [],
      scrub: scrubNothing,
      readsSecrets: false,
      textBytes: meter.budgets.textBytes,
      clientInfo: { name: 'toolyard', version: '1' },
      retry: { firstMs: 10, maxMs: 40 },
      async end() {
        channel.close()
        await dispatcher.destroy()
      },
    },
    read,
  )
  open.push({ [Symbol.asyncDispose]: () => session.close() })
  return session
}

interface Call {
  readonly name?: string
  readonly args?: JsonObject
  readonly inputSchema?: JsonObject
  readonly requestMs?: number
  readonly signal?: AbortSignal
  readonly progress?: ToolProgress[]
}

function call(session: McpSession, given: Call = {}): Promise<CallOutcome> {
  const { name = 'region', args = {}, requestMs = 10_000, signal = new AbortController().signal, progress = [] } = given
  return session.callTool(name, args, {
    requestMs,
    signal,
    observed: { runId: createId('run'), args: false, result: false },
    inputSchema: given.inputSchema,
    onProgress: (each) => progress.push(each),
  })
}

const asked = { requestMs: 10_000, signal: new AbortController().signal }
const onCall =
  (script: Script): Script =>
  (request) =>
    request.method === 'tools/call' && script(request)

describe('a request', () => {
  it('is one POST, whole in itself', async () => {
    const server = await serve()
    const session = connect(server, { ...discoverResult, capabilities: { tools: {} } })
    await session.listTools(undefined, asked)
    const outcome = await call(session, {
      args: { region: 'eu\r\nX-Injected: 1' },
      inputSchema: regionTool.inputSchema,
    })
    expect(outcome).toMatchObject({ kind: 'ANSWERED', result: textResult('{"region":"eu\\r\\nX-Injected: 1"}') })
    expect(server.asked.map(({ request, method }) => `${request.method} ${method}`)).toEqual([
      'POST tools/list',
      'POST tools/call',
    ])
    const [, { request, params }] = server.asked as [unknown, ScriptedServer['asked'][number]]
    expect(request.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'region',
      'mcp-param-region': '=?base64?ZXUNClgtSW5qZWN0ZWQ6IDE=?=',
    })
    expect(request.headers).not.toHaveProperty('x-injected')
    expect(request.headers).not.toHaveProperty('mcp-session-id')
    expect(params._meta).toMatchObject({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'toolyard', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/logLevel': 'info',
    })
  })

  it('is refused before it is sent where a header cannot carry an arg', async () => {
    const server = await serve()
    const session = connect(server, { ...discoverResult, capabilities: { tools: {} } })
    const { inputSchema } = regionTool
    for (const region of ['x'.repeat(65_536), '\ud800']) {
      expect(await call(session, { args: { region }, inputSchema })).toMatchObject({ kind: 'UNSENDABLE' })
    }
    expect(await call(session, { name: 'n'.repeat(65_536) })).toMatchObject({ kind: 'UNSENDABLE' })
    expect(server.asked).toEqual([])
    expect(session.isOpen).toBe(true)
  })

  it('has its progress and log messages on its own stream', async () => {
    const server = await serve(
      onCall((request) => {
        const send = openEvents(request)
        send({ method: 'notifications/message', params: { level: 'info', logger: 'db', data: { rows: 1 } } })
        send({
          method: 'notifications/progress',
          params: { progressToken: request.progressToken, progress: 1, total: 2 },
        })
        send({ id: request.id, result: textResult('done') })
        return true
      }),
    )
    const session = connect(server)
    const outputs: SessionOutput[] = []
    session.onOutput((output) => outputs.push(output))
    const progress: ToolProgress[] = []
    expect(await call(session, { progress })).toMatchObject({ kind: 'ANSWERED' })
    expect(progress).toEqual([{ progress: 1, total: 2 }])
    expect(outputs).toEqual([{ stream: 'LOG', text: 'info: db: {"rows":1}' }])
  })
})

describe('a result', () => {
  it.each<[string, object, object]>([
    ['without a type is complete', { content: [] }, { kind: 'ANSWERED' }],
    [
      'is taken as it came',
      { odd: [null], content: [{ type: 'hologram' }] },
      { kind: 'ANSWERED', result: { odd: [null] } },
    ],
    [
      'of an unknown type breaks the protocol',
      { resultType: 'task', task: {} },
      { kind: 'LOST', error: { code: 'PROTOCOL_ERROR', message: expect.stringContaining('got "task"') } },
    ],
    [
      'that asks for input says that runs cannot pause',
      { resultType: 'input_required', inputRequests: {} },
      { kind: 'INPUT_REQUIRED', error: { code: 'PROTOCOL_ERROR', message: expect.stringContaining('cannot pause') } },
    ],
  ])('%s', async (_what, result, outcome) => {
    const server = await serve(
      onCall((request) => {
        request.result(result)
        return true
      }),
    )
    expect(await call(connect(server))).toMatchObject(outcome)
  })

  it('of a list says how long it stays as it is', async () => {
    const ttls = [60_000, -1, 'soon', undefined]
    const server = await serve((request) => {
      if (request.method !== 'tools/list') return false
      request.result({ tools: [], ttlMs: ttls[server.count('tools/list') - 1] })
      return true
    })
    const session = connect(server)
    const pages = []
    for (const _ of ttls) pages.push(await session.listTools(undefined, asked))
    expect(pages.map(({ ttlMs }) => ttlMs)).toEqual([60_000, undefined, undefined, undefined])
  })
})

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
          await delay(60)
          send({ method: 'notifications/progress', params: { progressToken: request.progressToken, progress } })
        }
        return true
      }),
    )
    const progress: ToolProgress[] = []
    const closed = server.next('tools/call').then(({ response }) => once(response, 'close'))
    expect(await call(connect(server), { requestMs: 150, progress })).toMatchObject({ kind: 'TIMED_OUT' })
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
    session.onToolsChanged(() => {
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

describe('the subscription', () => {
  it('receives changes, and has the list read again after each cut', async () => {
    const streams: ReturnType<typeof acknowledge>[] = []
    const server = await serve((request) => {
      if (request.method !== 'subscriptions/listen') return false
      streams.push(acknowledge(request))
      return true
    })
    const session = connect(server)
    let changes = 0
    session.onToolsChanged(() => {
      changes += 1
    })
    await expect.poll(() => streams.length).toBe(1)
    expect(changes).toBe(0)
    streams[0]?.({ method: 'notifications/tools/list_changed' })
    await expect.poll(() => changes).toBe(1)
    for (let cut = 1; cut <= 3; cut += 1) {
      server.asked.findLast(({ method }) => method === 'subscriptions/listen')?.response.destroy()
      await expect.poll(() => changes).toBe(1 + cut)
    }
    await session.close()
    const { length } = server.asked
    await delay(100)
    expect(server.asked).toHaveLength(length)
  })

  it.each<[string, Script]>([
    ['does not know it', (request) => refuse(request, 404, -32601)],
    [
      'does not honour it',
      (request) =>
        openEvents(request)({ method: 'notifications/subscriptions/acknowledged', params: { notifications: {} } }) ===
        undefined,
    ],
    ['has no such page', ({ response }) => !!response.writeHead(404).end()],
  ])('is not asked for again where the server %s', async (_what, script) => {
    const server = await serve((request) => request.method === 'subscriptions/listen' && script(request))
    const session = connect(server)
    await server.next('subscriptions/listen')
    await delay(100)
    expect(server.count('subscriptions/listen')).toBe(1)
    expect(session.isOpen).toBe(true)
  })
})
