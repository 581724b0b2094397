import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { createRegistry, type EndedJob, type McpOperation, type Registry, type RegistryOptions } from '@toolyard/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FixtureServer, fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { startTelemetry, type TestTelemetry } from '../fixtures/process/telemetry.ts'

let telemetry: TestTelemetry
let fixture: FixtureServer
let registry: Registry
beforeAll(() => {
  telemetry = startTelemetry()
})
afterAll(() => telemetry.close())
beforeEach(async () => {
  fixture = await startFixture()
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  await fixture.close()
  telemetry.reset()
})

const http = () => registered(registry, 'http', { transport: 'streamableHttp', serverUrl: fixture.url })

async function reopen(options: RegistryOptions): Promise<void> {
  await registry.close()
  registry = await createRegistry(options)
}

function named(name: string): ReadableSpan {
  const found = telemetry.spans().filter((span) => span.name === name)
  expect(found.map((span) => span.name)).toEqual([name])
  const [span] = found
  if (!span) throw new Error('unreachable')
  return span
}

const inTraceOf = (traceId: string) => telemetry.spans().filter((span) => span.spanContext().traceId === traceId)
const namesOf = (spans: readonly ReadableSpan[]) => spans.map(({ name }) => name)

describe('a run', () => {
  it('is part of its caller’s trace, from the dial to the call', async () => {
    await http()
    await reopen({})
    await registered(registry, 'cold', { transport: 'streamableHttp', serverUrl: fixture.url })
    await registry.servers.update((await registry.servers.getByName('cold'))?.id ?? '', {
      description: 'ends sessions',
    })
    telemetry.reset()
    const { traceId, spanId, value } = await telemetry.inTrace(() =>
      registry.tools.run({ server: 'cold', tool: 'echo' }, { message: 'hi' }),
    )
    expect(value).toMatchObject({ status: 'SUCCEEDED', traceId })
    expect(await registry.runs.get(value.id)).toMatchObject({ traceId })
    expect(namesOf(telemetry.spans())).toEqual(['server/discover', 'initialize', 'tools/call echo'])
    expect(inTraceOf(traceId)).toHaveLength(3)
    for (const name of ['server/discover', 'initialize', 'tools/call echo'])
      expect(named(name).parentSpanContext).toMatchObject({ spanId })
    expect(named('tools/call echo').attributes).toMatchObject({ 'toolyard.run.id': value.id })
  })

  it('has the attributes of the conventions, over Streamable HTTP', async () => {
    await http()
    const run = await registry.tools.run({ server: 'http', tool: 'echo' }, { message: 'hi' })
    const [session = ''] = fixture.sessions
    const { id } = await fixture.received('tools/call')
    const protocolVersion = (await registry.servers.getByName('http'))?.protocolVersion
    expect(protocolVersion).toBeTypeOf('string')
    const shared = {
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'server.address': '127.0.0.1',
      'server.port': fixture.port,
      'mcp.protocol.version': protocolVersion,
      'mcp.session.id': session,
      'toolyard.server.id': expect.stringMatching(/^mcps_/),
    }
    const call = named('tools/call echo')
    expect(call.kind).toBe(SpanKind.CLIENT)
    expect(call.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(call.attributes).toEqual({
      ...shared,
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'echo',
      'jsonrpc.request.id': String(id),
      'toolyard.run.id': run.id,
    })
    for (const method of ['initialize', 'tools/list']) {
      expect(named(method).attributes).toEqual({
        ...shared,
        'mcp.method.name': method,
        'jsonrpc.request.id': expect.stringMatching(/^\d+$/),
      })
    }
  })

  it('has those of a pipe, over stdio', async () => {
    await registered(registry, 'stdio', { transport: 'stdio', ...fixtureStdio() })
    await registry.tools.run({ server: 'stdio', tool: 'echo' }, { message: 'hi' })
    const { attributes } = named('tools/call echo')
    expect(attributes).toMatchObject({ 'network.transport': 'pipe', 'gen_ai.tool.name': 'echo' })
    for (const name of ['server.address', 'server.port', 'network.protocol.name', 'mcp.session.id']) {
      expect(attributes).not.toHaveProperty(name)
    }
  })

  it('carries its span to the server in the _meta of each request, over HTTP and over stdio', async () => {
    await http()
    await registered(registry, 'stdio', { transport: 'stdio', ...fixtureStdio() })
    await registry.tools.run({ server: 'http', tool: 'echo' }, { message: 'hi' })
    const run = await registry.tools.run({ server: 'stdio', tool: 'calls' })
    // What the fixture recorded of itself.
    const ofStdio = run.result?.funcReturn
    if (typeof ofStdio !== 'string' && !Array.isArray(ofStdio)) throw new TypeError('expected the calls of the fixture')
    const heard: readonly { readonly method: string; readonly params: { readonly _meta?: Record<string, unknown> } }[] =
      typeof ofStdio === 'string' ? JSON.parse(ofStdio) : ofStdio
    const traceparents = (calls: readonly { readonly method: string; readonly params: object }[], method: string) =>
      calls.filter((each) => each.method === method).map(({ params }) => Reflect.get(params, '_meta')?.traceparent)
    const traceparentOf = (span: ReadableSpan) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`
    expect(traceparents(fixture.calls, 'tools/call')).toEqual([traceparentOf(named('tools/call echo'))])
    expect(traceparents(heard, 'tools/call')).toEqual([traceparentOf(named('tools/call calls'))])
    for (const method of ['initialize', 'tools/list']) {
      const sent = [...traceparents(fixture.calls, method), ...traceparents(heard, method)]
      const made = telemetry.spans().filter(({ name }) => name === method)
      expect(new Set(sent)).toEqual(new Set(made.map(traceparentOf)))
      expect(made).toHaveLength(2)
    }
    // The token by which the server tells of progress is there beside it.
    expect((await fixture.received('tools/call')).params._meta).toHaveProperty('progressToken')
  })

  it('is its own trace if the caller does not trace, with one id throughout', async () => {
    await http()
    telemetry.reset()
    const run = await registry.tools.run({ server: 'http', tool: 'echo' }, { message: 'hi' })
    expect(run.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(namesOf(inTraceOf(run.traceId ?? ''))).toEqual(['tools/call echo', 'run echo'])
    const root = named('run echo')
    expect(root).toMatchObject({
      kind: SpanKind.INTERNAL,
      attributes: { 'toolyard.run.id': run.id, 'toolyard.server.name': 'http', 'toolyard.job.status': 'SUCCEEDED' },
    })
    expect(root.parentSpanContext).toBeUndefined()
    expect(named('tools/call echo').parentSpanContext?.spanId).toBe(root.spanContext().spanId)
  })

  it.each([
    ['fail', 'tool_error', {}],
    ['refuse', '-32000', { 'rpc.response.status_code': '-32000' }],
    ['crash', 'CONNECT_FAILED', {}],
  ])('that the tool %s ends badly says so: %s', async (tool, errorType, more) => {
    await http()
    const run = await registry.tools.run({ server: 'http', tool })
    expect(run.status).not.toBe('SUCCEEDED')
    const call = named(`tools/call ${tool}`)
    expect(call.attributes).toMatchObject({ 'error.type': errorType, ...more })
    // What a server says of an error may quote what it was given.
    expect(call.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(named(`run ${tool}`)).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': run.error?.code ?? 'tool_error', 'toolyard.job.status': run.status },
    })
  })

  it('that times out or is cancelled says so', async () => {
    await http()
    const late = await registry.tools.run({ server: 'http', tool: 'hang' }, {}, { timeouts: { requestMs: 20 } })
    expect(late.status).toBe('TIMED_OUT')
    expect(named('tools/call hang').attributes).toMatchObject({ 'error.type': 'TIMEOUT' })
    telemetry.reset()
    const job = await registry.tools.start({ server: 'http', tool: 'hang' })
    for await (const { type } of job.events()) if (type === 'ToolRunStarted') break
    await job.cancel('enough')
    expect(named('tools/call hang').attributes).toMatchObject({ 'error.type': 'CANCELED' })
    expect(named('run hang').attributes).toMatchObject({ 'error.type': 'CANCELED' })
  })

  it('that cannot dial has the failed dial', async () => {
    const server = await registry.servers.create({
      name: 'gone',
      refresh: false,
      config: { transport: 'stdio', command: '/nowhere/to/be/found' },
    })
    const refresh = registry.servers.refresh(server.id).then((job) => job.result())
    await expect(refresh).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    expect(namesOf(telemetry.spans())).toEqual(['server/discover', 'refresh'])
    for (const name of ['server/discover', 'refresh']) {
      expect(named(name).attributes).toMatchObject({ 'error.type': 'CONNECT_FAILED' })
    }
  })

  it('joined by its idempotency key keeps the trace of the first', async () => {
    await http()
    const options = { idempotencyKey: 'a key' }
    const run = () => registry.tools.run({ server: 'http', tool: 'echo' }, { message: 'hi' }, options)
    const first = await telemetry.inTrace(run)
    const second = await telemetry.inTrace(run)
    expect(second.value).toMatchObject({ id: first.value.id, traceId: first.traceId })
    expect(inTraceOf(second.traceId)).toEqual([])
  })
})

describe('what is shared', () => {
  it('the dial belongs to who dials, and each call to its own caller', async () => {
    await http()
    await registry.servers.update((await registry.servers.getByName('http'))?.id ?? '', {
      description: 'ends sessions',
    })
    telemetry.reset()
    const run = (message: string) =>
      telemetry.inTrace(() => registry.tools.run({ server: 'http', tool: 'echo' }, { message }))
    const [first, ...others] = await Promise.all(['a', 'b', 'c'].map(run))
    expect(namesOf(inTraceOf(first?.traceId ?? ''))).toEqual(['server/discover', 'initialize', 'tools/call echo'])
    for (const { traceId, value } of others) {
      expect(value.traceId).toBe(traceId)
      expect(namesOf(inTraceOf(traceId))).toEqual(['tools/call echo'])
    }
  })

  it('calls and refreshes that wait for their turn stay with their callers', async () => {
    await reopen({ budgets: { refreshes: 1, requestsPerServer: 1 } })
    const servers = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        registry.servers.create({
          name,
          refresh: false,
          config: { transport: 'streamableHttp', serverUrl: fixture.url },
        }),
      ),
    )
    const refreshes = await Promise.all(
      servers.map(({ id }) => telemetry.inTrace(async () => (await registry.servers.refresh(id)).result())),
    )
    for (const { traceId } of refreshes) {
      expect(namesOf(inTraceOf(traceId))).toEqual(['server/discover', 'initialize', 'tools/list', 'refresh'])
    }
    telemetry.reset()
    const runs = await Promise.all(
      ['1', '2', '3'].map((message) =>
        telemetry.inTrace(() => registry.tools.run({ server: 'a', tool: 'echo' }, { message })),
      ),
    )
    for (const { traceId } of runs) expect(namesOf(inTraceOf(traceId))).toEqual(['tools/call echo'])
  })

  it('a refresh that a server asks for is its own trace, whichever caller opened the session', async () => {
    const { traceId } = await telemetry.inTrace(() =>
      registered(
        registry,
        'http',
        { transport: 'streamableHttp', serverUrl: fixture.url },
        { refreshIntervalMs: 5_000 },
      ),
    )
    const own = inTraceOf(traceId).length
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const server = await registry.servers.getByName('http')
      await telemetry.inTrace(() => registry.servers.update(server?.id ?? '', { refreshIntervalMs: 6_000 }))
      telemetry.reset()
      vi.advanceTimersByTime(6_000)
    } finally {
      vi.useRealTimers()
    }
    await vi.waitFor(() => expect(namesOf(telemetry.spans())).toContain('refresh'), { timeout: 30_000 })
    expect(own).toBe(4)
    expect(named('refresh').parentSpanContext).toBeUndefined()
    expect(inTraceOf(traceId)).toEqual([])
  })
})

it('a health check is a trace of its own, in whatever trace the registry was opened', async () => {
  const { traceId } = await telemetry.inTrace(() => reopen({ sessions: { healthCheckMs: 1_000 } }))
  await http()
  await vi.waitFor(() => expect(namesOf(telemetry.spans())).toContain('ping'), { timeout: 30_000 })
  const [ping] = telemetry.spans().filter(({ name }) => name === 'ping')
  expect(ping?.parentSpanContext).toBeUndefined()
  expect(inTraceOf(traceId)).toEqual([])
})

describe('content', () => {
  const secret = 'a-token-that-must-not-be-told'
  const args = { message: `keep it quiet ${secret}` }
  const config = () => ({ transport: 'streamableHttp', serverUrl: fixture.url, auth: { token: secret } }) as const
  const everything = () =>
    JSON.stringify(telemetry.spans().map(({ name, attributes, status }) => ({ name, attributes, status })))

  it('is in no span unless it is asked for', async () => {
    await registered(registry, 'http', config())
    await registry.tools.run({ server: 'http', tool: 'echo' }, args)
    expect(everything()).not.toContain('keep it quiet')
  })

  it('is there where it is asked for, without the secrets of the server', async () => {
    await reopen({ telemetry: { captureContent: true } })
    await registered(registry, 'http', config())
    await registry.tools.run({ server: 'http', tool: 'echo' }, args)
    const call = named('tools/call echo')
    expect(call.attributes['gen_ai.tool.call.arguments']).toBe('{"message":"keep it quiet [sealed]"}')
    expect(call.attributes['gen_ai.tool.call.result']).toContain('keep it quiet [sealed]')
    expect(everything()).not.toContain(secret)
    await registry.tools.run({ server: 'http', tool: 'refuse' })
    expect(named('tools/call refuse').status.message).toContain('The server refused on purpose')
  })

  it('is cut where it is long', async () => {
    await reopen({ telemetry: { captureContent: true } })
    await registered(registry, 'http', config())
    await registry.tools.run({ server: 'http', tool: 'big' }, { chars: 100_000 })
    expect(String(named('tools/call big').attributes['gen_ai.tool.call.result']).length).toBe(32_768)
  })

  it('is not there of a tool whose args or results are not kept', async () => {
    await reopen({ telemetry: { captureContent: true }, history: { args: 'REDACT' } })
    await registered(registry, 'http', config())
    const tool = await registry.tools.get({ server: 'http', tool: 'echo' })
    await registry.tools.set(tool?.id ?? '', { recordResults: 'DROP' })
    await registry.tools.run({ server: 'http', tool: 'echo' }, args)
    expect(everything()).not.toContain('keep it quiet')
  })

  it('refuses to guess whether it is asked for', async () => {
    // @ts-expect-error: as JavaScript could.
    await expect(createRegistry({ telemetry: { captureContent: 'no' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: ['telemetry', 'captureContent'],
    })
  })
})

describe('metrics', () => {
  const boundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]

  it('have how long requests and sessions took, by the attributes of the conventions', async () => {
    await http()
    await registry.tools.run({ server: 'http', tool: 'echo' }, { message: 'hi' })
    await registry.tools.run({ server: 'http', tool: 'refuse' })
    const protocolVersion = (await registry.servers.getByName('http'))?.protocolVersion
    await registry.close()
    const ofServer = {
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'server.address': '127.0.0.1',
      'server.port': fixture.port,
      'mcp.protocol.version': protocolVersion,
    }
    const all = await telemetry.measured()
    const ours = all.filter(({ attributes }) => attributes['server.port'] === fixture.port)
    const of = (metric: string) =>
      ours.filter((each) => each.metric === metric).map(({ attributes, count }) => ({ attributes, count }))
    const tool = (name: string) => ({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name })
    expect(of('mcp.client.operation.duration')).toEqual(
      expect.arrayContaining([
        { count: 1, attributes: { ...ofServer, 'mcp.method.name': 'initialize' } },
        { count: 1, attributes: { ...ofServer, 'mcp.method.name': 'tools/list' } },
        { count: 1, attributes: { ...ofServer, 'mcp.method.name': 'tools/call', ...tool('echo') } },
        {
          count: 1,
          attributes: {
            ...ofServer,
            'mcp.method.name': 'tools/call',
            ...tool('refuse'),
            'error.type': '-32000',
            'rpc.response.status_code': '-32000',
          },
        },
      ]),
    )
    expect(of('mcp.client.session.duration')).toEqual([{ count: 1, attributes: ofServer }])
    expect(new Set(ours.map((each) => JSON.stringify(each.boundaries)))).toEqual(new Set([JSON.stringify(boundaries)]))
  })
})

describe('telemetry that is switched off', () => {
  it('leaves no span and no id of a trace, and no traceparent', async () => {
    await reopen({ telemetry: { enabled: false } })
    await http()
    const { value } = await telemetry.inTrace(() =>
      registry.tools.run({ server: 'http', tool: 'echo' }, { message: 'hi' }),
    )
    expect(value.traceId).toBeNull()
    expect(telemetry.spans()).toEqual([])
    for (const { params } of fixture.calls) expect(JSON.stringify(params)).not.toContain('traceparent')
  })
})

describe('an observer', () => {
  it('hears of each request and job, with what is known of them, and of events that were read', async () => {
    const operations: McpOperation[] = []
    const jobs: EndedJob[] = []
    const lags: number[] = []
    await reopen({
      observer: {
        onOperation: (operation) => operations.push(operation),
        onJobEnded: (job) => jobs.push(job),
        onEventsRead: (lagMs) => lags.push(lagMs),
      },
    })
    const { id: serverId } = await http()
    const job = await registry.tools.start({ server: 'http', tool: 'slow' }, { ms: 20 })
    for await (const _ of job.events());
    const run = await job.result()
    await registry.tools.run({ server: 'http', tool: 'refuse' })
    const shared = { transport: 'streamableHttp', tenantId: 'default', serverId, durationMs: expect.any(Number) }
    expect(operations).toEqual([
      { ...shared, method: 'server/discover', toolName: null, errorType: null },
      { ...shared, method: 'initialize', toolName: null, errorType: null },
      { ...shared, method: 'tools/list', toolName: null, errorType: null },
      { ...shared, method: 'tools/call', toolName: 'slow', errorType: null },
      { ...shared, method: 'tools/call', toolName: 'refuse', errorType: '-32000' },
    ])
    const ofJob = { tenantId: 'default', serverId, serverName: 'http', durationMs: expect.any(Number) }
    const traceId = expect.stringMatching(/^[0-9a-f]{32}$/)
    const ofRun = { ...ofJob, kind: 'RUN', traceId }
    expect(jobs).toEqual([
      {
        ...ofJob,
        kind: 'REFRESH',
        id: expect.stringMatching(/^refr_/),
        toolName: null,
        status: 'SUCCEEDED',
        errorCode: null,
        traceId,
      },
      { ...ofRun, id: run.id, toolName: 'slow', status: 'SUCCEEDED', errorCode: null, traceId: run.traceId },
      {
        ...ofRun,
        id: expect.stringMatching(/^run_/),
        toolName: 'refuse',
        status: 'FAILED',
        errorCode: 'PROTOCOL_ERROR',
      },
    ])
    expect(lags.length).toBeGreaterThan(0)
    for (const lag of lags) expect(lag).toBeGreaterThanOrEqual(0)
  })

  it('that throws fails nothing, and is told of', async () => {
    const seen: unknown[] = []
    const fail = () => {
      throw new Error('an observer')
    }
    await reopen({
      observer: { onOperation: fail, onJobEnded: fail, onEventsRead: fail },
      onError: (error) => seen.push(error),
    })
    await http()
    const job = await registry.tools.start({ server: 'http', tool: 'slow' }, { ms: 20 })
    for await (const _ of job.events());
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(seen.length).toBeGreaterThan(3)
    for (const error of seen) expect(error).toEqual(new Error('an observer'))
  })
})

it('the stats count idle sessions, and waiting requests', async () => {
  await reopen({ budgets: { requestsPerServer: 1 } })
  await http()
  expect(registry.stats()).toMatchObject({ sessions: 1, idleSessions: 1, waitingRequests: 0 })
  const jobs = [await registry.tools.start({ server: 'http', tool: 'hang' })]
  await fixture.received('tools/call')
  jobs.push(await registry.tools.start({ server: 'http', tool: 'hang' }))
  await vi.waitFor(() => expect(registry.stats()).toMatchObject({ idleSessions: 0, waitingRequests: 1 }))
  await Promise.all(jobs.map((job) => job.cancel()))
})
