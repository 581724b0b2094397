import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createRegistry, type ImportInput, type Registry, type RegistryOptions } from '@toolyard/core'
import { afterEach, describe, expect, it } from 'vitest'
import { configurationFile } from '../fixtures/mcp/client-configurations.ts'
import { startEverything } from '../fixtures/mcp/everything.ts'
import { behaviourTools, fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function registryWith(options: RegistryOptions = {}): Promise<Registry> {
  const registry = await createRegistry(options)
  open.push(registry)
  return registry
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return `http://127.0.0.1:${address.port}`
}

const configuration = (servers: object): ImportInput => ({ source: { json: { mcpServers: servers } } })
/** A variable as Claude writes it. */
const filled = (inner: string) => `\${${inner}}`
/** Nothing is there to be started or reached. */
const nothing = { command: 'toolyard-has-no-such-command' }

async function refreshed(registry: Registry, id: string | undefined) {
  const found = await registry.refreshes.latestByServer([id ?? ''])
  return registry.refreshes.wait(found.get(id ?? '')?.id ?? '')
}

describe('an import', () => {
  it('creates servers that work, over stdio and HTTP, with their secrets', async () => {
    await using http = await startFixture({ requireHeader: { name: 'authorization', value: 'Bearer a-token' } })
    const registry = await registryWith()
    const { entries, requiredVariables, detectedFormat } = await registry.servers.import({
      ...configuration({
        stdio: { ...fixtureStdio({ envEcho: ['GREETING'] }), env: { GREETING: filled('GREETING:-hi') } },
        http: { type: 'http', url: http.url, headers: { Authorization: `Bearer ${filled('TOKEN')}` } },
      }),
      variables: { TOKEN: { literal: 'a-token' } },
    })
    expect(entries.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['stdio', 'CREATED'],
      ['http', 'CREATED'],
    ])
    expect(detectedFormat).toBe('MCP_SERVERS_JSON')
    expect(requiredVariables.map(({ name }) => name)).toEqual(['GREETING'])
    for (const { server } of entries) {
      expect(await refreshed(registry, server?.id)).toMatchObject({ status: 'SUCCEEDED' })
      expect(await registry.tools.count({ serverId: [server?.id as never] })).toBe(behaviourTools.length)
    }
  })

  it('reads a secret where it is said, each time that it connects', async () => {
    await using http = await startFixture({ requireHeader: { name: 'authorization', value: 'Bearer from-env' } })
    const registry = await registryWith({ secretEnv: { names: ['APP_*'], read: () => 'from-env' } })
    const { entries } = await registry.servers.import({
      ...configuration({ a: { type: 'http', url: http.url, headers: { Authorization: `Bearer ${filled('TOKEN')}` } } }),
      variables: { TOKEN: { env: 'APP_TOKEN' } },
    })
    expect(entries[0]?.server).toMatchObject({ auth: { token: { source: 'ENV', reference: 'APP_TOKEN' } } })
    expect(await refreshed(registry, entries[0]?.server?.id)).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('goes on after an entry that is at fault, and says what is wrong and where', async () => {
    const registry = await registryWith({ stdio: { commands: [process.execPath] }, network: ['public'] })
    const { entries } = await registry.servers.import({
      source: {
        text: `{"mcpServers": {
          "no-object": 5, "both": {"command": "a", "url": "http://a/"}, "neither": {}, "args": {"command": "a", "args": "b"},
          "header": {"type": "http", "url": "https://example.com/", "headers": {"a b": "c"}},
          "url": {"type": "http", "url": "ftp://example.com/"}, " name ": {"command": "a"},
          "blocked": {"type": "http", "url": "http://10.0.0.1/mcp"}, "command": {"command": "/bin/other"},
          "env": {"command": "${process.execPath}", "env": {"LD_PRELOAD": "x"}}, "type": {"type": "ws", "url": "http://a/"},
          "template": {"command": "a", "args": ["{{ X }}"]}, "timeout": {"command": "${process.execPath}", "timeout": -1},
          "user": {"type": "http", "url": "https://me:secret-word@example.com/"},
          "good": {"command": "${process.execPath}", "disabled": true}
        }}`,
      },
    })
    const told = Object.fromEntries(
      entries.map(({ name, outcome, error }) => [
        name,
        error ? `${error.code} ${error.path.slice(1).join('.')}` : outcome,
      ]),
    )
    expect(told).toEqual({
      'no-object': 'INVALID_INPUT no-object',
      both: 'INVALID_INPUT both',
      neither: 'INVALID_INPUT neither',
      args: 'INVALID_INPUT args.args',
      header: 'INVALID_INPUT header.headers.a b',
      url: 'INVALID_INPUT url.url',
      ' name ': 'INVALID_INPUT  name ',
      blocked: 'URL_BLOCKED blocked.url',
      command: 'STDIO_NOT_ALLOWED command.command',
      env: 'INVALID_INPUT env.env.LD_PRELOAD',
      type: 'INVALID_INPUT type.type',
      template: 'INVALID_INPUT template.args.0',
      timeout: 'INVALID_INPUT timeout.timeout',
      user: 'INVALID_INPUT user.url',
      good: 'CREATED',
    })
    expect(JSON.stringify(entries)).not.toContain('secret-word')
    expect(await registry.servers.count()).toBe(1)
  })

  it('carries over that a server is switched off, its time-outs and its description', async () => {
    const registry = await registryWith()
    const { entries } = await registry.servers.import(
      configuration({ a: { ...nothing, disabled: true, timeout: 900_000, description: 'what it is' } }),
    )
    expect(entries[0]?.server).toMatchObject({
      enabled: false,
      description: 'what it is',
      timeouts: { requestMs: 900_000, maxTotalMs: 900_000 },
    })
  })

  it('goes by create and update for the audit', async () => {
    const registry = await registryWith()
    const file = configuration({ a: { ...nothing, disabled: true }, b: { type: 'http', url: 'no URL' } })
    await registry.servers.import(file, { actor: 'me' })
    await registry.servers.import({ ...file, onConflict: 'OVERWRITE' }, { actor: 'me' })
    const { edges } = await registry.audit.list({ orderBy: { field: 'AT', direction: 'ASC' } })
    expect(edges.map(({ node: { actor, action, refusedWith } }) => [actor, action, refusedWith])).toEqual([
      ['me', 'SERVER_CREATED', null],
      ['me', 'SERVER_CREATED', 'INVALID_INPUT'],
      ['me', 'SERVER_CREATED', 'INVALID_INPUT'],
    ])
  })

  it('is of one tenant', async () => {
    const registry = await registryWith()
    await registry.tenant('acme').servers.import(configuration({ a: nothing }))
    expect(await registry.servers.count()).toBe(0)
    expect(await registry.tenant('acme').servers.count()).toBe(1)
  })

  it('takes a text of 1 MiB and 1,000 servers at most, and says so', async () => {
    const registry = await registryWith()
    const text = `{"mcpServers": {"a": {"command": "${'x'.repeat(1024 * 1024)}"}}}`
    await expect(registry.servers.import({ source: { text } })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('1048576 bytes'),
    })
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`s${index}`, nothing]))
    await expect(registry.servers.import({ ...configuration(many), dryRun: true })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('at most 1000 servers, got 1001'),
    })
  })

  it('imports nothing of a text that is broken', async () => {
    const registry = await registryWith()
    const text = '{"mcpServers": {"a": {"command": "x"}, "b": }}'
    await expect(registry.servers.import({ source: { text } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: ['source', 'text'],
      details: { line: 1, column: 45 },
    })
    expect(await registry.servers.count()).toBe(0)
  })

  it.each([
    [{ source: {} }, 'source'],
    [{ source: { json: 'text' } }, 'source.json'],
    [{ source: { text: 'a', json: {} } }, 'source'],
    [{ source: { text: '{}', format: 'YAML' } }, 'source'],
    [{ source: { json: {} }, onConflict: 'MERGE' }, 'onConflict'],
    [{ source: { json: {} }, variables: { A: { env: 'a', literal: 'secret-word' } } }, 'variables.A'],
    [{ source: { registry: { name: 'a', baseUrl: 'file:///etc' } } }, 'source.registry.baseUrl'],
  ])('refuses %j', async (input, path) => {
    const registry = await registryWith()
    const error = await registry.servers.import(input as never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'INVALID_INPUT', path: path.split('.') })
    expect(String(error)).not.toContain('secret-word')
  })

  it('reports the rest as cancelled when it is aborted, and is over with the registry', async () => {
    const registry = await registryWith()
    const stop = new AbortController()
    stop.abort()
    const file = configuration({ a: nothing })
    await expect(registry.servers.import(file, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELED' })
    await registry.close()
    await expect(registry.servers.import(file)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('a dry run', () => {
  it('tells what would come of it, and writes and dials nothing', async () => {
    const registry = await registryWith()
    await registry.servers.create({ name: 'there', config: { transport: 'stdio', ...nothing }, refresh: false })
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      response.writeHead(404).end()
    })
    const report = await registry.servers.import({
      ...configuration({
        there: nothing,
        untyped: { url },
        unfilled: { ...nothing, args: ['a b', filled('A')], env: { A: filled('A') } },
        bad: {},
      }),
      dryRun: true,
    })
    expect(report.entries.map(({ name, outcome, target }) => [name, outcome, target])).toEqual([
      ['there', 'SKIPPED', nothing.command],
      ['untyped', 'WOULD_CREATE', url],
      // A value that is given may be a secret, so the name stays.
      ['unfilled', 'WOULD_CREATE', `${nothing.command} "a b" ${filled('A')}`],
      ['bad', 'FAILED', undefined],
    ])
    expect(report.requiredVariables).toEqual([
      { name: 'A', description: null, required: true, secret: true, default: null },
    ])
    expect(asked).toBe(0)
    expect(await registry.servers.count()).toBe(1)
    expect(await registry.audit.count()).toBe(1)
  })

  it('finds what the rules of the registry would refuse', async () => {
    const registry = await registryWith({ stdio: { commands: ['some-other'] } })
    const { entries } = await registry.servers.import({ ...configuration({ a: nothing }), dryRun: true })
    expect(entries).toMatchObject([{ outcome: 'FAILED', error: { code: 'STDIO_NOT_ALLOWED' } }])
  })

  it('is followed by an import that fails for what is not given, and goes on with the others', async () => {
    const registry = await registryWith()
    const { entries, requiredVariables } = await registry.servers.import(
      configuration({ a: { ...nothing, args: [filled('FIRST'), filled('SECOND')] }, b: nothing }),
    )
    expect(entries).toMatchObject([
      {
        name: 'a',
        outcome: 'FAILED',
        error: {
          code: 'IMPORT_UNRESOLVED',
          message: expect.stringContaining('FIRST, SECOND'),
          path: ['mcpServers', 'a'],
        },
      },
      { name: 'b', outcome: 'CREATED' },
    ])
    expect(requiredVariables.map(({ name }) => name)).toEqual(['FIRST', 'SECOND'])
  })
})

describe('a name that is taken', () => {
  const file = configuration({ a: { ...nothing, args: ['new'] }, b: nothing })

  async function withServer() {
    const registry = await registryWith()
    const config = { transport: 'stdio', ...nothing } as const
    const { id } = await registry.servers.create({ name: 'a', config, description: 'mine', refresh: false })
    return { registry, id }
  }

  it('is skipped unless told otherwise', async () => {
    const { registry, id } = await withServer()
    const { entries } = await registry.servers.import(file)
    expect(entries).toMatchObject([
      { name: 'a', outcome: 'SKIPPED', server: { id, args: [] } },
      { name: 'b', outcome: 'CREATED' },
    ])
  })

  it('is overwritten under the same id; what the file does not say stays', async () => {
    const { registry, id } = await withServer()
    const dry = await registry.servers.import({ ...file, onConflict: 'OVERWRITE', dryRun: true })
    expect(dry.entries).toMatchObject([{ outcome: 'WOULD_UPDATE', server: { id } }, { outcome: 'WOULD_CREATE' }])
    const { entries } = await registry.servers.import({ ...file, onConflict: 'OVERWRITE' })
    expect(entries[0]).toMatchObject({
      outcome: 'UPDATED',
      server: { id, args: ['new'], description: 'mine', revision: 2 },
    })
  })

  it('may be overwritten by one of another transport, with a longer time-out', async () => {
    const { registry, id } = await withServer()
    const http = { type: 'sse', url: 'http://127.0.0.1:1/sse', timeout: 700_000 }
    const { entries } = await registry.servers.import({ ...configuration({ a: http }), onConflict: 'OVERWRITE' })
    expect(entries[0]?.server).toMatchObject({ id, transport: 'sse', timeouts: { maxTotalMs: 700_000 } })
  })

  it('is another one with RENAME', async () => {
    const { registry } = await withServer()
    const run = () => registry.servers.import({ ...file, onConflict: 'RENAME' })
    expect((await run()).entries.map(({ name }) => name)).toEqual(['a-2', 'b'])
    expect((await run()).entries.map(({ name, server }) => [name, server?.name])).toEqual([
      ['a-3', 'a-3'],
      ['b-2', 'b-2'],
    ])
  })

  it.each([
    ['SKIP', ['CREATED', 'SKIPPED'], ['WOULD_CREATE', 'SKIPPED'], ['a']],
    ['RENAME', ['CREATED', 'CREATED'], ['WOULD_CREATE', 'WOULD_CREATE'], ['a', 'a-2']],
    ['OVERWRITE', ['CREATED', 'UPDATED'], ['WOULD_CREATE', 'WOULD_UPDATE'], ['a']],
  ] as const)('within one file goes by %s as well', async (onConflict, outcomes, dryOutcomes, names) => {
    const registry = await registryWith()
    const { command } = nothing
    const text = `{"mcpServers": {"a": {"command": "${command}"}, "a": {"command": "${command}", "args": ["2"]}}}`
    const dry = await registry.servers.import({ source: { text }, onConflict, dryRun: true })
    expect(dry.entries.map(({ outcome }) => outcome)).toEqual(dryOutcomes)
    const { entries } = await registry.servers.import({ source: { text }, onConflict })
    expect(entries.map(({ outcome }) => outcome)).toEqual(outcomes)
    const { edges } = await registry.servers.list()
    expect(edges.map(({ node }) => node.name)).toEqual(names)
  })

  it('by an entry that failed is free for the next', async () => {
    const registry = await registryWith()
    const text = `{"mcpServers": {"a": {"command": ""}, "a": {"command": "${nothing.command}"}}}`
    const { entries } = await registry.servers.import({ source: { text } })
    expect(entries.map(({ outcome }) => outcome)).toEqual(['FAILED', 'CREATED'])
  })
})

describe('a URL without a transport', () => {
  it('is Streamable HTTP where that is spoken', async () => {
    await using http = await startFixture()
    const registry = await registryWith()
    const { entries } = await registry.servers.import(configuration({ a: { url: http.url } }))
    expect(entries[0]?.server).toMatchObject({ transport: 'streamableHttp' })
    expect(await refreshed(registry, entries[0]?.server?.id)).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('is SSE where the POST is refused and a stream opens', async () => {
    await using sse = await startEverything('sse')
    const registry = await registryWith()
    const { entries } = await registry.servers.import(configuration({ a: { url: sse.url } }))
    expect(entries[0]?.server).toMatchObject({ transport: 'sse' })
    expect(await refreshed(registry, entries[0]?.server?.id)).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('is Streamable HTTP where nothing answers, and the status says why', async () => {
    const registry = await registryWith()
    const { entries } = await registry.servers.import(configuration({ a: { url: 'http://127.0.0.1:1/mcp' } }))
    expect(entries[0]).toMatchObject({ outcome: 'CREATED', server: { transport: 'streamableHttp' } })
    const id = entries[0]?.server?.id ?? ''
    await refreshed(registry, id)
    expect(await registry.servers.get(id)).toMatchObject({
      status: 'ERROR',
      health: { lastError: { code: 'CONNECT_FAILED' } },
    })
  })

  it('is asked with its credentials, and one that wants others is asked once', async () => {
    const methods: string[] = []
    const url = await serve((request, response) => {
      methods.push(`${request.method} ${request.headers.authorization}`)
      response.writeHead(401).end()
    })
    const registry = await registryWith()
    const { entries } = await registry.servers.import(
      configuration({ a: { url, disabled: true, headers: { Authorization: 'Bearer a-token' } } }),
    )
    expect(entries[0]?.server).toMatchObject({ transport: 'streamableHttp' })
    expect(methods).toEqual(['POST Bearer a-token'])
  })

  it('is dialled by what the network policy allows alone', async () => {
    const scripted = await startScripted()
    open.push(scripted)
    const registry = await registryWith({ network: ['public'] })
    const { entries } = await registry.servers.import(configuration({ a: { url: scripted.url } }))
    expect(entries).toMatchObject([
      { outcome: 'FAILED', error: { code: 'URL_BLOCKED', path: ['mcpServers', 'a', 'url'] } },
    ])
    expect(scripted.asked).toEqual([])
  })

  it('is not dialled for an entry that is skipped, and several are dialled at a time', async () => {
    let asked = 0
    let together = 0
    let most = 0
    const url = await serve((_, response) => {
      asked += 1
      together += 1
      most = Math.max(most, together)
      setImmediate(() => {
        together -= 1
        response.writeHead(500).end()
      })
    })
    const registry = await registryWith()
    const config = { transport: 'stdio', ...nothing } as const
    await registry.servers.create({ name: 's0', config, refresh: false })
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`s${at}`, { url, disabled: true }]))
    const { entries } = await registry.servers.import(configuration(many))
    expect(entries.map(({ outcome }) => outcome)).toEqual(['SKIPPED', ...Array.from({ length: 29 }, () => 'CREATED')])
    // By server/discover and by initialize.
    expect(asked).toBe(2 * 29)
    expect(most).toBeLessThanOrEqual(8)
  })

  it('holds no import back when it is aborted while it is dialled', async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
    const url = await serve(() => isAsked())
    const registry = await registryWith()
    const stop = new AbortController()
    const report = registry.servers.import(configuration({ a: { url } }), { signal: stop.signal })
    await asked
    stop.abort()
    await expect(report).rejects.toMatchObject({ code: 'CANCELED' })
    expect(await registry.servers.count()).toBe(0)
  })
})

describe('an entry of a registry', () => {
  const remote = { name: 'com.example/hosted', version: '2.0.0', description: 'd' }

  it('is asked for by name and version, and imported under the last part of its name', async () => {
    await using http = await startFixture()
    const paths: (string | undefined)[] = []
    const baseUrl = await serve((request, response) => {
      paths.push(request.url)
      const server = { ...remote, remotes: [{ type: 'streamable-http', url: http.url }] }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ server, _meta: {} }))
    })
    const registry = await registryWith()
    const { entries, detectedFormat } = await registry.servers.import({
      source: { registry: { name: 'com.example/hosted', baseUrl: `${baseUrl}/` } },
    })
    expect(detectedFormat).toBe('SERVER_JSON')
    expect(entries).toMatchObject([{ name: 'hosted', outcome: 'CREATED', server: { description: 'd' } }])
    await registry.servers.import({
      source: { registry: { name: 'com.example/hosted', version: '1.0.0+build', baseUrl: `${baseUrl}/sub` } },
      dryRun: true,
    })
    expect(paths).toEqual([
      '/v0.1/servers/com.example%2Fhosted/versions/latest',
      '/sub/v0.1/servers/com.example%2Fhosted/versions/1.0.0%2Bbuild',
    ])
  })

  it.each([
    ['is not there', 404, '{}', 'NOT_FOUND'],
    ['is moved', 302, '', 'CONNECT_FAILED'],
    ['fails', 500, '', 'CONNECT_FAILED'],
    ['is no JSON', 200, '<html>', 'INVALID_INPUT'],
    ['is of another kind', 200, '[1]', undefined],
    ['is too long', 200, `"${'x'.repeat(2 * 1024 * 1024)}"`, 'LIMIT_EXCEEDED'],
  ])('that %s imports nothing', async (_, status, body, code) => {
    const baseUrl = await serve((_request, response) =>
      response.writeHead(status, { location: '/elsewhere' }).end(body),
    )
    const registry = await registryWith()
    const report = await registry.servers
      .import({ source: { registry: { name: 'a/b', baseUrl } } })
      .catch((error: unknown) => error)
    if (code) expect(report).toMatchObject({ code })
    else expect(report).toMatchObject({ entries: [{ outcome: 'FAILED' }] })
    expect(await registry.servers.count()).toBe(0)
  })

  it('is asked for within what the network policy allows', async () => {
    const registry = await registryWith({ network: ['public'] })
    const source = { registry: { name: 'a/b', baseUrl: 'http://127.0.0.1:1' } }
    await expect(registry.servers.import({ source })).rejects.toMatchObject({
      code: 'URL_BLOCKED',
      path: ['source', 'registry', 'baseUrl'],
    })
  })

  it('that does not answer is left with the registry', async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
    const baseUrl = await serve(() => isAsked())
    const registry = await registryWith()
    const report = registry.servers.import({ source: { registry: { name: 'a/b', baseUrl } } })
    const rejected = expect(report).rejects.toMatchObject({ code: 'CLOSED' })
    await asked
    await registry.close()
    await rejected
  })
})

describe('every configuration of a client', () => {
  it.each([
    'claude-desktop.json',
    'claude-code.json',
    'cursor.json',
    'windsurf.json',
    'vscode.jsonc',
    'zed.jsonc',
    'codex.toml',
    'gemini.json',
    'server-package.json',
    'server-remote.json',
    'letta.json',
  ])('%s can be looked at', async (name) => {
    const registry = await registryWith()
    const { entries } = await registry.servers.import({ source: { text: configurationFile(name) }, dryRun: true })
    const failed = entries.filter(({ outcome }) => outcome !== 'WOULD_CREATE').map((entry) => entry.name)
    expect(failed).toEqual(name === 'zed.jsonc' ? ['of-an-extension'] : [])
  })
})
