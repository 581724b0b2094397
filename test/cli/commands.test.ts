import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { buildSchema } from 'graphql'
import { openApiKeys } from 'toolyard/api-keys'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { onlyOwnOperations, serveRegistry } from '../fixtures/http/serve-registry.ts'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { addKey } from '../fixtures/process/api-keys.ts'
import { toolyard } from '../fixtures/process/command-line.ts'

let folder: string
let registry: Registry
let server: RunningServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-commands-'))
  registry = await createRegistry({
    storage: sqliteStorage({ path: join(folder, 'served.db') }),
    secretEnv: { names: ['*'], read: () => undefined },
  })
  // Commands ask for nothing else.
  server = await serveRegistry(registry, onlyOwnOperations)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const overDatabase =
  (name: string) =>
  (...args: readonly string[]) =>
    toolyard(args, { TOOLYARD_DATABASE_URL: `sqlite:${join(folder, name)}` })
const overServer = (...args: readonly string[]) => toolyard(args, { TOOLYARD_URL: server.url })

/** What differs from one registry to the next, whatever is asked of it. */
function withoutChance(text: string): string {
  return text
    .replaceAll(/\b(mcps|tool|refr)_\w+/g, '$1_…')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…Z')
    .replaceAll(/sqlite:\S+?(?=[;\s])|http:\S+\/graphql/g, 'PLACE')
}

/** Each with its args as the shell would split them. */
const session: readonly (readonly string[])[] = [
  ['list'],
  [
    'add',
    'files',
    '--no-refresh',
    '--label',
    'demo',
    '--env',
    'A=b=c',
    '--env',
    'KEY=@env:FILES_KEY',
    '--',
    'npx',
    '-y',
    'x',
  ],
  [
    'add',
    'web',
    'http://127.0.0.1:9/mcp',
    '--no-refresh',
    '--token',
    'secret-value-of-twenty-five',
    '--header',
    'X-A: b',
  ],
  ['add', 'web', 'http://127.0.0.1:9/other', '--no-refresh'],
  ['list'],
  ['list', '--json'],
  ['list', '--label', 'demo'],
  ['get', 'web'],
  ['get', 'web', '--json'],
  [
    ...['add', 'calendar', 'https://a.example/mcp', '--no-refresh', '--oauth', '--scope', 'a', '--scope', 'b'],
    ...['--client-id', 'me', '--client-secret', 'secret-value-of-oauth'],
  ],
  ['list'],
  ['get', 'calendar'],
  ['get', 'calendar', '--json'],
  ['update', 'calendar', '--oauth', '--issuer', 'http://auth.example'],
  ['update', 'calendar', '--oauth', '--grant', 'jwt-bearer', '--assertion', '@env:A', '--client-id', 'other'],
  ['update', 'calendar', '--oauth', '--no-auth'],
  ['get', 'calendar'],
  ['update', 'calendar', '--no-auth'],
  ['remove', 'calendar'],
  ['get', 'nothing'],
  ['update', 'web', '--rename', 'net', '--no-auth', '--unset-header', 'X-A', '--request-timeout', '1234', '--disable'],
  ['update', 'net', '--disable'],
  ['get', 'net'],
  ['update', 'net', '--', 'node', 'server.js'],
  ['get', 'net', '--json'],
  ['tools'],
  ['tools', 'net'],
  ['tools', 'net/none'],
  ['remove', 'net', 'nothing'],
  ['remove', 'net', 'files', '--json'],
  ['list', '--json'],
]

describe('commands on a server and on the database', () => {
  it('say and end with the same', async () => {
    const local = overDatabase('same.db')
    for (const args of session) {
      const [here, there] = [await local(...args), await overServer(...args)]
      const same = { ...here, stdout: withoutChance(here.stdout), stderr: withoutChance(here.stderr) }
      expect({ args, ...same }).toEqual({
        args,
        code: there.code,
        stdout: withoutChance(there.stdout),
        stderr: withoutChance(there.stderr),
      })
      expect(`${here.stdout}${here.stderr}${there.stdout}`).not.toContain('secret-value')
    }
  })
})

