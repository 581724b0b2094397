import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { asked, call, connect, onCall, serve } from '../../../../../test/fixtures/mcp/modern-session.ts'
import {
  openEvents,
  type Script,
  type ScriptedServer,
  textResult,
} from '../../../../../test/fixtures/mcp/scripted-http.ts'
import { acknowledge, discoverResult, refuse, regionTool } from '../../../../../test/fixtures/mcp/scripted-modern.ts'
import type { SessionOutput, ToolProgress } from '../session.ts'

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
      'that asks for what was not declared cannot be answered',
      { resultType: 'input_required', inputRequests: { a: { method: 'elicitation/create', params: {} } } },
      { kind: 'UNANSWERABLE', error: { code: 'PROTOCOL_ERROR', message: expect.stringContaining('was not told') } },
    ],
    [
      'that asks for nothing cannot be answered',
      { resultType: 'input_required', inputRequests: {} },
      { kind: 'UNANSWERABLE', error: { code: 'PROTOCOL_ERROR', message: expect.stringContaining('got neither') } },
    ],
    [
      'that only wants to be asked again says so',
      { resultType: 'input_required', requestState: 'x' },
      { kind: 'INPUT_REQUIRED', asked: { requests: [], requestState: 'x', resume: 'RETRY' } },
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

describe('a read', () => {
  const readable = { ...discoverResult, capabilities: { resources: {}, prompts: {}, completions: {} } }

  it('names what it asks for in its headers, and says how long the answer stays as it is', async () => {
    const server = await serve((request) => {
      if (!/^(?:resources|prompts|completion)\//.test(request.method)) return false
      request.result({ [request.method]: request.params, ttlMs: 5_000 })
      return true
    })
    const session = connect(server, readable)
    expect(session.facts.capabilities).toEqual({
      tools: false,
      resources: true,
      resourceUpdates: false,
      prompts: true,
      completions: true,
    })
    const uri = 'x:ä\n'
    const read = await session.readResource(uri, asked)
    expect(read).toMatchObject({ result: { 'resources/read': { uri } }, ttlMs: 5_000 })
    await session.getPrompt('greet', { who: 'you' }, asked)
    await session.complete(
      { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: 'y' }, context: { at: 'noon' } },
      asked,
    )
    expect(server.asked.map(({ request, params }) => [request.headers['mcp-name'], { ...params, _meta: 0 }])).toEqual([
      ['=?base64?eDrDpAo=?=', { uri, _meta: 0 }],
      ['greet', { name: 'greet', arguments: { who: 'you' }, _meta: 0 }],
      [
        undefined,
        {
          ref: { type: 'ref/prompt', name: 'greet' },
          argument: { name: 'who', value: 'y' },
          context: { arguments: { at: 'noon' } },
          _meta: 0,
        },
      ],
    ])
  })

  it.each([-32_002, -32_602])('of a resource that the server refuses with %i finds nothing', async (code) => {
    const server = await serve((request) => request.method === 'resources/read' && refuse(request, 400, code, 'nope'))
    const session = connect(server, readable)
    await expect(session.readResource('x:a', asked)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      path: ['uri'],
      message: expect.stringContaining('nope'),
    })
    expect(session.isOpen).toBe(true)
  })

  it('of a prompt with arguments that the server refuses is bad input, and so is a URI that no header carries', async () => {
    const server = await serve((request) => request.method === 'prompts/get' && refuse(request, 400, -32_602, 'nope'))
    const session = connect(server, readable)
    await expect(session.getPrompt('greet', {}, asked)).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['args'] })
    await expect(session.readResource('x:\ud800', asked)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: ['uri'],
    })
    const long = 'x:'.padEnd(65_536, 'y')
    await expect(session.readResource(long, asked)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', path: ['uri'] })
  })

  it('of a list takes its entries as they came, and nothing but a list', async () => {
    const server = await serve((request) => {
      if (!request.method.endsWith('/list')) return false
      const answers = { 'resources/list': { resources: [1, null], nextCursor: 'n' }, 'prompts/list': { prompts: {} } }
      request.result(Reflect.get(answers, request.method) ?? { resourceTemplates: [] })
      return true
    })
    const session = connect(server, readable)
    const list = (kind: 'RESOURCE' | 'RESOURCE_TEMPLATE' | 'PROMPT') => session.listFeatures(kind, undefined, asked)
    expect(await list('RESOURCE')).toMatchObject({ entries: [1, null], nextCursor: 'n' })
    expect(await list('RESOURCE_TEMPLATE')).toMatchObject({ entries: [], nextCursor: undefined })
    await expect(list('PROMPT')).rejects.toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('/prompts: expected a list'),
    })
  })
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
    session.onListChanged(() => {
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
