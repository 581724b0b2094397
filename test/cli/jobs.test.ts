import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createRegistry, type McpServer, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { onlyOwnOperations, serveRegistry } from '../fixtures/http/serve-registry.ts'
import { startTcpProxy } from '../fixtures/http/tcp-proxy.ts'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Said, toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'
import { compileCache } from '../setup/compile-cache.ts'

const main = fileURLToPath(new URL('../../packages/toolyard/bin/toolyard.js', import.meta.url))

let folder: string
let fixture: FixtureServer
let registry: Registry
let server: RunningServer
let ids: { readonly demo: McpServer['id']; readonly 'a/b': McpServer['id'] }
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-jobs-'))
  fixture = await startFixture()
  const served = join(folder, 'served')
  await mkdir(served)
  const open = () => createRegistry({ storage: sqliteStorage({ path: join(served, 'toolyard.db') }) })
  registry = await open()
  const demo = await registered(registry, 'demo', { transport: 'streamableHttp', serverUrl: fixture.url })
  const dropping = await registered(registry, 'a/b', { transport: 'streamableHttp', serverUrl: fixture.url })
  for (const { node } of (await registry.tools.list({ first: 100, filter: { serverId: [dropping.id] } })).edges) {
    await registry.tools.set(node.id, { recordResults: 'DROP' })
  }
  ids = { demo: demo.id, 'a/b': dropping.id }
  await registered(registry, 'gone', { transport: 'streamableHttp', serverUrl: 'http://127.0.0.1:1/mcp' }).catch(
    () => 0,
  )
  await registry.close()
  await cp(served, join(folder, 'local'), { recursive: true })
  registry = await open()
  // Commands ask for nothing else.
  server = await serveRegistry(registry, onlyOwnOperations)
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await server.close()
  await fixture.close()
  await rm(folder, { recursive: true })
})

/** As a process: for signals, pipes, and what is told while it runs. */
function start(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.push(child)
  child.stdin.end()
  return child
}

const overServer = (args: readonly string[], input?: string) => toolyard(args, { TOOLYARD_URL: server.url }, input)
const overDatabase = (args: readonly string[]) =>
  toolyard(args, { TOOLYARD_DATABASE_URL: `sqlite:${join(folder, 'local', 'toolyard.db')}` })

/** What differs from one registry to the next, whatever is asked of it. */
function withoutChance(told: Said): Said {
  const even = (all: string) =>
    all
      .replaceAll(/\b(mcps|tool|refr|run)_[\da-f]{32}/g, '$1_…')
      .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, '…')
      .replaceAll(/"cursor":"\w+"/g, '"cursor":"…"')
      .replaceAll(/"durationMs":\d+|\b[\d.]+ m?s\b/g, '…')
      // A command on the database is a different caller from a client of a server without keys.
      .replaceAll(/"actor":"[\w ]+"/g, '"actor":"…"')
  return { ...told, stdout: even(told.stdout), stderr: even(told.stderr) }
}