describe('commands', () => {
  it('keep what was said of a server, and show secrets by where they come from', async () => {
    const local = overDatabase('servers.db')
    const added = await local(
      'add',
      'a',
      '--no-refresh',
      '--env',
      'K=@env:NAME',
      '--cwd',
      '/tmp',
      '--',
      'npx',
      '--yes',
      'x',
    )
    expect(added).toMatchObject({ code: 0, stderr: '' })
    const { stdout } = await local('get', 'a', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      __typename: 'StdioMcpServer',
      command: 'npx',
      args: ['--yes', 'x'],
      cwd: '/tmp',
      env: [{ name: 'K', source: 'ENV', reference: 'NAME', hint: null }],
    })
    const shown = (await local('get', 'a')).stdout
    expect(shown).toMatch(/^Env +K \(ENV NAME\)$/m)
    expect(shown).toMatch(/^Target +npx --yes x$/m)
  })

  it('take secrets from standard input and files, and say that flags are visible', async () => {
    await using fixture = await startFixture()
    const env = { TOOLYARD_DATABASE_URL: `sqlite:${join(folder, 'secrets.db')}` }
    const file = join(folder, 'header')
    await writeFile(file, 'of a file\n')
    const said = await toolyard(
      ['add', 'a', fixture.url, '--token', '-', '--header', `X-A: @file:${file}`, '--header', 'X-B: of a flag'],
      env,
      'of-stdin\n',
    )
    expect(said.stderr).toContain('--header: flags are visible to other users of this machine')
    expect(said.stderr).not.toMatch(/--token|of a|of-stdin/)
    const { headers } = fixture.calls.at(-1) ?? {}
    expect(headers).toMatchObject({ authorization: 'Bearer of-stdin', 'x-a': 'of a file', 'x-b': 'of a flag' })
    const updated = await toolyard(['update', 'a', '--token', '-'], env, 'of-another')
    expect(updated.code).toBe(0)
    expect(updated.stderr).not.toContain('visible')
    await toolyard(['refresh', 'a'], env)
    expect(fixture.calls.at(-1)?.headers.authorization).toBe('Bearer of-another')
    expect(await toolyard(['add', 'b', fixture.url, '--token', '@file:/dev/zero'], env)).toMatchObject({ code: 2 })
  })

  it('make no database where they only read', async () => {
    const { code, stdout } = await overDatabase('missing.db')('list')
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('toolyard add') })
    expect((await readdir(folder)).filter((name) => name.startsWith('missing'))).toEqual([])
  })

  it('add a server that cannot be reached, say so, and end with 1', async () => {
    const local = overDatabase('unreachable.db')
    const { code, stdout, stderr } = await local('add', 'a', 'http://127.0.0.1:9/mcp')
    expect(code).toBe(1)
    expect(stdout).toContain('Added a (mcps_')
    expect(stderr).toContain('CONNECT_FAILED')
    expect(JSON.parse((await local('get', 'a', '--json')).stdout)).toMatchObject({ status: 'ERROR' })
    expect((await local('add', 'b', 'http://127.0.0.1:9/mcp', '--no-refresh')).code).toBe(0)
  })

  it('tell what a refresh would change, and store nothing of it', async () => {
    const local = overDatabase('dry.db')
    const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'))
    await local('add', 'a', '--no-refresh', '--', process.execPath, everything)
    const { code, stdout } = await local('refresh', 'a', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^a: \d+ added, 0 updated, 0 deleted, 0 unchanged/)
    expect(stdout).toMatch(/^ {2}\+ echo$/m)
    expect((await local('tools')).stdout).toContain('No tools in')
    await local('add', 'b', '--no-refresh', 'http://127.0.0.1:9/mcp')
    const failed = await local('refresh', 'a', 'b', '--dry-run', '--json')
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.stdout)).toMatchObject([
      { serverName: 'a', preview: { unchangedCount: 0 } },
      { serverName: 'b', preview: { code: 'CONNECT_FAILED' } },
    ])
  })

  it.each([
    [['refresh', 'a', '--dry-run', '--events'], '--dry-run has no events'],
    [['refresh', 'a', '--var', 'a secret without a sign'], '--var: expected NAME=VALUE'],
    [['add', 'a'], 'expected a URL, or -- and a command'],
    [['add', 'a', '--token', 't', '--', 'npx'], '--token is for a URL'],
    [['add', 'a', 'http://h/', '--env', 'A=b'], '--env is for a command'],
    [['add', 'a', 'http://h/', 'more'], 'expected nothing behind the URL'],
    [['add', 'a', 'http://h/', '--token-header', 'X'], '--token-header needs --token'],
    [['add', 'a', 'http://h/', '--client-id', 'x'], '--client-id needs --oauth'],
    [['add', 'a', 'http://h/', '--oauth', '--token', 't'], '--oauth and --token: expected one of them'],
    [['add', 'a', 'http://h/', '--oauth', '--grant', 'password'], 'Expected one of authorization-code'],
    [['add', 'a', 'http://h/', '--oauth', '--id-token', 'a secret'], '--id-token needs --idp-issuer'],
    [['add', 'a', 'http://h/', '--oauth', '--grant', 'client-credentials'], 'auth.oauth.clientId: expected a value'],
    [['add', 'a', '--oauth', '--', 'npx'], '--oauth is for a URL'],
    [['add', 'a', 'http://h/', '--header', 'no separator of a secret'], "--header: expected 'NAME: VALUE'"],
    [['add', 'a', 'http://h/', '--transport', 'carrier-pigeon'], 'Expected one of http, sse'],
    [['add', 'a', 'http://h/', '--connect-timeout', '1s'], 'Expected milliseconds'],
    [['add', ' ', 'http://h/'], 'expected a non-empty'],
    [['update', 'a'], 'there is no server "a"'],
    [['list', '--url', 'ftp://h'], '--url is "ftp://h", takes an address'],
    [['list', '--key', 'k'], '--key is for a server'],
    [['list', '--url', 'http://h', '--database-url', 'sqlite:x'], 'expected one of them'],
    [['list', '--url', 'http://127.0.0.1:9', '--tenant', 'x'], 'cannot be reached'],
    [['list', '--tenant', 'No Tenant'], '--tenant'],
    [['list', '--unknown'], "unknown option '--unknown'"],
    [['lits'], 'did you mean list?'],
  ])('refuse %j', async (args, message) => {
    const { code, stdout, stderr } = await overDatabase('refused.db')(...args)
    expect({ code, stdout }).toEqual({ code: message === 'cannot be reached' ? 3 : 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('secret')
  })

  it('end with 3 if a server does not answer, and with 4 if it rejects the key', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const keys = join(folder, 'keys.json')
    await addKey(keys, 'read')
    const opened = openApiKeys(keys)
    const locked = await serveRegistry(await createRegistry(), { authenticate: opened.authenticate })
    try {
      const { port } = silent.address() as AddressInfo
      const unanswered = await toolyard(['list', '--url', `http://127.0.0.1:${port}`])
      expect(unanswered).toMatchObject({ code: 3, stdout: '' })
      expect(unanswered.stderr).toContain(`http://127.0.0.1:${port}/graphql did not answer within`)
      const refused = await toolyard(['list'], { TOOLYARD_URL: locked.url, TOOLYARD_KEY: 'tyk_stranger' })
      expect(refused).toMatchObject({ code: 4, stdout: '' })
      expect(refused.stderr).toContain('--key or TOOLYARD_KEY')
      expect(refused.stderr).not.toContain('stranger')
    } finally {
      silent.close()
      silent.closeAllConnections()
      opened[Symbol.dispose]()
      await locked.close()
    }
  })

  it('print the schema, as it is and as introspection', async () => {
    const { stdout } = await overDatabase('none.db')('schema')
    expect(buildSchema(stdout).getMutationType()?.getFields()).toHaveProperty('createMcpServer')
    const open = await serveRegistry(await createRegistry())
    try {
      expect((await toolyard(['schema'], { TOOLYARD_URL: open.url })).stdout).toBe(stdout)
      const asked = await toolyard(['schema', '--json'], { TOOLYARD_URL: open.url })
      expect(JSON.parse(asked.stdout)).toHaveProperty('__schema')
    } finally {
      await open.close()
    }
  })

  it('end with 4 if a server executes only persisted operations and does not know theirs', async () => {
    const { code, stdout, stderr } = await overServer('schema')
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toContain('--only-persisted')
  })

  it('name the exit codes in every help', async () => {
    for (const args of [['--help'], ['list', '--help'], ['keys', 'add', '--help']]) {
      const { code, stdout } = await toolyard(args, {})
      expect(code).toBe(0)
      expect(stdout).toContain('Exit codes: 0 done; 1 ')
    }
  })
})
