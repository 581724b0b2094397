import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureStdio } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { compileCache } from '../setup/compile-cache.ts'

const main = fileURLToPath(new URL('../../packages/toolyard/bin/toolyard.js', import.meta.url))

let folder: string
let database: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-shell-'))
  database = join(folder, 'shell.db')
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin', 'toolyard'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
  await chmod(join(folder, 'bin', 'toolyard'), 0o755)
  await using registry = await createRegistry({ storage: sqliteStorage({ path: database }) })
  for (const name of ['weather', 'web-search'])
    await registered(registry, name, { transport: 'stdio', ...fixtureStdio() })
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs a script of bash, in which `toolyard` is the program, without what the system completes by. */
async function bash(script: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '--noprofile', '-c', script], {
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      TOOLYARD_DATABASE_URL: `sqlite:${database}`,
      NODE_COMPILE_CACHE: compileCache,
    },
  })
  return `${stdout}${stderr}`
}

describe('in a shell', () => {
  it.each(['serve --help', '--help', 'tools --json', 'keys --help', 'completion bash', 'get weather'])(
    '%s ends quietly when its reader has enough',
    async (args) => {
      // `true` reads nothing at all, `head` the first line.
      const output = await bash(`toolyard ${args} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"
        toolyard ${args} | true; echo "\${PIPESTATUS[0]}"`)
      expect(output).toBe('0\n0\n')
    },
  )

  it.each([
    ['ge', ['get']],
    ['get we', ['weather', 'web-search']],
    ['refresh weather web', ['web-search']],
    ['run weather/ec', ['weather/echo']],
    ['auth we', ['weather', 'web-search']],
    ['auth weather --no', ['--no-browser']],
    ['list --lab', ['--label']],
  ])('completes "%s" in a bash that has no package for it', async (line, words) => {
    const text = `toolyard ${line}`
    const output = await bash(`source <(toolyard completion bash)
      COMP_LINE='${text}' COMP_POINT=${text.length} COMP_WORDS=(${text}) COMP_CWORD=${text.split(' ').length - 1}
      __toolyard_complete 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`)
    expect(output.trim().split('\n').toSorted()).toEqual(words)
  })

  it('completes nothing, and says nothing, where the registry cannot be read', async () => {
    const output = await bash(`TOOLYARD_DATABASE_URL=sqlite:/nowhere/x.db toolyard complete -- get ''
      toolyard complete -- get --url http://127.0.0.1:9 ''`)
    expect(output).toBe(':4\n:4\n')
  })
})

describe('a command line', () => {
  const over = (...args: readonly string[]) => toolyard(args, { TOOLYARD_DATABASE_URL: `sqlite:${database}` })

  it('takes the names that shells have', async () => {
    expect((await over('ls', '--json')).stdout).toBe((await over('list', '--json')).stdout)
    expect((await over('show', 'weather', '--json')).stdout).toBe((await over('get', 'weather', '--json')).stdout)
    expect(await over('rm')).toMatchObject({ code: 2, stderr: expect.stringContaining("argument 'name'") })
  })

  it.each([
    [['lits'], "toolyard: unknown command 'lits'; did you mean list?"],
    [['list', '--nope'], "toolyard: unknown option '--nope'"],
    [['list', '--jsn'], "toolyard: unknown option '--jsn'; did you mean --json?"],
    [['add'], "toolyard: missing required argument 'name'"],
    [['get', 'wether'], 'toolyard: there is no server "wether"; did you mean weather?'],
    [['get', 'nope'], 'toolyard: there is no server "nope"; see toolyard list'],
    [['run', 'wether/echo'], 'toolyard: there is no server "wether"; did you mean weather?'],
    [['run', 'weather/ehco'], 'toolyard: the server "weather" has no tool "ehco"; did you mean weather/echo?'],
    [['add', 'x', 'localhost:3000/mcp'], 'did you mean http://localhost:3000/mcp?'],
    [['add', 'x', '127.0.0.1:3000'], 'did you mean http://127.0.0.1:3000?'],
    [['add', 'x', '[::1]:3000/mcp'], 'did you mean http://[::1]:3000/mcp?'],
    [['add', 'x', 'mcp.example.com/sse'], 'did you mean https://mcp.example.com/sse?'],
    [['add', 'x', 'htps://mcp.example.com'], 'did you mean https://mcp.example.com?'],
    [
      ['update', 'weather', 'ws://127.0.0.1:1/'],
      'has the scheme ws, expected http or https; did you mean http://127.0',
    ],
  ])('refuses %j in one line that says what was meant', async (args, message) => {
    const { code, stdout, stderr } = await over(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^toolyard: .*\n$/)
  })

  it.each(['./run.sh', 'server.py', 'npx', 'my-server', '@scope/server', 'node:server'])(
    'takes %s for a command',
    async (command) => {
      const { code } = await over('add', `command ${command}`, '--no-refresh', '--json', '--', command)
      expect(code).toBe(0)
      expect((await over('remove', `command ${command}`)).code).toBe(0)
    },
  )

  it('shows what a server wrote to stderr before it failed, wherever it tells of the failure', async () => {
    const script = `console.error('WEATHER_API_KEY is required'); process.exit(1)`
    const added = await over('add', 'keyless', '--', process.execPath, '-e', script)
    expect(added).toMatchObject({ code: 1, stderr: expect.stringContaining('stderr: WEATHER_API_KEY is required') })
    expect(added.stderr).toContain('the server exited with code 1')
    expect((await over('get', 'keyless')).stdout).toMatch(/^stderr +WEATHER_API_KEY is required$/m)
    const { health } = JSON.parse((await over('get', 'keyless', '--json')).stdout)
    expect(health.lastError.stderrTail).toEqual(['WEATHER_API_KEY is required'])
    const listed = await over('tools', 'keyless')
    expect(listed.stdout).toMatch(/^keyless has no tools, as it failed: CONNECT_FAILED: .* exited with code 1\n$/)
    expect(listed.stderr).toContain('stderr: WEATHER_API_KEY is required')
    const run = await over('run', 'keyless/any')
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('(it wrote: WEATHER_API_KEY is required)') })
    const file = join(folder, 'keyless.json')
    const entry = { command: process.execPath, args: ['-e', script] }
    await writeFile(file, JSON.stringify({ mcpServers: { imported: entry } }))
    expect((await over('import', file)).stderr).toContain('stderr: WEATHER_API_KEY is required')
  })
})
