import { fileURLToPath } from 'node:url'
import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Script, type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { refuse, scriptedModernStdio, startScriptedModern } from '../fixtures/mcp/scripted-modern.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'
import { startSdk2 } from '../fixtures/mcp/sdk2-server.ts'

let registry: Registry
const open: AsyncDisposable[] = []

beforeEach(async () => {
  // Each use dials.
  registry = await createRegistry({ sessions: { idleMs: 0 } })
})
afterEach(async () => {
  await registry.close()
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

async function kept(starting: Promise<ScriptedServer>): Promise<ScriptedServer> {
  const server = await starting
  open.push(server)
  return server
}
const legacy = (script: Script = () => false, port = 0) => kept(startScripted(script, port))
const modern = (script: Script = () => false, port = 0) => kept(startScriptedModern(script, port))
const overHttp = ({ url }: ScriptedServer) => ({ transport: 'streamableHttp' as const, serverUrl: url })

const run = async (tool: string, args = {}) => (await registry.runs.start({ server: 's', tool }, args)).result()

describe('over HTTP, with AUTO', () => {
  it('a modern server is spoken to in its era: no initialize, one discover a dial', async () => {
    const server = await modern()
    const { id } = await registered(registry, 's', overHttp(server))
    expect(await run('region', { region: 'eu' })).toMatchObject({ status: 'SUCCEEDED' })
    expect(await registry.servers.get(id)).toMatchObject({
      protocolEra: 'MODERN',
      protocolVersion: '2026-07-28',
      protocolEraPolicy: 'AUTO',
      serverInfo: { name: 'scripted-modern', version: '2' },
      instructions: 'Ask nicely.',
      status: 'READY',
    })
    expect(server.count('initialize')).toBe(0)
    expect(server.count('server/discover')).toBe(2)
  })

  const onProbe =
    (script: Script): Script =>
    (asked) =>
      asked.method === 'server/discover' && script(asked)
  const status = (code: number, type = 'text/plain', body = ''): Script =>
    onProbe(({ response }) => !!response.writeHead(code, { 'content-type': type }).end(body))

  it.each<[string, Script, number]>([
    ['404', status(404), 1],
    ['405', status(405), 1],
    ['406', status(406), 1],
    ['400 without a body', status(400), 1],
    [
      '400 with −32022 and older versions',
      onProbe((asked) => refuse(asked, 400, -32022, 'no', { supported: ['2025-11-25'] })),
      1,
    ],
    ['200 with HTML', status(200, 'text/html', '<p>'), 1],
    ['200 with −32601', onProbe((asked) => refuse(asked, 200, -32601)), 1],
    ['200 with nonsense', onProbe(({ result }) => result({ supportedVersions: [1] }) === undefined), 1],
    [
      'an answer of many values',
      onProbe(({ result }) => result({ supportedVersions: Array(20_000).fill('x') }) === undefined),
      1,
    ],
    ['500', status(500), 2],
    ['a cut connection', onProbe(({ response }) => !response.destroy().closed), 2],
  ])(
    'a legacy server that answers %s is READY, and its era is remembered if that tells',
    async (_what, script, probes) => {
      const server = await legacy(script)
      const { id } = await registered(registry, 's', overHttp(server))
      expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'LEGACY', status: 'READY' })
      expect(await run('echo', { a: 1 })).toMatchObject({ status: 'SUCCEEDED' })
      expect(server.count('initialize')).toBe(2)
      expect(server.count('server/discover')).toBe(probes)
    },
  )

  it('a server that hangs at the question is READY within connectMs', async () => {
    const server = await legacy((asked) => asked.method === 'server/discover')
    const timeouts = { connectMs: 1_000 }
    const { id } = await registered(registry, 's', overHttp(server), { timeouts })
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'LEGACY', status: 'READY' })
  })

  it.each([401, 403])('HTTP %i says that it wants to know who asks, and nothing of its era', async (code) => {
    const server = await modern(status(code))
    const { id } = await registry.servers.create({ name: 's', config: overHttp(server), refresh: false })
    const ended = (await registry.servers.refresh(id)).result()
    await expect(ended).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(server.count('initialize')).toBe(0)
    expect(await registry.servers.get(id)).toMatchObject({ status: 'NEEDS_AUTH', protocolEra: null })
  })

  it('a busy modern server is asked again when it says so', async () => {
    const server = await modern((asked) => {
      if (asked.method !== 'server/discover' || server.count('server/discover') > 1) return false
      asked.response.writeHead(429, { 'retry-after': '0' }).end()
      return true
    })
    const { id } = await registered(registry, 's', overHttp(server))
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'MODERN' })
  })

  it('a server that asks for its version is asked once more, and no more', async () => {
    const server = await modern((asked) => {
      const isFirst = server.count('server/discover') === 1
      return (
        asked.method === 'server/discover' && isFirst && refuse(asked, 400, -32022, 'no', { supported: ['2026-07-28'] })
      )
    })
    expect(await registered(registry, 's', overHttp(server))).toMatchObject({ name: 's' })
    const stubborn = await modern((asked) => refuse(asked, 400, -32022, 'no', { supported: ['2026-07-28'] }))
    await expect(registered(registry, 't', overHttp(stubborn))).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
    expect(stubborn.count('server/discover')).toBe(2)
  })

  it('a server of unknown versions alone is refused with their names', async () => {
    const server = await modern(onProbe((asked) => refuse(asked, 400, -32022, 'no', { supported: ['2031-01-01'] })))
    await expect(registered(registry, 's', overHttp(server))).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(
        /supports 2031-01-01; expected one of the protocol versions 2026-07-28, 2025-11-25/,
      ),
    })
  })
})

