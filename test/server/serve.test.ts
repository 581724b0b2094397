import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { fixtureStdio } from '../fixtures/mcp/mcp-fixture.ts'
import { openEvents, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { toolyard as toolyardHere } from '../fixtures/process/command-line.ts'
import { childrenOf, isAlive } from '../fixtures/process/processes.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'
import { version } from '../fixtures/process/version.ts'

let programs: Programs
beforeAll(async () => {
  programs = await startPrograms()
})
afterEach(() => programs.kill())
afterAll(() => programs[Symbol.asyncDispose]())

const toolyard: Programs['toolyard'] = (...args) => programs.toolyard(...args)
const serve: Programs['serve'] = (...args) => programs.serve(...args)

async function ask(url: string, query: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
}

describe('toolyard serve as it comes', () => {
  let serving: Serving
  let own: Programs
  beforeAll(async () => {
    own = await startPrograms()
    serving = await own.serve()
  })
  afterAll(() => own[Symbol.asyncDispose]())

  it('says where it listens, and answers there', async () => {
    const { url, base } = serving
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/)
    expect(await (await ask(url, '{ registryInfo { version } }')).json()).toMatchObject({
      data: { registryInfo: { version } },
    })
    for (const path of ['/health', '/ready']) expect((await fetch(base + path)).status).toBe(200)
    expect((await fetch(`${base}/health`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${base}/nothing`)).status).toBe(404)
  })

  it('gives a browser GraphiQL that loads nothing from elsewhere', async () => {
    const page = await (await fetch(serving.url, { headers: { accept: 'text/html' } })).text()
    expect(page).toContain('GraphiQL')
    expect(page.match(/<(?:script|link)[^>]+(?:src|href)=["']?https?:/g)).toBeNull()
  })

  it('refuses pages of other origins, and names that only lead here, over HTTP and WebSocket', async () => {
    const { url, base } = serving
    const { host } = new URL(base)
    const query = '{ registryInfo { version } }'
    expect((await ask(url, query, { origin: base })).status).toBe(200)
    const foreign = await ask(url, query, { origin: 'https://evil.example' })
    expect(foreign.status).toBe(403)
    expect(await foreign.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    const upgrade = async (headers: Record<string, string>) => {
      const socket = new WebSocket(`ws://${host}/graphql`, 'graphql-transport-ws', { headers })
      const opened = once(socket, 'open').then(
        () => true,
        () => false,
      )
      const isOpen = await opened
      socket.terminate()
      return isOpen
    }
    expect(await upgrade({})).toBe(true)
    expect(await upgrade({ origin: base })).toBe(true)
    expect(await upgrade({ origin: 'https://evil.example' })).toBe(false)
    expect(await upgrade({ host: 'evil.example' })).toBe(false)
  })
})

describe('toolyard serve', () => {
  it('has the limits that it was told', async () => {
    const { url } = await programs.serveHere(['--max-cost', '3', '--rate', '5/1'])
    const small = await (await ask(url, '{ rateLimit { limit } }')).json()
    expect(small).toEqual({ data: { rateLimit: { limit: 5 } }, extensions: { cost: 2 } })
    const large = await (await ask(url, '{ registryInfo { version stdioAllowed eventRetention } }')).json()
    expect(large.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', cost: 4 } }])
    const retryAfter = async () => (await ask(url, '{ rateLimit { limit } }')).headers.get('retry-after')
    await expect.poll(retryAfter).toBe('1')
  })

  it('takes a value by the name of an earlier version, and warns with the new one', async () => {
    const { url, stderr } = await programs.serveHere([], { TOOLYARD_INTROSPECTION: 'nobody' })
    const asked = await (await ask(url, '{ __schema { queryType { name } } }')).json()
    expect(asked).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    const line = stderr()
      .split('\n')
      .find((each) => each.includes('has a new name'))
    expect(JSON.parse(line ?? 'null')).toMatchObject({
      setting: 'TOOLYARD_INTROSPECTION',
      value: 'nobody',
      use: 'none',
    })
  })

  it('opens a silent stream of notifications anew as soon as it was told', async () => {
    await using server = await startScripted((asked) => {
      if (asked.method === 'GET') openEvents(asked)
      if (asked.method === 'GET') asked.response.write('retry: 1\n\n')
      return asked.method === 'GET'
    })
    const { url } = await programs.serveHere(['--body-idle-ms', '20', '--reconnect-min-ms', '1'])
    const first = server.next('GET')
    const config = `{ streamableHttp: { serverUrl: "${server.url}" } }`
    await ask(url, `mutation { createMcpServer(input: { name: "a", config: ${config} }) { __typename } }`)
    await first
    await server.next('GET')
    expect(server.count('initialize')).toBe(1)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s, with its children', async (signal) => {
    const { url, child, exit } = await serve()
    const { command, args } = fixtureStdio('stubborn')
    const config = `{ stdio: { command: ${JSON.stringify(command)}, args: ${JSON.stringify(args)} } }`
    const created = await ask(
      url,
      `mutation { createMcpServer(input: { name: "a", config: ${config}, refresh: false }) { ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } } }`,
    )
    const { id } = (await created.json()).data.createMcpServer.server
    await ask(url, `mutation { refreshMcpServer(input: { id: "${id}", wait: true }) { __typename } }`)
    const children = childrenOf(child.pid ?? 0)
    expect(children).toHaveLength(1)
    child.kill(signal)
    expect(await exit).toEqual([0, null])
    expect(children.map(isAlive)).toEqual(['gone'])
  })

  it.each([
    [['--port', 'abc'], {}, '--port is "abc", takes a whole number from 0 to 65535'],
    [['--port', '70000'], {}, '--port is "70000"'],
    [[], { TOOLYARD_PORT: '-1' }, 'TOOLYARD_PORT is "-1"'],
    [
      [],
      { TOOLYARD_HOST: '0.0.0.0' },
      'TOOLYARD_HOST is "0.0.0.0": without API keys only a loopback address may be bound; make one with "toolyard keys add',
    ],
    [[], { TOOLYARD_LOG_LEVEL: 'loud' }, 'TOOLYARD_LOG_LEVEL is "loud", takes fatal, error'],
    [[], { TOOLYARD_SHUTDOWN_GRACE_MS: '1s' }, 'TOOLYARD_SHUTDOWN_GRACE_MS is "1s"'],
    [
      [],
      { TOOLYARD_HISTORY_DAYS: '0' },
      'TOOLYARD_HISTORY_DAYS is "0", takes a whole number of days from 1 to 3650, or all',
    ],
    [['--history-count', 'many'], {}, '--history-count is "many", takes a whole number from 1 to 1000000000, or all'],
    [[], { TOOLYARD_RECORD_ARGS: 'KEEP' }, 'TOOLYARD_RECORD_ARGS is "KEEP", takes keep, redact, drop'],
    [[], { TOOLYARD_RECORD_RESULTS: 'no' }, 'TOOLYARD_RECORD_RESULTS is "no", takes keep, redact, drop'],
    [
      [],
      { TOOLYARD_STDIO_ALLOW_ENV: './a:B' },
      'TOOLYARD_STDIO_ALLOW_ENV is "./a:B": stdio.allowEnv: expected NAME or',
    ],
    [['--stdio-allow-cwd', 'here'], {}, 'TOOLYARD_STDIO_ALLOW_CWD is "here": stdio.allowCwd: expected absolute paths'],
    [[], { TOOLYARD_STDIO_ALLOW_ENV: 'A,,B' }, 'TOOLYARD_STDIO_ALLOW_ENV is "A,,B", takes names with commas'],
    [
      [],
      { TOOLYARD_NETWORK: 'public,10.0.0.0/40' },
      'TOOLYARD_NETWORK is "public,10.0.0.0/40": network: expected *, public',
    ],
    [['--network', 'public,,a'], {}, '--network is "public,,a", takes *, or public'],
    [
      [],
      { TOOLYARD_STDIO: 'bin/npx' },
      'TOOLYARD_STDIO is "bin/npx": stdio.commands: expected names, absolute paths or *',
    ],
    [
      [],
      { TOOLYARD_PUBLIC_URL: 'http://tools.example' },
      'TOOLYARD_PUBLIC_URL is "http://tools.example", takes an https URL, or an http one of this machine',
    ],
    [['--public-url', 'tools.example'], {}, '--public-url is "tools.example", takes an https URL'],
    [[], { TOOLYARD_PUBLIC_URL: 'https://a.example/?b' }, 'TOOLYARD_PUBLIC_URL is "https://a.example/?b", takes'],
    [
      [],
      { TOOLYARD_PUBLIC_URL: 'https://me:hidden@a.example' },
      'TOOLYARD_PUBLIC_URL is "https://…@a.example", takes an https URL',
    ],
    [
      [],
      { TOOLYARD_OAUTH_REDIRECTS: 'https://a.example/b,,' },
      'TOOLYARD_OAUTH_REDIRECTS is "https://a.example/b,,", takes',
    ],
    [
      [],
      { TOOLYARD_OAUTH_REDIRECTS: 'https://a.example/b,http://c.example/d' },
      'TOOLYARD_OAUTH_REDIRECTS is "https://a.example/b,http://c.example/d": oauth.redirectUris.1: expected an absolute https URI',
    ],
    [['--body-idle-ms', '0'], {}, '--body-idle-ms is "0", takes a whole number of milliseconds from 1 to 2147483647'],
    [[], { TOOLYARD_BODY_IDLE_MS: '60s' }, 'TOOLYARD_BODY_IDLE_MS is "60s", takes a whole number of milliseconds'],
    [[], { TOOLYARD_RATE: '5' }, 'TOOLYARD_RATE is "5", takes two whole numbers as in 100000/10000, or none'],
    [[], { TOOLYARD_MAX_COST: '0' }, 'TOOLYARD_MAX_COST is "0", takes a whole number from 1'],
    [[], { TOOLYARD_MAX_REQUEST_BYTES: 'none' }, 'TOOLYARD_MAX_REQUEST_BYTES is "none", takes a whole number'],
    [[], { TOOLYARD_INTROSPECTION: 'me' }, 'TOOLYARD_INTROSPECTION is "me", takes all, authenticated, none'],
    [[], { TOOLYARD_ONLY_PERSISTED: 'yes' }, 'TOOLYARD_ONLY_PERSISTED is "yes", takes true, false'],
    [
      ['--persisted-operations', '/nowhere/at/all.json'],
      {},
      'TOOLYARD_PERSISTED_OPERATIONS is "/nowhere/at/all.json": expected a file, got none there',
    ],
    [[], { TOOLYARD_REFRESH_ON_START: 'yes' }, 'TOOLYARD_REFRESH_ON_START is "yes", takes true, false'],
    [
      ['--database-url', 'postgres://a/b'],
      {},
      'TOOLYARD_SECRET_KEY is not set, and PostgreSQL needs it; make one with',
    ],
    [['--database-url', 'postgers://me:hidden@a/b'], {}, '--database-url is "postgers…", takes sqlite:PATH'],
    [['--database-url', 'sqlite:/nowhere/at/all.db'], {}, 'TOOLYARD_DATABASE_URL is "sqlite:/nowhere/at/all.db"'],
  ])('ends with 2 and one line for %j %j', async (args, env, line) => {
    const { code, stderr } = await toolyardHere(['serve', ...args], {
      TOOLYARD_DATABASE_URL: 'sqlite::memory:',
      ...env,
    })
    expect(code).toBe(2)
    expect(stderr).toContain(line)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('ends with 2 if the port is in use, or the file is not a database', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const taken = toolyard(['serve', '--port', port, '--database-url', 'sqlite::memory:'])
    expect((await taken.exit)[0]).toBe(2)
    expect(taken.stderr()).toContain('in use')
    holder.close()

    const file = join(programs.folder, 'text.db')
    await writeFile(file, 'no database at all, but a text of some length'.repeat(20))
    const broken = toolyard(['serve', '--database-url', `sqlite:${file}`])
    expect((await broken.exit)[0]).toBe(2)
    expect(broken.stderr()).toContain('expected a SQLite database of toolyard')
  })

  it('ends with 2 for an unknown command or flag, and lists the settings in its help', async () => {
    for (const args of [['serv'], ['serve', '--prot', '1']]) expect((await toolyard(args).exit)[0]).toBe(2)
    const help = toolyard(['serve', '--help'])
    expect((await help.exit)[0]).toBe(0)
    expect(help.stdout()).toContain('TOOLYARD_SHUTDOWN_GRACE_MS')
  })
})
