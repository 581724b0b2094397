import { once } from 'node:events'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { type Desktop, startDesktop } from '../fixtures/oauth/desktop.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'
import { addKey } from '../fixtures/process/api-keys.ts'
import { type Started, startToolyard, toolyard } from '../fixtures/process/command-line.ts'
import { type Program, type Programs, startPrograms } from '../fixtures/process/serving.ts'
import { ctrlC, enter, hasTerminals, openTerminals, type Terminals } from '../fixtures/process/terminal.ts'

let programs: Programs
let terminals: Terminals
let desktop: Desktop
let authorizationServer: AuthorizationServer
let server: ProtectedMcpServer
let env: Record<string, string>
beforeEach(async () => {
  programs = await startPrograms()
  terminals = openTerminals()
  desktop = await startDesktop()
  authorizationServer = await startAuthorizationServer()
  server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  env = { PATH: desktop.PATH, TOOLYARD_DATABASE_URL: `sqlite:${join(programs.folder, 'toolyard.db')}` }
  await prepare((registry) => registry.servers.create({ name: 'a', config: configOf(server), refresh: false }))
})
afterEach(async () => {
  terminals[Symbol.dispose]()
  await programs[Symbol.asyncDispose]()
  await desktop[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await authorizationServer[Symbol.asyncDispose]()
})

const configOf = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp', serverUrl: url }) as const

async function prepare<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
  await using registry = await createRegistry({
    storage: sqliteStorage({ path: join(programs.folder, 'toolyard.db') }),
  })
  return await work(registry)
}

/** Resolves with what `pattern` finds in the output, as soon as it is there. */
async function prints({ child, stdout, stderr, exit }: Program | Started, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(`${stdout()}\n${stderr()}`)?.[1]
    if (found !== undefined) return found
    const more = [child.stdout, child.stderr].flatMap((stream) => (stream ? [once(stream, 'data')] : []))
    const isOver = await Promise.race([...more.map((each) => each.then(() => false)), exit.then(() => true)])
    if (isOver && !pattern.test(`${stdout()}\n${stderr()}`))
      throw new Error(`Expected ${pattern} in: ${stdout()}${stderr()}`)
  }
}
const address = /^(http:\/\/\S+\/authorize\?\S+)$/m

function expectNothingSecret(...texts: readonly string[]): void {
  expect(authorizationServer.secrets.length).toBeGreaterThan(0)
  for (const secret of authorizationServer.secrets) for (const text of texts) expect(text).not.toContain(secret)
}

async function expectClosed(redirectUri: string): Promise<void> {
  await expect(fetch(redirectUri)).rejects.toThrow()
}

