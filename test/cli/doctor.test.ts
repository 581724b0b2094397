import { chmod, copyFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { addKey } from '../fixtures/process/api-keys.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, startPrograms } from '../fixtures/process/serving.ts'

interface Check {
  readonly area: string
  readonly subject: string
  readonly status: 'OK' | 'WARNING' | 'ERROR'
  readonly code: string | null
  readonly message: string
  readonly advice: string | null
}

let programs: Programs
let path: string
beforeEach(async () => {
  programs = await startPrograms()
  path = join(programs.folder, 'toolyard.db')
})
afterEach(() => programs[Symbol.asyncDispose]())

function doctor(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const isOfServer = args.includes('--url')
  return toolyard(['doctor', ...args], { ...(isOfServer ? {} : { TOOLYARD_DATABASE_URL: `sqlite:${path}` }), ...env })
}

/** What `--json` says, without what is well. */
async function diagnosis(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout } = await doctor([...args, '--json'], env)
  const { ok, checks }: { ok: boolean; checks: readonly Check[] } = JSON.parse(stdout)
  expect(checks.every(({ status, advice }) => (status === 'OK') === (advice === null))).toBe(true)
  expect(ok).toBe(checks.every(({ status }) => status !== 'ERROR'))
  const findings = checks.flatMap(({ code, subject, status }) => (code ? [`${status} ${subject} ${code}`] : []))
  return { code, checks, findings }
}

/** Prepares the database that the program finds. */
async function prepare(work: (registry: Registry) => Promise<unknown>): Promise<void> {
  const registry = await createRegistry({ storage: sqliteStorage({ path }) })
  try {
    await work(registry)
  } finally {
    await registry.close()
  }
}
const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp', serverUrl: url }) as const

