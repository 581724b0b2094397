import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startOtlpReceiver } from '../fixtures/http/otlp.ts'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'
import { version } from '../fixtures/process/version.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
const json = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }

let programs: Programs
let fixture: FixtureServer
beforeAll(async () => {
  programs = await startPrograms()
  fixture = await startFixture()
})
afterEach(() => programs.kill())
afterAll(async () => {
  await programs[Symbol.asyncDispose]()
  await fixture.close()
})

async function ask(url: string, query: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
  return response.json()
}

async function register({ url }: Serving): Promise<string> {
  const input = `{ name: "http", config: { streamableHttp: { serverUrl: "${fixture.url}" } }, refresh: false }`
  const created = await ask(
    url,
    `mutation { createMcpServer(input: ${input}) { ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } } }`,
  )
  const { id } = created.data.createMcpServer.server
  await ask(url, `mutation { refreshMcpServer(input: { id: "${id}", wait: true }) { __typename } }`)
  return id
}

const run = (serving: Serving, tool = 'echo', args = '{ message: "keep it quiet" }') =>
  ask(
    serving.url,
    `mutation { runMcpTool(input: { tool: { qualified: { server: "http", tool: "${tool}" } }, args: ${args} }) {
      ... on RunMcpToolPayload { run { id status traceId } }
    } }`,
    { traceparent },
  )

async function end({ child, exit }: Serving): Promise<void> {
  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
}

const lines = ({ stderr }: Pick<Serving, 'stderr'>): readonly Record<string, unknown>[] =>
  stderr()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))

/** The package in a place of its own, with all that it depends on but the SDK. */
async function installWithoutSdk(folder: string): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const source = join(root, 'packages/toolyard')
  const own = join(folder, 'node_modules/toolyard')
  await mkdir(own, { recursive: true })
  for (const part of ['bin', 'dist', 'package.json', 'persisted-operations.json'])
    await cp(join(source, part), join(own, part), { recursive: true })
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))
  const { '@opentelemetry/sdk-node': sdk, ...dependencies } = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
  }
  expect(sdk).toBeTypeOf('string')
  for (const name of Object.keys(dependencies)) {
    const nested = join(source, 'node_modules', name)
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(existsSync(nested) ? nested : join(root, 'node_modules', name), link)
  }
  return own
}

