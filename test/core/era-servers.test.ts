import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { everythingStdio, startEverything } from '../fixtures/mcp/everything.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import type { Script } from '../fixtures/mcp/scripted-http.ts'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { discoverResult, startScriptedModern } from '../fixtures/mcp/scripted-modern.ts'
import { startStatelessSdk1 } from '../fixtures/mcp/sdk1-server.ts'

let registry: Registry
let initialized: number
let asked: number
beforeEach(async () => {
  initialized = 0
  asked = 0
  registry = await createRegistry({
    sessions: { idleMs: 0 },
    observer: {
      onOperation({ method }) {
        if (method === 'initialize') initialized += 1
        if (method === 'server/discover') asked += 1
      },
    },
  })
})
afterEach(() => registry.close())

type Config = Parameters<Registry['servers']['create']>[0]['config']

describe('servers on version 1 of the SDK', () => {
  /** Dials for each list and for the run: the first time with the question. No session outlives its use. */
  async function expectLegacy(config: Config, questions: number, lists = 4) {
    const { id } = await registered(registry, 's', config)
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'LEGACY', status: 'READY' })
    const run = await registry.tools.run({ server: 's', tool: 'echo' }, { message: 'hi' })
    expect(run).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'Echo: hi' } })
    expect({ initialized, asked }).toEqual({ initialized: lists + 1, asked: questions })
  }

  it('over HTTP, with sessions', async () => {
    await using server = await startEverything('streamableHttp')
    await expectLegacy({ transport: 'streamableHttp', serverUrl: server.url }, 1)
  })

  it('over HTTP, without sessions', async () => {
    await using server = await startStatelessSdk1()
    await expectLegacy({ transport: 'streamableHttp', serverUrl: server.url }, 1, 1)
  })

  it('over HTTP+SSE, which has no modern form', async () => {
    await using server = await startEverything('sse')
    await expectLegacy({ transport: 'sse', serverUrl: server.url }, 0)
  })

  it('over stdio', () => expectLegacy({ transport: 'stdio', ...everythingStdio() }, 1))
})

describe('what a server says of itself as it is asked', () => {
  const says =
    (result: object): Script =>
    (given) => {
      if (given.method !== 'server/discover') return false
      given.result(result)
      return true
    }
  const MiB = 1024 * 1024

  it.each<[string, object]>([
    ['10 MB of text', { ...discoverResult, instructions: 'x'.repeat(10 * MiB) }],
    ['10 MB of values', { ...discoverResult, supportedVersions: Array(MiB).fill('2026-07-28') }],
    [
      'deeper than any answer may be',
      { ...discoverResult, capabilities: JSON.parse(`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`) },
    ],
    ['versions that are no strings', { ...discoverResult, supportedVersions: [20_260_728, null, {}] }],
    ['no versions', { ...discoverResult, supportedVersions: undefined }],
    ['a list', []],
  ])('is taken, or refused, and the server is used either way: %s', async (_what, result) => {
    await using server = await startScripted(says(result))
    const { id } = await registered(registry, 's', { transport: 'streamableHttp', serverUrl: server.url })
    expect(await registry.servers.get(id)).toMatchObject({ status: 'READY', protocolEra: expect.any(String) })
  })

  it("is for display: another server's identity changes nothing", async () => {
    let name = 'first'
    const meta = () => ({ _meta: { 'io.modelcontextprotocol/serverInfo': { name, version: '1' } } })
    await using server = await startScriptedModern((given) => says({ ...discoverResult, ...meta() })(given))
    const { id } = await registered(registry, 's', { transport: 'streamableHttp', serverUrl: server.url })
    name = 'another'
    const run = await registry.tools.run({ server: 's', tool: 'region' }, { region: 'eu' })
    expect(run.status).toBe('SUCCEEDED')
    expect(await registry.servers.get(id)).toMatchObject({
      name: 's',
      status: 'READY',
      serverInfo: { name: 'another' },
    })
  })
})