describe.runIf(hasTerminals)('toolyard auth on a terminal', () => {
  it('opens the browser, and shows the refresh once the server is connected', async () => {
    const terminal = terminals.open(['auth', 'a'], { env: { ...env, TOOLYARD_SECRET_ENV: 'none' }, columns: 200 })
    expect(await terminal.exit).toBe(0)
    const screen = terminal.screen().join('\n')
    expect(screen).toContain('Open this address in a browser, and allow the access:\nhttp://127.0.0.1:')
    expect(screen).toMatch(/Connected a by http:\/\/127\.0\.0\.1:\d+ with the scopes tools:call\n/)
    expect(screen).toMatch(/✓ a {2}\+\d+ /)
    expect(screen).toMatch(/It has \d+ tools/)
    const [seen] = await desktop.seen()
    expect(seen).toMatchObject({
      status: 200,
      page: expect.stringContaining('<h1>Connected: <bdi>a</bdi></h1>'),
      own: [],
    })
    expectNothingSecret(terminal.raw(), seen?.page ?? '')
  })

  it('says that there is no browser, and goes on', async () => {
    const folder = programs.folder
    await writeFile(join(folder, 'xdg-open'), '#!/bin/sh\nexit 4\n', { mode: 0o755 })
    const PATH = `${folder}:${process.env.PATH}`
    const terminal = terminals.open(['auth', 'a'], { env: { ...env, PATH }, columns: 2000 })
    const [url] = await terminal.shows(/http:\/\/\S+\/authorize\?\S+/)
    await terminal.shows(/No browser was opened \(xdg-open ended with 4\); open the address/)
    await visit(url, { requestRedirect: true })
    expect(await terminal.exit).toBe(0)
  })

  it('with --no-browser asks for the address until it is of this authorization', async () => {
    const terminal = terminals.open(['auth', 'a', '--no-browser'], { env, columns: 2000 })
    const [url] = await terminal.shows(/http:\/\/\S+\/authorize\?\S+/)
    await terminal.shows(/Address that the browser came back to:/)
    const back = await visit(url)
    terminal.press(`${back.url.replace('state=', 'state=x')}${enter}`)
    await terminal.shows(/is of another authorization/)
    // The code alone lacks the issuer, which this authorization server always names.
    terminal.press(`${back.code}${enter}`)
    await terminal.shows(/iss: expected the issuer/)
    terminal.press(`${back.url}${enter}`)
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen().join('\n')).toMatch(/It has \d+ tools/)
    expect(await desktop.seen()).toEqual([])
  })

  it('with --no-browser still takes the browser that comes back', async () => {
    const terminal = terminals.open(['auth', 'a', '--no-browser'], { env, columns: 2000 })
    const [url] = await terminal.shows(/http:\/\/\S+\/authorize\?\S+/)
    await terminal.shows(/came back to:/)
    await visit(url, { requestRedirect: true })
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen().join('\n')).toMatch(/came back to:\nConnected a by /)
  })

  it.each([
    ['auth', 'a'],
    ['auth', 'a', '--no-browser'],
  ])('Ctrl-C ends %s %s %s', async (...args) => {
    authorizationServer.settings.authorize.consent = 'withheld'
    const terminal = terminals.open(args, { env, columns: 200 })
    const [, redirectUri = ''] = await terminal.shows(/Waiting for the browser at (\S+)/)
    if (args.includes('--no-browser')) await terminal.shows(/came back to:/)
    terminal.press(ctrlC)
    expect(await terminal.exit).toBe(1)
    expect(terminal.screen().join('\n')).toMatch(/toolyard: (ended by SIGINT|canceled; nothing was connected)/)
    await expectClosed(redirectUri)
  })
})