describe('toolyard serve', () => {
  it.each([
    ['--otlp with an address', (endpoint: string) => [['--otlp', endpoint], {}] as const],
    ['TOOLYARD_OTLP', (endpoint: string) => [[], { TOOLYARD_OTLP: endpoint }] as const],
    [
      '--otlp and an address of OpenTelemetry',
      (endpoint: string) => [['--otlp'], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }] as const,
    ],
    ['an address of OpenTelemetry', (endpoint: string) => [[], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }] as const],
  ])('with %s sends the spans of a run, in the trace of the caller, before it ends', async (_, settings) => {
    await using receiver = await startOtlpReceiver()
    const [args, env] = settings(receiver.endpoint)
    const serving = await programs.serve(args, { ...json, ...env })
    await register(serving)
    const answer = await run(serving)
    expect(answer.data.runMcpTool.run).toMatchObject({ status: 'SUCCEEDED', traceId })
    await end(serving)
    const ours = receiver.spans.filter((span) => span.traceId === traceId)
    expect(ours.map(({ name }) => name).toSorted()).toEqual(['mutation', 'tools/call echo'])
    expect(ours.find(({ name }) => name === 'mutation')?.parentSpanId).toBe('00f067aa0ba902b7')
    expect(receiver.spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['initialize', 'tools/list', 'refresh']),
    )
    expect([...receiver.metrics]).toEqual(
      expect.arrayContaining(['mcp.client.operation.duration', 'mcp.client.session.duration']),
    )
    expect(receiver.resources[0]).toMatchObject({ 'service.name': 'toolyard', 'service.version': version })
    const all = receiver.bodies.join()
    expect(all).not.toContain('keep it quiet')
    // The command line may have the password of a database.
    expect(all).not.toContain('sqlite::memory:')
  })

  it('is called what OTEL_SERVICE_NAME says, and has args and results in its spans where it is asked for', async () => {
    await using receiver = await startOtlpReceiver()
    const env = { ...json, OTEL_SERVICE_NAME: 'ours', TOOLYARD_TELEMETRY_CONTENT: 'all' }
    const serving = await programs.serve(['--otlp', receiver.endpoint], env)
    await register(serving)
    await run(serving)
    await end(serving)
    expect(receiver.resources[0]).toMatchObject({ 'service.name': 'ours', 'service.version': version })
    expect(receiver.bodies.join()).toContain('keep it quiet')
  })

  it('sends nothing if OTEL_SDK_DISABLED is set, or no setting asks for it', async () => {
    await using receiver = await startOtlpReceiver()
    for (const [args, env] of [
      [['--otlp', receiver.endpoint], { OTEL_SDK_DISABLED: 'true' }],
      [[], { OTEL_TRACES_EXPORTER: 'none', OTEL_SERVICE_NAME: 'ours' }],
      [['--otlp', 'none'], {}],
    ] as const) {
      const serving = await programs.serve(args, { ...json, ...env })
      await register(serving)
      expect((await run(serving)).data.runMcpTool.run).toMatchObject({ status: 'SUCCEEDED', traceId: null })
      await end(serving)
    }
    expect(receiver.bodies).toEqual([])
  })

  it('ends in time, and says so, where the collector does not answer', async () => {
    await using receiver = await startOtlpReceiver({ hangs: true })
    const serving = await programs.serve(['--otlp', receiver.endpoint], json)
    await register(serving)
    await run(serving)
    await end(serving)
    expect(lines(serving).map(({ msg }) => msg)).toContain('not all of the telemetry was sent in time')
  })

  it('serves on where there is no collector, and complains', async () => {
    const env = { ...json, OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_EXPORTER_OTLP_TIMEOUT: '100' }
    const serving = await programs.serve(['--otlp', 'http://127.0.0.1:9'], env)
    await register(serving)
    expect((await run(serving)).data.runMcpTool.run).toMatchObject({ status: 'SUCCEEDED', traceId })
    const said = () => lines(serving).map(({ msg }) => msg)
    await expect.poll(said).toContain('telemetry could not be sent')
    await end(serving)
  })

  it.each([
    [['--otlp', 'collector:4318'], '--otlp is "collecto…", takes an address such as http://127.0.0.1:4318'],
    [['--otlp', 'https://me:hidden@collector'], '--otlp is "https://…", takes an address'],
    [['--telemetry-content', 'some'], '--telemetry-content is "some", takes none, all'],
  ])('ends with 2 and one line for %j', async (args, line) => {
    const { code, stderr } = await toolyard(['serve', ...args], { TOOLYARD_DATABASE_URL: 'sqlite::memory:' })
    expect(code).toBe(2)
    expect(stderr).toContain(line)
    expect(stderr).not.toContain('hidden')
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('ends with 2 and says what to install where the SDK is missing', async () => {
    const own = await installWithoutSdk(join(programs.folder, 'without-sdk'))
    const child = spawn(process.execPath, [join(own, 'bin/toolyard.js'), 'serve', '--otlp', '--port', '0'], {
      cwd: own,
      env: { PATH: process.env.PATH, TOOLYARD_DATABASE_URL: 'sqlite::memory:', TOOLYARD_CONSOLE: 'false' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [[code], said] = await Promise.all([once(child, 'close'), text(child.stderr)])
    expect(said).toBe(
      'toolyard: TOOLYARD_OTLP needs the package @opentelemetry/sdk-node, which is not installed: npm install @opentelemetry/sdk-node\n',
    )
    expect(code).toBe(2)
  })
})

describe('the log', () => {
  it('has a line for what could not be done and for what a tool said no to, with what it is of, and never content', async () => {
    await using receiver = await startOtlpReceiver()
    const serving = await programs.serve(['--otlp', receiver.endpoint], json)
    const serverId = await register(serving)
    const ids: string[] = []
    for (const [tool, args] of [
      ['echo', '{ message: "keep it quiet" }'],
      ['fail', '{}'],
      ['refuse', '{}'],
    ] as const) {
      ids.push((await run(serving, tool, args)).data.runMcpTool.run.id)
    }
    await end(serving)
    const shared = { traceId, tenant: 'default', serverId, server: 'http', msg: 'a run ended', status: 'FAILED' }
    expect(lines(serving).filter(({ msg }) => msg === 'a run ended' || msg === 'a refresh ended')).toMatchObject([
      { ...shared, level: 30, runId: ids[1], tool: 'fail' },
      { ...shared, level: 40, runId: ids[2], tool: 'refuse', code: 'PROTOCOL_ERROR' },
    ])
    expect(serving.stderr()).not.toContain('keep it quiet')
    expect(serving.stderr()).not.toContain('on purpose')
  })

  it('has a line for every job where it is asked to be loud', async () => {
    const serving = await programs.serve(['--log-level', 'debug'])
    await register(serving)
    await run(serving)
    await end(serving)
    expect(lines(serving).filter(({ level }) => level === 20)).toMatchObject([
      { msg: 'a refresh ended', refreshId: expect.stringMatching(/^refr_/), status: 'SUCCEEDED' },
      { msg: 'a run ended', runId: expect.stringMatching(/^run_/), status: 'SUCCEEDED', tool: 'echo' },
    ])
    expect(serving.stderr()).not.toContain('keep it quiet')
  })
})
