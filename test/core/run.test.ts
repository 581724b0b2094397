import { createRegistry, type Registry, type RunJobEvent } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FixtureServer, fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'

let registry: Registry
let fixture: FixtureServer
beforeEach(async () => {
  registry = await createRegistry()
  fixture = await startFixture()
  await add('http', { transport: 'streamableHttp', serverUrl: fixture.url })
})
afterEach(async () => {
  await registry.close()
  await fixture.close()
})

async function add(name: string, config: Parameters<Registry['servers']['create']>[0]['config']) {
  const server = await registry.servers.create({ name, config, refresh: false })
  await (await registry.servers.refresh(server.id)).result()
  return server
}

const addStdio = () => add('stdio', { transport: 'stdio', ...fixtureStdio() })

async function eventsOf(job: { events(): AsyncIterable<RunJobEvent> }): Promise<RunJobEvent[]> {
  const events: RunJobEvent[] = []
  for await (const event of job.events()) events.push(event)
  return events
}

describe('a run', () => {
  it('answers text as funcReturn, structured content before text, JSON text parsed', async () => {
    const echo = await registry.tools.run({ server: 'http', tool: 'echo' }, { message: 'hi' })
    expect(echo).toMatchObject({ status: 'SUCCEEDED', error: null, result: { status: 'SUCCESS', funcReturn: 'hi' } })
    const add = await registry.tools.run({ server: 'http', tool: 'add' }, { a: 1, b: 2 })
    expect(add.result).toMatchObject({ funcReturn: { sum: 3 }, structuredContent: { sum: 3 } })
    const json = await registry.tools.run({ server: 'http', tool: 'json_text' })
    expect(json.result?.structuredContent).toBeNull()
    expect(json.result?.funcReturn).toBeTypeOf('object')
  })

  it('keeps every kind of content, the unknown one as it came', async () => {
    const { result } = await registry.tools.run({ server: 'http', tool: 'every_content' })
    const data = expect.any(String)
    expect(result?.content).toEqual([
      { type: 'text', text: 'A text', annotations: { audience: ['user'], priority: 0.5 } },
      { type: 'image', mimeType: 'image/png', data, meta: { 'fixture/image': [1] } },
      { type: 'audio', mimeType: 'audio/wav', data, annotations: { lastModified: '2026-01-01T00:00:00Z' } },
      {
        type: 'resource_link',
        uri: 'fixture://linked',
        name: 'linked',
        title: 'A linked resource',
        description: 'Not read yet',
        mimeType: 'text/plain',
        size: 7,
        icons: [{ src: 'https://icons.example/a.png', mimeType: 'image/png', sizes: ['48x48'] }],
        annotations: { audience: ['assistant'] },
        meta: { 'fixture/link': true },
      },
      {
        type: 'resource',
        uri: 'fixture://text',
        mimeType: 'text/plain',
        text: 'An embedded text',
        annotations: { priority: 1 },
        meta: { inner: 1, both: 2 },
      },
      { type: 'resource', uri: 'fixture://blob', mimeType: 'application/octet-stream', blob: 'AAEC' },
      { type: 'unknown', raw: { type: 'hologram', beams: [1, 2, 3], _meta: { 'fixture/unknown': true } } },
    ])
    expect(result?.meta).not.toBeNull()
  })

  it('is FAILED with a result where the tool says isError, and with an error where the server refuses', async () => {
    const failed = await registry.tools.run({ server: 'http', tool: 'fail' })
    expect(failed).toMatchObject({ status: 'FAILED', error: null, result: { status: 'ERROR' } })
    const refused = await registry.tools.run({ server: 'http', tool: 'refuse' })
    expect(refused).toMatchObject({
      status: 'FAILED',
      result: null,
      error: { code: 'PROTOCOL_ERROR', jsonRpcCode: -32000 },
    })
  })

  it('refuses args that do not fit, each fault with its pointer, and sends nothing', async () => {
    await expect(registry.tools.run({ server: 'http', tool: 'add' }, { a: 'x' })).rejects.toMatchObject({
      code: 'TOOL_ARGS_INVALID',
      path: ['args'],
      details: {
        issues: [
          { pointer: '/b', keyword: 'required' },
          { pointer: '/a', keyword: 'type' },
        ],
      },
    })
    expect(fixture.calls.some(({ method }) => method === 'tools/call')).toBe(false)
    expect((await registry.runs.list()).edges).toEqual([])
  })

  it('refuses args nested 10,000 deep', async () => {
    const deep = JSON.parse(`{"message":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)
    await expect(registry.tools.run({ server: 'http', tool: 'echo' }, deep)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: ['args'],
    })
  })

  it('checks args by the dialect that the schema names', async () => {
    await using odd = await startFixture({ tools: 'odd' })
    await add('odd', { transport: 'streamableHttp', serverUrl: odd.url })
    for (const tool of ['draft_07', 'draft_2020_12']) {
      await expect(registry.tools.run({ server: 'odd', tool }, { pair: [1, 1] })).rejects.toMatchObject({
        details: { issues: [{ pointer: '/pair/0', keyword: 'type' }] },
      })
    }
    await expect(registry.tools.run({ server: 'odd', tool: 'prototype_properties' }, {})).rejects.toMatchObject({
      details: { issues: [{ pointer: '/__proto__' }, { pointer: '/constructor' }] },
    })
    await expect(registry.tools.run({ server: 'odd', tool: 'local_ref' }, { a: 1 })).rejects.toMatchObject({
      details: { issues: [{ pointer: '/a' }] },
    })
  })

  it('tells where a schema does not compile, and lets the server judge', async () => {
    await using odd = await startFixture({ tools: 'odd' })
    await add('odd', { transport: 'streamableHttp', serverUrl: odd.url })
    const job = await registry.tools.start({ server: 'odd', tool: 'dangling_ref' }, { a: 1 })
    const output = (await eventsOf(job)).find(({ type }) => type === 'ToolRunOutput')
    expect(output).toMatchObject({ stream: 'LOG', text: expect.stringContaining('not checked') })
  })

  it('passes progress and log messages on, between its start and its end', async () => {
    const job = await registry.tools.start({ server: 'http', tool: 'progress' }, { steps: 3 })
    const events = await eventsOf(job)
    expect(events.map(({ type }) => type)).toEqual([
      'ToolRunStarted',
      'ToolRunProgress',
      'ToolRunProgress',
      'ToolRunProgress',
      'ToolRunFinished',
    ])
    const logged = await eventsOf(
      await registry.tools.start({ server: 'http', tool: 'log' }, { lines: ['one', 'two'] }),
    )
    expect(logged.flatMap((event) => (event.type === 'ToolRunOutput' ? [event.text] : []))).toEqual([
      expect.stringContaining('one'),
      expect.stringContaining('two'),
    ])
  })

  it('has the lines that a stdio server wrote to stderr meanwhile', async () => {
    await addStdio()
    const { result } = await registry.tools.run({ server: 'stdio', tool: 'stderr' }, { lines: ['a', 'b'] })
    expect(result?.stderr).toEqual(['a', 'b'])
  })

  it('is cancelled by its handle, and the server is told', async () => {
    const job = await registry.tools.start({ server: 'http', tool: 'slow' }, { ms: 60_000 })
    await fixture.received('tools/call')
    await job.cancel('changed my mind')
    expect(await job.result()).toMatchObject({
      status: 'CANCELED',
      error: { code: 'CANCELED', message: 'Canceled by the caller: changed my mind', canceledBy: 'CALLER' },
    })
    await fixture.received('notifications/cancelled')
  })

  it('is cancelled by an aborted signal', async () => {
    const controller = new AbortController()
    const run = registry.tools.run({ server: 'http', tool: 'slow' }, { ms: 60_000 }, { signal: controller.signal })
    await fixture.received('tools/call')
    controller.abort()
    expect((await run).status).toBe('CANCELED')
    await fixture.received('notifications/cancelled')
  })

  it('times out by timeoutMs and by the timeouts of the server, and says which', async () => {
    const byCall = await registry.tools.run({ server: 'http', tool: 'hang' }, {}, { timeoutMs: 50 })
    expect(byCall).toMatchObject({
      status: 'TIMED_OUT',
      error: { code: 'TIMEOUT', message: expect.stringContaining('timeoutMs (50 ms)') },
    })
    const server = await registry.servers.getByName('http')
    await registry.servers.update(server?.id ?? '', { timeouts: { requestMs: 40 } })
    const byServer = await registry.tools.run({ server: 'http', tool: 'hang' })
    expect(byServer.error?.message).toContain('requestMs (40 ms)')
  })

  it('is kept alive by progress, up to maxTotalMs', async () => {
    const server = await registry.servers.getByName('http')
    await registry.servers.update(server?.id ?? '', { timeouts: { requestMs: 300, maxTotalMs: 60_000 } })
    const kept = await registry.tools.run({ server: 'http', tool: 'progress' }, { steps: 10, delayMs: 60 })
    expect(kept.status).toBe('SUCCEEDED')
    await registry.servers.update(server?.id ?? '', { timeouts: { requestMs: 300, maxTotalMs: 400 } })
    const ended = await registry.tools.run({ server: 'http', tool: 'progress' }, { steps: 1_000, delayMs: 20 })
    expect(ended).toMatchObject({ status: 'TIMED_OUT', error: { message: expect.stringContaining('maxTotalMs') } })
  })

  it.each(['http', 'stdio'])('is OUTCOME_UNKNOWN where the connection is lost after sending, over %s', async (name) => {
    if (name === 'stdio') await addStdio()
    expect(await registry.tools.run({ server: name, tool: 'crash' })).toMatchObject({
      status: 'OUTCOME_UNKNOWN',
      result: null,
      error: { code: 'CONNECT_FAILED' },
    })
    expect(await registry.tools.run({ server: name, tool: 'echo' }, { message: 'again' })).toMatchObject({
      status: 'SUCCEEDED',
    })
  })

  it('is OUTCOME_UNKNOWN at once where its event stream is cut', async () => {
    fixture.change({ stream: true })
    expect((await registry.tools.run({ server: 'http', tool: 'crash' })).status).toBe('OUTCOME_UNKNOWN')
  })

  it('goes on with a new session when the server has forgotten the old one, and is sent to it once', async () => {
    await registry.tools.run({ server: 'http', tool: 'count' })
    fixture.forgetSessions()
    const run = await registry.tools.run({ server: 'http', tool: 'count' })
    expect(run.result?.structuredContent).toEqual({ count: 2 })
  })

  it('cuts a result at the limit of the tool and says so', async () => {
    const tool = await registry.tools.get({ server: 'http', tool: 'big' })
    await registry.tools.set(tool?.id ?? '', { returnCharLimit: 100 })
    const { result } = await registry.tools.run({ server: 'http', tool: 'big' }, { chars: 1_000 })
    expect(result).toMatchObject({ truncated: true })
    expect(String(result?.funcReturn)).toHaveLength(100)
  })

  it('answers the same run for the same idempotency key, and refuses it with other args', async () => {
    const options = { idempotencyKey: 'k1' }
    const first = await registry.tools.start({ server: 'http', tool: 'count' }, {}, options)
    const second = await registry.tools.start({ server: 'http', tool: 'count' }, {}, options)
    expect([second.id, second.deduplicated]).toEqual([first.id, true])
    await first.result()
    expect((await registry.tools.run({ server: 'http', tool: 'count' }, {}, options)).id).toBe(first.id)
    await expect(
      registry.tools.start({ server: 'http', tool: 'echo' }, { message: '' }, options),
    ).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      details: { jobId: first.id },
    })
  })

  it.each([
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: 1.5 }, 'timeoutMs'],
    [{ idempotencyKey: 'x'.repeat(256) }, 'idempotencyKey'],
    [{ metadata: { big: 'x'.repeat(20_000) } }, 'metadata'],
  ])('refuses %o', async (options, path) => {
    const start = registry.tools.start({ server: 'http', tool: 'echo' }, { message: 'hi' }, options)
    await expect(start).rejects.toMatchObject({ code: 'INVALID_INPUT', path: [path] })
  })

  it('refuses what is unknown, removed or disabled', async () => {
    const run = (server: string, tool: string) => registry.tools.run({ server, tool })
    await expect(run('nowhere', 'echo')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(run('http', 'nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const tool = await registry.tools.get({ server: 'http', tool: 'count' })
    await registry.tools.set(tool?.id ?? '', { enabled: false })
    await expect(run('http', 'count')).rejects.toMatchObject({ code: 'DISABLED' })
    const server = await registry.servers.getByName('http')
    await registry.servers.update(server?.id ?? '', { enabled: false })
    await expect(run('http', 'add')).rejects.toMatchObject({ code: 'DISABLED' })
  })

  it('stands in the history, the newest first, with the names of then', async () => {
    for (const message of ['1', '2', '3']) await registry.tools.run({ server: 'http', tool: 'echo' }, { message })
    const server = await registry.servers.getByName('http')
    await registry.servers.delete(server?.id ?? '')
    const page = await registry.runs.list({ first: 2 })
    expect(page.edges.map(({ node }) => node.args)).toEqual([{ message: '3' }, { message: '2' }])
    expect(page.edges[0]?.node).toMatchObject({ serverName: 'http', toolName: 'echo' })
    const rest = await registry.runs.list({ first: 2, after: page.pageInfo.endCursor ?? '' })
    expect(rest.edges.map(({ node }) => node.args)).toEqual([{ message: '1' }])
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  })
})

describe('progress', () => {
  it('is not lost over stdio where it comes together with the answer', async () => {
    await addStdio()
    const job = await registry.tools.start({ server: 'stdio', tool: 'progress' }, { steps: 3 })
    const events = await eventsOf(job)
    expect(events.flatMap((event) => (event.type === 'ToolRunProgress' ? [event.progress] : []))).toEqual([1, 2, 3])
  })
})