describe('toolyard auth without a terminal', () => {
  it('prints the address, and opens no browser', async () => {
    const program = programs.toolyard(['auth', 'a', '--scope', 'extra'], env)
    const url = await prints(program, address)
    expect(new URL(url).searchParams.get('scope')).toBe('extra tools:call')
    await visit(url, { requestRedirect: true })
    expect((await program.exit)[0]).toBe(0)
    expect(program.stdout()).toMatch(
      /^http:.*\nConnected a by .* with the scopes extra tools:call\nIt has \d+ tools\n$/,
    )
    expect(await desktop.seen()).toEqual([])
    expectNothingSecret(program.stdout(), program.stderr())
  })

  it('prints JSON lines with --json: the address, then the server and its refresh', async () => {
    const program = startToolyard(['auth', 'a', '--json'], env)
    const url = await prints(program, /"authorizationUrl":"([^"]+)"/)
    await visit(url, { requestRedirect: true })
    expect((await program.exit)[0]).toBe(0)
    const [begun, ended, ...more] = program
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(begun).toEqual({ authorizationUrl: url, redirectUri: expect.any(String), expiresAt: expect.any(String) })
    expect(ended).toMatchObject({
      server: { name: 'a', status: 'READY', auth: { status: 'CONNECTED', scopes: ['tools:call'] } },
      refresh: { status: 'SUCCEEDED' },
    })
    expect(more).toEqual([])
    await expectClosed(begun.redirectUri)
    expectNothingSecret(program.stdout(), program.stderr())
  })

  it('takes the pasted address from standard input', async () => {
    const program = startToolyard(['auth', 'a', '--no-browser'], env, 'pipe')
    const back = await visit(await prints(program, address))
    program.child.stdin.end(`${back.url}\n`)
    expect((await program.exit)[0]).toBe(0)
    expectNothingSecret(program.stdout(), program.stderr())
  })

  it('ends once the browser came back, also if it still reads standard input', async () => {
    const program = programs.toolyard(['auth', 'a', '--no-browser'], env, 'pipe')
    await visit(await prints(program, address), { requestRedirect: true })
    expect((await program.exit)[0]).toBe(0)
  })

  it('ends with 2 for a pasted address of another authorization', async () => {
    const program = startToolyard(['auth', 'a', '--no-browser'], env, 'pipe')
    await prints(program, address)
    program.child.stdin.end('http://127.0.0.1/callback?code=c&state=other\n')
    expect((await program.exit)[0]).toBe(2)
    expect(program.stderr()).toContain('is of another authorization')
  })

  it('registers itself once for the same address', async () => {
    for (let times = 0; times < 2; times += 1) {
      const program = startToolyard(['auth', 'a'], env)
      await visit(await prints(program, address), { requestRedirect: true })
      expect((await program.exit)[0]).toBe(0)
    }
    const ports = authorizationServer.requestsTo('authorize').map(({ params }) => String(params.redirect_uri))
    // Another test may have the port.
    expect(authorizationServer.requestsTo('register').length).toBe(new Set(ports).size)
  })

  it('ends with 1 if the access was not given, without what the authorization server wrote', async () => {
    authorizationServer.settings.authorize.error = { error: 'access_denied', description: 'Call 555-0100' }
    const program = startToolyard(['auth', 'a'], env)
    const back = await visit(await prints(program, address), { requestRedirect: true })
    expect(back.response?.status).toBe(400)
    const page = await back.response?.text()
    expect(page).toContain('<h1>Not connected: <bdi>a</bdi></h1>')
    expect(page).not.toContain('555')
    expect((await program.exit)[0]).toBe(1)
    expect(program.stderr()).toMatch(/\ntoolyard: The authorization was not given: .* access_denied\n$/)
    expect(program.stderr()).not.toContain('555')
  })

  it('ends with 1 if the answer is of another issuer, and sends no code', async () => {
    authorizationServer.settings.authorize.iss = 'wrong'
    const program = startToolyard(['auth', 'a'], env)
    await visit(await prints(program, address), { requestRedirect: true })
    expect((await program.exit)[0]).toBe(1)
    expect(program.stderr()).toContain('got another issuer (RFC 9207)')
    expect(authorizationServer.tokenRequests()).toEqual([])
  })

  it('ends with 1 if the server is connected and its refresh fails', async () => {
    const program = startToolyard(['auth', 'a'], env)
    const url = await prints(program, address)
    server.settings.fault = '500'
    await visit(url, { requestRedirect: true })
    expect((await program.exit)[0]).toBe(1)
    expect(program.stdout()).toContain('Connected a by')
    expect(program.stderr()).toMatch(/Its tools could not be read: .*; try again with: toolyard refresh a\n/)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with 1, and all its sockets', async (signal) => {
    const program = programs.toolyard(['auth', 'a'], env)
    const redirectUri = await prints(program, /Waiting for the browser at (\S+)/)
    program.child.kill(signal)
    expect(await program.exit).toEqual([1, null])
    expect(program.stderr()).toMatch(new RegExp(`toolyard: ended by ${signal}\n$`))
    await expectClosed(redirectUri)
  })

  it('ends with 2 for what cannot be connected so', async () => {
    await prepare(async ({ servers }) => {
      const refresh = false
      await servers.create({ name: 'stdio', config: { transport: 'stdio', command: 'x' }, refresh })
      const auth = { token: 'a-token-of-the-owner' }
      await servers.create({ name: 'header', config: { ...configOf(server), auth }, refresh })
      const oauth = { grant: 'CLIENT_CREDENTIALS', clientId: 'c', clientSecret: 'a-secret-of-it' } as const
      await servers.create({ name: 'machine', config: { ...configOf(server), auth: { oauth } }, refresh })
    })
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['aa'], 'there is no server "aa"; did you mean a?'],
      [['stdio'], 'stdio is a stdio server'],
      [['header'], 'header sends the header Authorization; toolyard update header --oauth sets OAuth'],
      [['machine'], 'connects by itself (CLIENT_CREDENTIALS), without a browser'],
      [['a', '--scope', 'two words'], 'scopes.0: expected a scope'],
      [['a', '--status', '--disconnect'], '--status and --disconnect: expected one of them'],
      [['a', '--status', '--scope', 's'], '--status: expected no --scope'],
      [['a', '--disconnect', '--no-browser'], '--disconnect: expected no --no-browser'],
      [['a', '--disconnect'], 'does not use OAuth; there is nothing to disconnect'],
    ]
    for (const [args, message] of cases) {
      const { code, stderr } = await toolyard(['auth', ...args], env)
      expect({ args, code, stderr }).toEqual({ args, code: 2, stderr: expect.stringContaining(message) })
    }
  })

  it('ends with 4 if the network policy blocks the server, and with 3 if --url cannot be reached', async () => {
    const blocked = startToolyard(['auth', 'a'], { ...env, TOOLYARD_NETWORK: 'public' })
    const away = startToolyard(['auth', 'a', '--url', 'http://127.0.0.1:9'])
    expect([(await blocked.exit)[0], (await away.exit)[0]]).toEqual([4, 3])
  })
})