describe('toolyard doctor', () => {
  it('finds nothing where nothing is yet, and makes no file', async () => {
    const { code, stdout, stderr } = await doctor()
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Program\n {2}✓ Node\.js: version \S+, which toolyard supports\n {2}✓ toolyard: version /)
    expect(stdout).toMatch(/\n\nMCP servers\n {2}✓ servers: none is registered\n\n\d+ checks: all is well\n$/)
    expect(await readdir(programs.folder)).toEqual([])
  })

  it('says of each server what it found and what to do, and stores none of its tools', async () => {
    await using sound = await startFixture()
    await using changed = await startFixture({ tools: [{ name: 'old', inputSchema: { type: 'object' } }] })
    await using refusing = await startFixture({ status: 401 })
    await prepare(async (registry) => {
      await registered(registry, 'sound', http(sound))
      await registered(registry, 'changed', http(changed))
      const add = (name: string, config: Parameters<Registry['servers']['create']>[0]['config'], enabled = true) =>
        registry.servers.create({ name, config, enabled, refresh: false })
      await add('refusing', http(refusing))
      await add('missing', { transport: 'stdio', command: 'no-such-command' })
      await add('away', http({ url: 'http://127.0.0.1:1/mcp' }))
      await add('off', http({ url: 'http://127.0.0.1:1/mcp' }), false)
      await add('ending', { transport: 'stdio', ...fixtureStdio({ exitOnStart: ['No licence'] }) })
    })
    changed.setTools([{ name: 'new', inputSchema: { type: 'object', properties: { a: 'string' } } }, { name: '' }])

    const { code, checks, findings } = await diagnosis()
    expect(code).toBe(1)
    expect(findings).toEqual([
      'ERROR away NOTHING_LISTENS',
      'WARNING changed TOOLS_CHANGED',
      'WARNING changed TOOLS_REJECTED',
      'WARNING changed SCHEMAS_INVALID',
      'ERROR ending COMMAND_FAILED',
      'ERROR missing COMMAND_NOT_FOUND',
      'ERROR refusing TOKEN_REFUSED',
    ])
    const of = (subject: string) => checks.filter((check) => check.subject === subject)
    expect(of('sound')[0]).toMatchObject({
      status: 'OK',
      message: expect.stringMatching(/^lists \d+ tools; connected in/),
    })
    expect(of('off')).toMatchObject([{ status: 'OK', message: 'is disabled, and not asked' }])
    expect(of('changed')[1]?.message).toContain('1 to add: new; 1 to delete: old')
    expect(of('ending')[0]?.message).toContain('it wrote: No licence')
    expect(of('refusing')[0]?.advice).toBe('set another token with toolyard update refusing --token TOKEN')

    const { stdout, code: named } = await doctor(['missing', 'off'])
    expect(named).toBe(1)
    expect(stdout).toContain('  ✗ missing: Could not start "no-such-command": ')
    expect(stdout).toContain('      → install no-such-command where toolyard runs, or give the absolute path')
    expect(stdout).not.toContain('sound')
    await prepare(async (registry) => {
      expect((await registry.tools.list({ filter: { name: { in: ['old', 'new'] } } })).edges).toHaveLength(1)
    })
  })

  it('takes the name of no server for a mistake', async () => {
    const { code, stderr } = await doctor(['missing'])
    expect(code).toBe(2)
    expect(stderr).toBe('toolyard: there is no server "missing"; see toolyard list\n')
  })

  it('names every setting that is broken, and each variable that nothing reads', async () => {
    const env = { TOOLYARD_PORT: 'http', TOOLYARD_RATE: '1', TOOLYARD_STDOI: 'npx', TOOLYARD_NETWORK: 'public' }
    const { code, findings } = await diagnosis([], env)
    expect(code).toBe(1)
    expect(findings).toEqual([
      'WARNING TOOLYARD_STDOI VARIABLE_UNKNOWN',
      'ERROR TOOLYARD_PORT SETTING_INVALID',
      'ERROR TOOLYARD_RATE SETTING_INVALID',
      'WARNING servers SERVERS_NOT_ASKED',
    ])
    const one = await diagnosis([], { TOOLYARD_NETWORK: '10.0.0.0/99' })
    expect(one.findings[0]).toBe('ERROR settings SETTING_INVALID')
    expect(one.checks.find(({ code }) => code === 'SETTING_INVALID')?.message).toContain('TOOLYARD_NETWORK')
  })
})

describe('toolyard doctor on files', () => {
  const withServer = (registry: Registry) =>
    registry.servers.create({
      name: 'a',
      config: http({ url: 'http://127.0.0.1:1/mcp' }),
      refresh: false,
      enabled: false,
    })

  it('tells that others may use them', async () => {
    await prepare(withServer)
    await chmod(path, 0o644)
    await chmod(`${path}.key`, 0o640)
    const { code, findings } = await diagnosis()
    expect(code).toBe(0)
    expect(findings).toEqual([path, `${path}.key`].map((name) => `WARNING ${name} FILE_OPEN_TO_OTHERS`))
  })

  it('changes nothing where the key is another one or gone: no key takes the place of the lost one', async () => {
    await prepare(withServer)
    await writeFile(`${path}.key`, `${Buffer.alloc(32, 7).toString('base64')}\n`)
    const wrong = await diagnosis()
    expect([wrong.code, wrong.findings]).toEqual([
      1,
      [`ERROR ${path}.key SECRETS_UNREADABLE`, 'WARNING servers SERVERS_NOT_ASKED'],
    ])
    await rm(`${path}.key`)
    const missing = await diagnosis()
    expect([missing.code, missing.findings]).toEqual([
      1,
      [`ERROR ${path}.key KEY_FILE_MISSING`, 'WARNING servers SERVERS_NOT_ASKED'],
    ])
    expect(await readdir(programs.folder)).not.toContain('toolyard.db.key')
    const database = new BetterSqlite3(path, { readonly: true })
    expect(database.prepare('select count(*) from secret_keys').pluck().get()).toBe(1)
    database.close()
  })

  it('tells a database of a newer version, of an older one, and of another program apart', async () => {
    await prepare(withServer)
    const newer = new BetterSqlite3(path)
    newer.prepare('insert into kysely_migration (name, timestamp) values (?, ?)').run('9999_future', '2099-01-01')
    newer.close()
    const first = await diagnosis()
    expect([first.code, first.findings[0]]).toEqual([1, `ERROR sqlite:${path} DATABASE_NEWER`])

    const older = join(programs.folder, 'older.db')
    await copyFile(fileURLToPath(new URL('../storage/databases/0003_durable_jobs.db', import.meta.url)), older)
    await chmod(older, 0o600)
    const second = await diagnosis(['--database-url', `sqlite:${older}`])
    expect(second.code).toBe(0)
    expect(second.findings).toEqual([`WARNING sqlite:${older} DATABASE_OLDER`, 'WARNING servers SERVERS_NOT_ASKED'])
    const untouched = new BetterSqlite3(older, { readonly: true })
    expect(untouched.prepare('select count(*) from kysely_migration').pluck().get()).toBe(3)
    untouched.close()

    const foreign = join(programs.folder, 'foreign.db')
    await writeFile(foreign, 'This is no database, whatever else it is. '.repeat(100), { mode: 0o600 })
    const third = await diagnosis(['--database-url', `sqlite:${foreign}`])
    expect([third.code, third.findings[0]]).toEqual([1, `ERROR sqlite:${foreign} DATABASE_UNUSABLE`])
  })
})