describe('the policy', () => {
  it('LEGACY asks nothing, and says which versions a modern server names', async () => {
    const old = await legacy()
    await registered(registry, 's', overHttp(old), { protocolEra: 'LEGACY' })
    expect(old.count('server/discover')).toBe(0)
    const server = await modern()
    await expect(registered(registry, 't', overHttp(server), { protocolEra: 'LEGACY' })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('supports 2026-07-28; set protocolEra to AUTO or MODERN'),
    })
    const child = registered(registry, 'u', scriptedModernStdio(), { protocolEra: 'LEGACY' })
    await expect(child).rejects.toMatchObject({ message: expect.stringContaining('supports 2026-07-28') })
  })

  it('MODERN never sends initialize, and says which versions a legacy server names', async () => {
    const server = await legacy(
      (asked) => asked.method === 'server/discover' && refuse(asked, 400, -32022, 'no', { supported: ['2025-11-25'] }),
    )
    await expect(registered(registry, 's', overHttp(server), { protocolEra: 'MODERN' })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('does not speak 2026-07-28 (it names 2025-11-25)'),
    })
    expect(server.count('initialize')).toBe(0)
    const child = registered(
      registry,
      't',
      scriptedStdio('on((m) => send({ id: m.id, error: { code: -1, message: "x" } }))'),
      {
        protocolEra: 'MODERN',
      },
    )
    await expect(child).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
  })
})

it('rejects a tool whose mirrored args are annotated in a way that makes it invalid, and that tool alone', async () => {
  const invalid = {
    name: 'a',
    inputSchema: { type: 'object', properties: { a: { type: 'number', 'x-mcp-header': 'A' } } },
  }
  const tools = [invalid, { name: 'b', inputSchema: { type: 'object' } }]
  const listing: Script = (asked) => {
    if (asked.method !== 'tools/list') return false
    asked.result({ tools })
    return true
  }
  for (const [name, server, rejected] of [
    ['s', await modern(listing), 1],
    ['t', await legacy(listing), 0],
  ] as const) {
    const { id } = await registry.servers.create({ name, config: overHttp(server), refresh: false })
    const { outcome } = await (await registry.servers.refresh(id)).result()
    expect(outcome.rejected).toHaveLength(rejected)
    expect(outcome.added).toHaveLength(2 - rejected)
  }
})

it('says until when the list is fresh', async () => {
  const before = Date.now()
  const { id } = await registered(registry, 's', overHttp(await modern()))
  const until = async () => (await registry.servers.get(id))?.toolsFreshUntil?.getTime() ?? 0
  await expect.poll(until).toBeGreaterThanOrEqual(before + 60_000)
  expect(await until()).toBeLessThanOrEqual(Date.now() + 60_000)
})

it('does not blame a server for an arg that no header can carry', async () => {
  const server = await modern()
  const { id } = await registered(registry, 's', overHttp(server))
  expect(await run('region', { region: 'x'.repeat(65_536) })).toMatchObject({
    status: 'FAILED',
    error: { code: 'LIMIT_EXCEEDED' },
  })
  expect(server.count('tools/call')).toBe(0)
  expect(await registry.servers.get(id)).toMatchObject({ status: 'READY' })
})

describe('servers on version 2 of the SDK', () => {
  const overStdio = (...args: string[]) => ({
    transport: 'stdio' as const,
    command: process.execPath,
    args: [fileURLToPath(new URL('../fixtures/mcp/sdk2-server.ts', import.meta.url)), ...args],
  })
  const said = { status: 'SUCCEEDED', result: { content: [{ type: 'text', text: 'hi' }] } }

  it.each(['stateless', 'reject'] as const)('over HTTP, with older clients %s', async (mode) => {
    const server = await startSdk2(mode)
    open.push(server)
    const { id } = await registered(registry, 's', { transport: 'streamableHttp', serverUrl: server.url })
    expect(await run('echo', { text: 'hi' })).toMatchObject(said)
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'MODERN', serverInfo: { name: 'sdk2' } })
    const outcome = registered(
      registry,
      'old',
      { transport: 'streamableHttp', serverUrl: server.url },
      { protocolEra: 'LEGACY' },
    )
    if (mode === 'reject') await expect(outcome).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    else expect(await registry.servers.get((await outcome).id)).toMatchObject({ protocolEra: 'LEGACY' })
  })

  it.each([[[]], [['reject']]])('over stdio, with the arguments %j', async (args) => {
    const { id } = await registered(registry, 's', overStdio(...args))
    expect(await run('echo', { text: 'hi' })).toMatchObject(said)
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'MODERN', status: 'READY' })
  })

  it('are refreshed when they notify of changes', async () => {
    await registry.close()
    registry = await createRegistry()
    const server = await startSdk2('reject')
    open.push(server)
    const { id } = await registered(registry, 's', { transport: 'streamableHttp', serverUrl: server.url })
    const latest = async () => (await registry.refreshes.latestByServer([id])).get(id)?.id
    const first = await latest()
    await vi.waitFor(
      async () => {
        server.toolsChanged()
        expect(await latest()).not.toBe(first)
      },
      { timeout: 10_000, interval: 200 },
    )
  })
})