describe('toolyard auth over a server', () => {
  it('connects there, with a key that may; ends with 4 for one that may not', async () => {
    const keys = join(programs.folder, 'keys.json')
    const { key } = await addKey(keys, 'read,run,write')
    const { key: reading } = await addKey(keys, 'read,run')
    const { base } = await programs.serveHere([], { TOOLYARD_API_KEYS: keys, TOOLYARD_NETWORK: '*' })
    const remote = { TOOLYARD_URL: base, TOOLYARD_KEY: key }
    const added = startToolyard(['add', 'far', server.url], remote)
    expect((await added.exit)[0]).toBe(1)
    expect(added.stderr()).toContain('; toolyard auth far connects it\n')

    const refused = startToolyard(['auth', 'far'], { ...remote, TOOLYARD_KEY: reading })
    expect((await refused.exit)[0]).toBe(4)
    const program = startToolyard(['auth', 'far', '--json'], remote)
    await visit(await prints(program, /"authorizationUrl":"([^"]+)"/), { requestRedirect: true })
    expect((await program.exit)[0]).toBe(0)
    const listed = startToolyard(['list'], remote)
    await listed.exit
    expect(listed.stdout()).toMatch(/far +READY +connected/)
    expectNothingSecret(program.stdout(), program.stderr(), listed.stdout())
  })
})

describe('toolyard auth without a browser', () => {
  const ended = (...args: readonly string[]) => toolyard(args, env)
  const connected = () =>
    prepare(async ({ servers }) => {
      const { id } = (await servers.list()).edges[0]?.node ?? { id: '' }
      const { authorizationUrl } = await servers.beginAuth(id, { redirectUri: 'http://127.0.0.1:39999/callback' })
      const { state = '', code, iss } = await visit(authorizationUrl)
      await servers.completeAuth({ state, code, iss })
      await (await servers.refresh(id)).result()
    })

  it('shows how a server is connected, and what to do', async () => {
    expect((await ended('auth', 'a', '--status')).stdout).toMatch(/^OAuth +not configured\n$/m)
    await ended('refresh', 'a')
    const wanted = await ended('auth', 'a', '--status')
    expect(wanted.stdout).toMatch(/^Status +NEEDS_AUTH\n.*\nTo do +toolyard auth a connects it\n$/m)
    await connected()
    const { code, stdout } = await ended('auth', 'a', '--status')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^OAuth +connected \(authorization code\)$/m)
    expect(stdout).toContain(authorizationServer.issuer)
    expect(stdout).toMatch(/^Scopes +tools:call$/m)
    expect(stdout).toMatch(/^Token until +\d{4}-/m)
    expect(stdout).not.toContain('To do')
    const json = await ended('auth', 'a', '--status', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      server: { name: 'a', status: 'READY' },
      auth: { status: 'CONNECTED', issuer: authorizationServer.issuer, scopes: ['tools:call'] },
      advice: null,
    })
    expectNothingSecret(stdout, json.stdout)
  })

  it('disconnects: the tokens are revoked, and the server asks for authorization again', async () => {
    await connected()
    expect(await ended('auth', 'a', '--disconnect')).toEqual({
      code: 0,
      stdout: 'Disconnected a; its tokens are dropped\n',
      stderr: '',
    })
    expect(authorizationServer.requestsTo('revoke').length).toBeGreaterThan(0)
    expect((await ended('auth', 'a', '--status')).stdout).toMatch(/^OAuth +not connected/m)
    const json = await ended('auth', 'a', '--disconnect', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ server: { name: 'a', auth: { status: 'NOT_CONNECTED' } } })
  })

  it('reads without making a database', async () => {
    const path = join(programs.folder, 'none.db')
    const { code } = await toolyard(['auth', 'a', '--status'], { TOOLYARD_DATABASE_URL: `sqlite:${path}` })
    expect(code).toBe(2)
    await expect(access(path)).rejects.toThrow()
  })
})