describe('toolyard doctor --url', () => {
  it('looks at the server, and has it ask the MCP servers', async () => {
    await using fixture = await startFixture()
    const { url, base } = await programs.serve()
    const none = await diagnosis(['--url', base])
    expect([none.code, none.findings]).toEqual([0, []])
    const query = /* GraphQL */ `mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) { __typename } }`
    const create = (name: string, serverUrl: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query,
          variables: { input: { name, config: { streamableHttp: { serverUrl } }, refresh: false } },
        }),
      })
    await create('sound', fixture.url)
    await create('away', 'http://127.0.0.1:1/mcp')
    const { code, checks, findings } = await diagnosis(['--url', base])
    expect([code, findings]).toEqual([1, ['ERROR away NOTHING_LISTENS', 'WARNING sound TOOLS_CHANGED']])
    const areas = [...new Set(checks.map(({ area }) => area))]
    expect(areas).toEqual(['PROGRAM', 'SERVER', 'MCP_SERVERS'])
    const server = checks.filter(({ area }) => area === 'SERVER').map(({ subject }) => subject)
    expect(server).toEqual([url, '/health', '/ready'])
    expect(await readdir(programs.folder)).toEqual([])
  })

  it('asks no MCP server with a key that may only read, and ends with 4 for one that is not known', async () => {
    const keys = join(programs.folder, 'keys.json')
    const { key: TOOLYARD_KEY } = await addKey(keys, 'read')
    await prepare((registry) =>
      registry.servers.create({ name: 'a', config: http({ url: 'https://mcp.example/mcp' }), refresh: false }),
    )
    const { base } = await programs.serve(['--database-url', `sqlite:${path}`], { TOOLYARD_API_KEYS: keys })
    const reader = await diagnosis(['--url', base], { TOOLYARD_KEY })
    expect([reader.code, reader.findings]).toEqual([0, ['WARNING a SCOPE_MISSING']])
    const stranger = await diagnosis(['--url', base], { TOOLYARD_KEY: 'tyk_1_none' })
    expect([stranger.code, stranger.findings]).toEqual([4, [`ERROR ${base}/graphql KEY_REFUSED`]])
  })

  it('ends with 3 where nothing answers', async () => {
    const away = await diagnosis(['--url', 'http://127.0.0.1:1'])
    expect([away.code, away.findings]).toEqual([3, ['ERROR http://127.0.0.1:1/graphql SERVER_UNREACHABLE']])
  })
})
