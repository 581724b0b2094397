import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { createRegistry, type Registry } from '@toolyard/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { serveRegistry } from '../fixtures/http/serve-registry.ts'
import { startTcpProxy } from '../fixtures/http/tcp-proxy.ts'
import { type FixtureServer, startFixture, thousandTools } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import {
  ctrlC,
  ctrlD,
  enter,
  hasTerminals,
  openTerminals,
  showsCursor,
  type Terminals,
} from '../fixtures/process/terminal.ts'

if (!hasTerminals) console.log('The command line is not run on a terminal: there is no script of util-linux here.')

let registry: Registry
let server: RunningServer
let fixture: FixtureServer
let terminals: Terminals
let env: { readonly TOOLYARD_URL: string }

beforeAll(async () => {
  registry = await createRegistry()
  server = await serveRegistry(registry)
  fixture = await startFixture()
  await registered(registry, 'demo', { transport: 'streamableHttp', serverUrl: fixture.url })
  terminals = openTerminals()
  env = { TOOLYARD_URL: server.url }
})
afterAll(async () => {
  terminals[Symbol.dispose]()
  await server.close()
  await fixture.close()
})

describe.runIf(hasTerminals)('on a terminal', () => {
  it('refresh shows a line for each server, which stays once it has ended, and then the difference', async () => {
    await using odd = await startFixture({ tools: 'odd' })
    await using paged = await startFixture()
    const { promise: second, resolve: answerSecond } = Promise.withResolvers<void>()
    const tools = thousandTools(7)
    paged.setTools(async (page) => {
      if (page === undefined) return { tools: tools.slice(0, 5), nextCursor: '5' }
      await second
      return { tools: tools.slice(5) }
    })
    const label = { labels: ['three'], refresh: false }
    const http = (serverUrl: string) => ({ transport: 'streamableHttp', serverUrl }) as const
    await registry.servers.create({ ...label, name: 'odd', config: http(odd.url) })
    await registry.servers.create({ ...label, name: 'paged', config: http(paged.url) })
    await registry.servers.create({ ...label, name: 'gone', config: http('http://127.0.0.1:1/mcp') })

    const terminal = terminals.open(['refresh', '--label', 'three'], { env })
    await terminal.shows(/^✗ gone {3}CONNECT_FAILED: /m)
    await terminal.shows(/^✓ odd {4}\+10 9 rejected {2}/m)
    await terminal.shows(/^. paged {2}listing 5 {2}\d+\.\d s$/m)
    answerSecond()
    expect(await terminal.exit).toBe(1)

    const screen = terminal.screen()
    expect(screen.filter((line) => /^[✓✗]/.test(line)).toSorted()).toEqual([
      expect.stringMatching(/^✓ odd {4}\+10 9 rejected {2}\d/),
      expect.stringMatching(/^✓ paged {2}\+7 {2}\d/),
      expect.stringMatching(/^✗ gone {3}CONNECT_FAILED: /),
    ])
    expect(screen.join('\n')).not.toContain('listing')
    expect(screen).toContain('paged: 7 added')
    expect(screen).toContain('  + tool_000006')
    expect(screen).toContain('  ! null_schema  rejected: /inputSchema: expected an object schema, got none')
    expect(showsCursor(terminal.raw())).toBe(true)
  })

  it('run shows progress, in as many columns as there are, and Ctrl-C cancels it', async () => {
    const terminal = terminals.open(['run', 'demo/progress', 'steps=1000', 'delayMs=20'], { env, columns: 40 })
    await terminal.shows(/^. demo\/progress {2}\d+ of 1000 {2}Step \d.*$/m)
    terminal.press(ctrlC)
    await fixture.received('notifications/cancelled')
    expect(await terminal.exit).toBe(1)
    expect(terminal.screen().join('\n')).toMatch(
      /canceling; Ctrl-C again leaves at once\n✗ demo\/progress {2}.* s\ntoolyard: run_\w+ CANCELED: /,
    )
    const drawn = stripVTControlCharacters(terminal.raw())
      .split(/[\r\n]/)
      .filter((line) => line.includes('of 1000'))
      // What the terminal shows of the key.
      .map((line) => line.replace('^C', ''))
    expect(drawn.length).toBeGreaterThan(0)
    for (const line of drawn) expect(line.length).toBeLessThan(40)
    expect((await registry.runs.list({ first: 1, filter: { status: ['CANCELED'] } })).edges).toHaveLength(1)
  })

  it('run draws a bar where there is room for one, and what the tool says above it', async () => {
    const terminal = terminals.open(['run', 'demo/progress', 'steps=8', 'delayMs=60'], { env })
    await terminal.shows(/^. demo\/progress {2}█+░+ {2}\d of 8 {2}Step \d of 8 {2}\d+\.\d s$/m)
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen().filter((line) => line !== '')).toEqual([
      expect.stringMatching(/^✓ demo\/progress {2}.* s$/),
      'Did 8 steps',
    ])
  })

  it('a second Ctrl-C leaves at once, whatever the server is at', async () => {
    await using proxy = await startTcpProxy(Number(new URL(server.url).port))
    const terminal = terminals.open(['run', 'demo/hang'], { env: { TOOLYARD_URL: `http://127.0.0.1:${proxy.port}` } })
    await terminal.shows(/demo\/hang/)
    const sent = await fixture.received('tools/call', ({ params }) => params.name === 'hang')
    proxy.freeze('ALL')
    terminal.press(ctrlC)
    await terminal.shows(/canceling/)
    terminal.press(ctrlC)
    expect(await terminal.exit).toBe(130)
    expect(showsCursor(terminal.raw())).toBe(true)
    expect(sent.params.name).toBe('hang')
  })

  it('run asks for what is missing until it fits, without colours where they are not wanted', async () => {
    const terminal = terminals.open(['run', 'demo/add', 'a=1'], { env: { ...env, NO_COLOR: '1' } })
    await terminal.shows(/b \(number\):$/)
    terminal.press(`many${enter}`)
    await terminal.shows(/expected number\nb \(number\):$/)
    terminal.press(`2${enter}`)
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen().slice(-4).join('')).toContain('3{  "sum": 3}')
    for (const style of ['1m', '2m', '31m', '32m', '36m']) expect(terminal.raw()).not.toContain(`\x1b[${style}`)
  })

  it('Ctrl-C at a question runs nothing, and its end names what is missing', async () => {
    const leaving = terminals.open(['run', 'demo/echo'], { env })
    const ending = terminals.open(['run', 'demo/add'], { env })
    const reading = terminals.open(['run', 'demo/echo', '--args', '-'], { env })
    await Promise.all([leaving.shows(/message \(string\):$/), ending.shows(/a \(number\):$/)])
    leaving.press(ctrlC)
    ending.press(ctrlD)
    // The terminal repeats what is typed, the command has begun or not.
    reading.press('{')
    await reading.shows(/{/)
    reading.press(ctrlC)
    expect(await Promise.all([leaving.exit, ending.exit])).toEqual([1, 2])
    expect(await reading.exit).not.toBe(0)
    expect(leaving.screen()).toContain('toolyard: canceled; nothing was run')
    expect(ending.screen().join('\n')).toContain('toolyard: missing: a (number), b (number);')
    expect(fixture.calls.filter(({ params }) => params.name === 'echo')).toEqual([])
  })

  it('serve says where it listens, then where console, GraphiQL and data are, and who may reach it', async () => {
    const terminal = terminals.open(['serve', '--port', '0', '--database-url', 'sqlite::memory:'], { env: {} })
    const [, url] = await terminal.shows(/^toolyard listening on (\S+)[\s\S]*?^ {2}access .*$/m)
    expect(terminal.screen().slice(0, 5)).toEqual([
      `toolyard listening on ${url}`,
      `  console    ${new URL('/', url).href}`,
      `  GraphiQL   ${url}, in a browser`,
      '  database   sqlite::memory:, which ends with this process',
      '  access     this machine only, without a key',
    ])
    terminal.press(ctrlC)
    expect(await terminal.exit).toBe(0)
  })

  it('import shows what would come of it and asks; Ctrl-C and Ctrl-D mean no', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const file = join(folder, 'mcp.json')
    await writeFile(file, '{ "mcpServers": { "asked": { "command": "no-such-command" } } }')
    try {
      for (const [key, code] of [
        [ctrlC, 1],
        [ctrlD, 1],
        [enter, 0],
      ] as const) {
        const terminal = terminals.open(['import', file, '--no-refresh'], { env })
        await terminal.shows(/asked: would be created\nImport one server\? \[Y\/n\]$/)
        terminal.press(key)
        expect(await terminal.exit).toBe(code)
        expect(terminal.screen().join('\n')).not.toContain('Error')
        expect((await registry.servers.getByName('asked')) !== undefined).toBe(code === 0)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('what a tool answers cannot steer the terminal, and watch leaves by Ctrl-C', async () => {
    const watching = terminals.open(['watch'], { env })
    const terminal = terminals.open(['run', 'demo/big', 'chars=3', '--json'], { env })
    expect(await terminal.exit).toBe(0)
    await using steering = await startFixture()
    await registered(registry, 'steering', { transport: 'streamableHttp', serverUrl: steering.url })
    const steered = terminals.open(['run', 'steering/echo', 'message=a\x1b[2J\x07b\nc'], { env })
    expect(await steered.exit).toBe(0)
    expect(steered.raw()).toContain('a[2Jb\r\nc\r\n')
    await watching.shows(/^\d\d:\d\d:\d\d {2}steering {2}added$/m)
    watching.press(ctrlC)
    expect(await watching.exit).toBe(0)
  })
})