describe('on a server and on the database', () => {
  it.each([
    { args: ['refresh', 'demo', 'gone'], code: 1, stdout: /^demo: 19 unchanged\ngone: CONNECT_FAILED: / },
    { args: ['run', 'demo/every_content', '--json'], code: 0, stdout: /"text":"An embedded text","base64":null/ },
    {
      args: ['run', 'demo/every_content', '--json'],
      code: 0,
      stdout:
        /"size":7,"icons":\[\{"src":"https:[^}]*\}\],"annotations":\{"audience":\["assistant"\]\},"meta":\{"fixture\/link":true\}/,
    },
    { args: ['run', 'demo/progress', '--events'], code: 0, stdout: /"ToolRunProgress".*\n.*\n.*\n.*"ToolRunFinished"/ },
  ])('$args.0 $args.1 says the same', async ({ args, code, stdout }) => {
    const [served, local] = await Promise.all([overServer(args), overDatabase(args)])
    expect(withoutChance(local)).toEqual(withoutChance(served))
    expect(served).toEqual({ code, stdout: expect.stringMatching(stdout), stderr: '' })
  })
})

describe('run', () => {
  it('takes args from a file, from stdin and as key=value, and says which of them do not fit', async () => {
    const file = join(folder, 'args.json')
    await writeFile(file, '{"a":1,\n"b":}')
    await writeFile(join(folder, 'good.json'), '{"a":1,"b":2}')
    const [fromFile, fromInput, broken, misfit, missing, unknown] = await Promise.all([
      overServer(['run', 'demo/add', '--args', `@${join(folder, 'good.json')}`, 'b=5', '--json']),
      overServer(['run', 'demo/echo', '--args', '-'], '{"message":"from \\u001b[2J stdin\\n"}'),
      overServer(['run', 'demo/add', '--args', `@${file}`]),
      overServer(['run', 'demo/add', '--args', '{"a":true,"b":"x"}']),
      overServer(['run', 'demo/add']),
      overServer(['run', 'demo/echo', 'mesage=hi']),
    ])
    // By itself: a log message names no call, so that each call of the session has it.
    const none = await overServer(['run', 'demo/log', 'lines=a', 'lines=b'])
    expect(JSON.parse(fromFile.stdout)).toMatchObject({
      args: { a: 1, b: 5 },
      result: { structuredContent: { sum: 6 } },
    })
    // Not to a terminal, every byte is as it came.
    expect(fromInput).toEqual({ code: 0, stdout: 'from \x1b[2J stdin\n', stderr: '' })
    expect(broken).toMatchObject({
      code: 2,
      stderr: `toolyard: ${file} is not valid JSON\n`,
    })
    expect(misfit).toEqual({
      code: 2,
      stdout: '',
      stderr: "  /a  must be number\n  /b  must be number\ntoolyard: the args do not fit the tool's input schema\n",
    })
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('missing: a (number), b (number);') })
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean message?') })
    expect(none).toEqual({
      code: 0,
      stdout: 'Logged 2 lines\n',
      stderr: 'log: info: fixture: a\nlog: info: fixture: b\n',
    })
  })

  it('ends for what is nested without end, in args and in what the tool answers', async () => {
    const deep = `${'['.repeat(8_000)}${']'.repeat(8_000)}`
    const [args, local, metadata, answered] = await Promise.all([
      overServer(['run', 'demo/echo', '--args', `{"message":${deep}}`]),
      overDatabase(['run', 'demo/echo', '--args', `{"message":${deep}}`]),
      overServer(['run', 'demo/echo', 'message=x', '--metadata', `{"a":${deep}}`]),
      overServer(['run', 'demo/echo', '--args', JSON.stringify({ message: deep })]),
    ])
    for (const refused of [args, local, metadata]) {
      expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nested too deep') })
    }
    expect(answered).toEqual({ code: 0, stdout: `${deep}\n`, stderr: '' })
  })

  it('ends with 1 for what the tool or the server fails with, and saves what is no text', async () => {
    const out = join(folder, 'out')
    const [failed, refused, crashed, late, saved, secret] = await Promise.all([
      overServer(['run', 'demo/fail']),
      overServer(['run', 'demo/refuse']),
      overServer(['run', 'demo/crash']),
      overServer(['run', 'demo/hang', '--timeout', '50']),
      overServer(['run', 'demo/every_content', '--out', out]),
      // Nothing of its result is recorded: it is in the answer alone.
      overServer(['run', 'a/b/echo', 'message=not recorded']),
    ])
    expect(failed).toMatchObject({
      code: 1,
      stdout: 'The tool failed on purpose\n',
      stderr: expect.stringMatching(/ FAILED: the tool answered with an error\n$/),
    })
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/ FAILED: PROTOCOL_ERROR: /) })
    expect(crashed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ OUTCOME_UNKNOWN: the call was sent, .* it may have taken effect/),
    })
    expect(late).toMatchObject({ code: 1, stderr: expect.stringMatching(/ TIMED_OUT: TIMEOUT: /) })
    expect(saved.stdout.match(/saved as/g)).toHaveLength(4)
    const image = (await readdir(out)).find((name) => name.endsWith('.png')) ?? ''
    expect((await readFile(join(out, image))).subarray(1, 4).toString()).toBe('PNG')
    expect(secret).toEqual({ code: 0, stdout: 'not recorded\n', stderr: '' })
  })

  it('is cancelled by SIGTERM, also where only the answer has its result', async () => {
    const isRunning = (name: keyof typeof ids) =>
      eventually(async () => (await registry.runs.count({ serverId: [ids[name]], status: ['RUNNING'] })) > 0)
    await Promise.all(
      (['demo', 'a/b'] as const).map(async (name) => {
        const hang = start(['run', `${name}/hang`], { TOOLYARD_URL: server.url })
        const stderr = text(hang.stderr)
        await isRunning(name)
        hang.kill('SIGTERM')
        await once(hang, 'close')
        expect(await stderr).toMatch(/^toolyard: run_\w+ CANCELED: /)
        expect(hang.exitCode).toBe(1)
      }),
    )
  })

  it('repeats a run with its args, or with others', async () => {
    const run = async (...args: string[]) => JSON.parse((await overServer(['run', ...args, '--json'])).stdout)
    const first = await run('demo/add', 'a=1', 'b=2')
    expect(await run('demo/add', '--again', first.id)).toMatchObject({ result: { funcReturn: { sum: 3 } } })
    expect(await run('demo/add', 'a=2', 'b=2', '--again', first.id)).toMatchObject({
      result: { funcReturn: { sum: 4 } },
    })
    const other = await overServer(['run', 'demo/echo', '--again', first.id])
    expect(other.stderr).toContain(`${first.id} is a run of "add", not of "echo"`)
  })

  it('is left to the server with --no-wait, told of by runs, and ended by its id', async () => {
    const started = await overServer(['run', 'demo/hang', '--no-wait', '--metadata', '{"ticket":7}'])
    const id = started.stdout.trim()
    const [shown, listed, events] = await Promise.all([
      overServer(['runs', id]),
      overServer(['runs', '--tool', 'demo/hang', '--status', 'running', '--since', '1h', '--json']),
      overServer(['runs', id, '--events', '--limit', '5']),
    ])
    expect(shown.stdout).toContain(`Id          ${id}\nTool        demo/hang\nStatus      RUNNING\n`)
    expect(JSON.parse(listed.stdout).map((run: { id: string }) => run.id)).toContain(id)
    expect(events).toMatchObject({
      code: 2,
      stderr: 'toolyard: runs: expected the id of a run, or what to select runs by\n',
    })
    const followed = start(['runs', id, '--events'], { TOOLYARD_URL: server.url })
    const closed = once(followed, 'close')
    await once(followed.stdout, 'data')
    expect(await overServer(['runs', '--cancel', id])).toEqual({ code: 0, stdout: `${id} CANCELED\n`, stderr: '' })
    await closed
    expect(followed.exitCode).toBe(0)
    expect(await overDatabase(['run', 'demo/hang', '--no-wait'])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('a closed pipe ends a command quietly', () => {
  it('of a long result, and of the feed', async () => {
    const [long, feed] = [
      start(['run', 'demo/big', 'chars=900000'], { TOOLYARD_URL: server.url }),
      start(['watch', '--json'], { TOOLYARD_URL: server.url }),
    ]
    const stderr = [text(long.stderr), text(feed.stderr)]
    long.stdout.once('data', () => long.stdout.destroy())
    let count = 0
    const touch = () => registry.servers.update(ids.demo, { description: String(count++) })
    const told = once(feed.stdout, 'data').then(() => feed.stdout.destroy())
    // Before it has subscribed it hears of nothing, and of the closed pipe it hears when it writes.
    await eventually(async () => {
      await touch()
      return feed.exitCode !== null
    })
    await told
    if (long.exitCode === null) await once(long, 'close')
    expect([long.exitCode, feed.exitCode]).toEqual([0, 0])
    expect(await Promise.all(stderr)).toEqual(['', ''])
  })
})

describe('a server that goes and comes', () => {
  let programs: Programs
  beforeAll(async () => {
    programs = await startPrograms()
  })
  afterAll(() => programs[Symbol.asyncDispose]())

  it('is waited for by watch and by run, which miss nothing', async () => {
    const database = join(programs.folder, 'killed.db')
    await using hanging = await startFixture()
    const before = await createRegistry({ storage: sqliteStorage({ path: database }) })
    await registered(before, 'demo', { transport: 'streamableHttp', serverUrl: hanging.url })
    await before.close()
    const serve = (port: string) =>
      programs.serve(['--port', port, '--database-url', `sqlite:${database}`, '--log-level', 'fatal'])
    const first: Serving = await serve('0')
    const env = { TOOLYARD_URL: first.base }
    const watching = start(['watch', 'demo'], env)
    const running = start(['run', 'demo/hang', '--events'], env)
    const [lines, ran, notes] = [text(watching.stdout), text(running.stderr), readLines(watching)]
    const closed = once(running, 'close')
    await Promise.all([hanging.received('tools/call'), once(running.stdout, 'data')])
    // What it tells of says that it has subscribed.
    const subscribed = once(watching.stdout, 'data').then(() => true)
    await eventually(async () => {
      await updateFirstServer(first.url)
      return Promise.race([subscribed, false])
    })
    first.child.kill('SIGKILL')
    expect(await notes.next()).toMatchObject({ value: `lost the connection to ${first.url}; reconnecting` })
    await serve(new URL(first.base).port)
    expect(await notes.next()).toMatchObject({ value: `reconnected to ${first.url}` })
    await closed
    expect(running.exitCode).toBe(1)
    expect(await ran).toMatch(/; reconnecting\nreconnected to .*\ntoolyard: run_\w+ OUTCOME_UNKNOWN: the call was sent/)
    await once(start(['refresh', 'demo'], env), 'exit')
    watching.kill('SIGINT')
    await once(watching, 'close')
    expect(watching.exitCode).toBe(0)
    expect(await lines).toMatch(/ {2}demo {2}READY → /)
  })

  it('is reported at once if the server is unreachable', async () => {
    await using proxy = await startTcpProxy(Number(new URL(server.url).port))
    await proxy.cut()
    const told = await toolyard(['watch'], { TOOLYARD_URL: `http://127.0.0.1:${proxy.port}` })
    expect(told).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(`127.0.0.1:${proxy.port}`) })
  })
})

/** Asks again until it is so. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 30))
}

/** Changes it as another client would. */
async function updateFirstServer(url: string): Promise<void> {
  const ask = async (body: object) =>
    (
      await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    ).json()
  const { data } = await ask({ query: '{ mcpServers(first: 1) { nodes { ... on McpServerBase { id } } } }' })
  const input = { id: data.mcpServers.nodes[0].id, description: crypto.randomUUID() }
  await ask({
    query: 'mutation ($input: UpdateMcpServerInput!) { updateMcpServer(input: $input) { __typename } }',
    variables: { input },
  })
}

async function* readLines({ stderr }: ChildProcess): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const chunk of stderr ?? []) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
