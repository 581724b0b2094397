import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'
import { toolyard } from '../fixtures/process/command-line.ts'

let folder: string
let authorizationServer: AuthorizationServer
let server: ProtectedMcpServer
/** Asks for a token, and says nothing of OAuth. */
let plain: FixtureServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-hints-'))
  authorizationServer = await startAuthorizationServer()
  server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  plain = await startFixture({ status: 401 })
})
afterEach(async () => {
  await plain.close()
  await server[Symbol.asyncDispose]()
  await authorizationServer[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const path = () => join(folder, 'toolyard.db')
const over = (...args: readonly string[]) => toolyard(args, { TOOLYARD_DATABASE_URL: `sqlite:${path()}` })

async function prepare<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
  await using registry = await createRegistry({ storage: sqliteStorage({ path: path() }) })
  return await work(registry)
}

const hint = 'toolyard auth a connects it'

/** Connects the server `a`, and waits for the refresh that follows. */
const connect = () =>
  prepare(async ({ servers }) => {
    const { id } = (await servers.list()).edges[0]?.node ?? { id: '' }
    const { authorizationUrl } = await servers.beginAuth(id, { redirectUri: 'http://127.0.0.1:39999/callback' })
    const { state = '', code, iss } = await visit(authorizationUrl)
    await servers.completeAuth({ state, code, iss })
    await (await servers.refresh(id)).result()
  })

describe('a server that asks for OAuth', () => {
  it('is added, and add says how to connect it', async () => {
    const added = await over('add', 'a', server.url)
    expect(added).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Added a /) })
    expect(added.stderr).toMatch(/^Its tools could not be read: AUTH_REQUIRED: .*; toolyard auth a connects it\n$/)
    const json = await over('add', 'b', server.url, '--json')
    expect(json.stderr).toBe('toolyard auth b connects it\n')
    expect(JSON.parse(json.stdout)).toMatchObject({
      server: { status: 'NEEDS_AUTH', health: { lastError: { authentication: 'OAUTH' } } },
      refresh: { error: { code: 'AUTH_REQUIRED', authentication: 'OAUTH' } },
    })
    const other = await over('add', 'c', plain.url)
    expect(other.stderr).not.toContain('toolyard auth')
    expect(other.stderr).toContain('; try again with: toolyard refresh c')
  })

  it('is imported, and import says how to connect it', async () => {
    const file = join(folder, 'servers.json')
    await writeFile(file, JSON.stringify({ mcpServers: { a: { url: server.url }, c: { url: plain.url } } }))
    const { code, stderr } = await over('import', file, '--yes')
    expect(code).toBe(0)
    expect(stderr.split('\n').filter((line) => line.startsWith('toolyard auth'))).toEqual([hint])
  })

  it('is shown as such by list, get, tools, refresh and run', async () => {
    await over('add', 'a', server.url)
    await over('add', 'c', plain.url)
    const list = await over('list')
    expect(list.stdout).toMatch(/^a +NEEDS_AUTH/m)
    expect(list.stderr).toBe(`a asks for authorization: ${hint}\n`)
    expect((await over('list', '--json')).stderr).toBe('')
    expect((await over('get', 'a')).stdout).toMatch(/^To do +toolyard auth a connects it$/m)
    expect((await over('get', 'c')).stdout).not.toContain('To do')
    expect((await over('tools', 'a')).stderr).toContain(hint)
    const refresh = await over('refresh', 'a', 'c')
    expect([refresh.code, refresh.stderr]).toEqual([1, `${hint}\n`])
    expect((await over('refresh', 'a', '--dry-run')).stderr).toContain(`${hint}\n`)
    const run = await over('run', 'a/echo')
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(`; ${hint}\n`)])
  })

  it('that takes back what it granted, or wants more, is connected again by the same command', async () => {
    await over('add', 'a', server.url, '--no-refresh')
    await connect()
    const wider = await over('run', 'a/admin')
    expect(wider.code).toBe(1)
    expect(wider.stderr).toMatch(/toolyard auth a connects it\ntoolyard: run_\w+ FAILED: AUTH_REQUIRED: /)
    expect((await over('get', 'a')).stdout).toMatch(/^To do +toolyard auth a asks for \S+, too$/m)
    for (const { value } of authorizationServer.issuedTokens) authorizationServer.revoke(value)
    const gone = await over('run', 'a/echo', 'text=x')
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining(`${hint}\n`)])
    expect((await over('list')).stdout).toMatch(/^a +NEEDS_AUTH +needs a new consent/m)
  })

  it('by credentials is told to be given others', async () => {
    const flags = ['--oauth', '--grant', 'client-credentials', '--client-id', 'unknown-client']
    const { stderr } = await over('add', 'a', server.url, ...flags, '--client-secret', 'a-secret-of-the-test')
    expect(stderr).toContain('set its credentials anew with toolyard update a --oauth')
    expect(stderr).not.toContain('toolyard auth')
  })
})

describe('toolyard doctor', () => {
  async function findings() {
    const { code, stdout } = await over('doctor', '--json')
    const { checks }: { checks: readonly { area: string; code: string | null; message: string; advice: string }[] } =
      JSON.parse(stdout)
    return { code, checks: checks.filter(({ area }) => area === 'MCP_SERVERS') }
  }

  it('says how a server is connected, that its issuer answers, and which scopes it lacks', async () => {
    await over('add', 'a', server.url)
    const wanted = await findings()
    expect(wanted.code).toBe(1)
    expect(wanted.checks).toMatchObject([{ code: 'OAUTH_NOT_CONNECTED', advice: hint }])
    await connect()
    const connected = await findings()
    expect(connected.code).toBe(0)
    expect(connected.checks.map(({ code, message }) => code ?? message)).toEqual([
      expect.stringMatching(/^lists 3 tools/),
      expect.stringMatching(/^Fits model APIs/),
      expect.stringMatching(/^is connected by OAuth; its access token is valid until \S+, with the scopes tools:call$/),
      expect.stringMatching(/^the authorization server http:\S+ answers; its metadata came in \d+ ms$/),
    ])
    await over('run', 'a/admin')
    expect((await findings()).checks.map(({ code }) => code)).toContain('OAUTH_SCOPES_MISSING')
  })

  it('finds an issuer that does not answer, one that is blocked, and a grant without a refresh token', async () => {
    authorizationServer.settings.refreshTokens = 'never'
    await over('add', 'a', server.url, '--no-refresh')
    await connect()
    expect((await findings()).checks.map(({ code }) => code)).toContain('OAUTH_NOT_RENEWABLE')
    authorizationServer.faults.metadata = '500'
    const away = await findings()
    expect(away.code).toBe(1)
    expect(away.checks.map(({ code }) => code)).toContain('OAUTH_ISSUER_UNREACHABLE')
    authorizationServer.faults.metadata = null
    authorizationServer.expireAccessTokens()
    expect((await findings()).checks.map(({ code }) => code)).toContain('OAUTH_CONSENT_NEEDED')
    const env = { TOOLYARD_DATABASE_URL: `sqlite:${path()}`, TOOLYARD_NETWORK: 'public' }
    const blocked = await toolyard(['doctor', 'a', '--json'], env)
    expect(blocked.stdout).toContain('"OAUTH_ISSUER_BLOCKED"')
    for (const secret of authorizationServer.secrets) expect(blocked.stdout).not.toContain(secret)
  })
})
