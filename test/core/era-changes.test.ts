import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Script, type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { answerModern, refuse } from '../fixtures/mcp/scripted-modern.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'

let registry: Registry
const open: AsyncDisposable[] = []

beforeEach(async () => {
  // Each use dials.
  registry = await createRegistry({ sessions: { idleMs: 0 } })
})
afterEach(async () => {
  vi.useRealTimers()
  await registry.close()
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

async function legacy(script: Script): Promise<ScriptedServer> {
  const server = await startScripted(script)
  open.push(server)
  return server
}
const overHttp = ({ url }: ScriptedServer) => ({ transport: 'streamableHttp' as const, serverUrl: url })

const run = async (tool: string, args = {}) => (await registry.runs.start({ server: 's', tool }, args)).result()

describe('a server that changes its era', () => {
  it.each([0, 60_000])('is spoken to in the new one by the next call, with sessions kept for %i ms', async (idleMs) => {
    await registry.close()
    registry = await createRegistry({ sessions: { idleMs } })
    let isModern = false
    const server = await legacy((asked) => isModern && answerModern(asked))
    // What a legacy server answers to a request outside a session.
    const strict = await legacy((asked) => {
      if (isModern) return answerModern(asked)
      return (
        asked.method !== 'initialize' &&
        asked.sessionId === undefined &&
        refuse({ ...asked, id: undefined }, 400, -32000)
      )
    })
    for (const [name, { url }] of [
      ['s', server],
      ['t', strict],
    ] as const) {
      isModern = false
      const { id } = await registered(registry, name, { transport: 'streamableHttp', serverUrl: url })
      const called = async () =>
        (await (await registry.runs.start({ server: name, tool: 'echo' }, { a: 1 })).result()).status
      isModern = true
      expect(await called()).toBe('SUCCEEDED')
      expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'MODERN' })
      isModern = false
      expect(await called()).toBe('SUCCEEDED')
      if (name === 't') expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'LEGACY' })
    }
  })

  /** Speaks the old era, and the new one too once it is upgraded. */
  const upgradable = (isUpgraded: () => boolean) =>
    legacy((asked) => {
      if (!isUpgraded() || asked.method !== 'server/discover') return false
      asked.result({ supportedVersions: ['2026-07-28', '2025-11-25'], capabilities: { tools: {} } })
      return true
    })
  const hoursLater = (hours: number) =>
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 + 1_000 })

  it.each([0, 600_000])('is asked again after 24 h and no sooner, with sessions kept for %i ms', async (idleMs) => {
    await registry.close()
    registry = await createRegistry({ sessions: { idleMs } })
    let isUpgraded = false
    const server = await upgradable(() => isUpgraded)
    const { id } = await registered(registry, 's', overHttp(server))
    const eraAfterRun = async () => {
      expect(await run('echo', { a: 1 })).toMatchObject({ status: 'SUCCEEDED' })
      return (await registry.servers.get(id))?.protocolEra
    }
    hoursLater(23)
    expect(await eraAfterRun()).toBe('LEGACY')
    expect(server.count('server/discover')).toBe(1)
    hoursLater(1)
    expect(await eraAfterRun()).toBe('LEGACY')
    expect(await eraAfterRun()).toBe('LEGACY')
    expect(server.count('server/discover')).toBe(2)
    isUpgraded = true
    hoursLater(24)
    expect(await eraAfterRun()).toBe('MODERN')
    // The sessions before it have ended.
    expect(registry.stats().sessions).toBe(idleMs === 0 ? 0 : 1)
  })

  it('is asked again after 24 h while a call of the old session goes on, which ends well', async () => {
    await registry.close()
    registry = await createRegistry()
    let isUpgraded = false
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const server = await legacy(async (asked) => {
      if (isUpgraded) return answerModern(asked)
      if (asked.method === 'tools/call') await released
      return false
    })
    const { id } = await registered(registry, 's', overHttp(server))
    const called = server.next('tools/call')
    const old = run('echo', { a: 1 })
    await called
    isUpgraded = true
    hoursLater(24)
    expect(await run('echo', { a: 2 })).toMatchObject({ status: 'SUCCEEDED' })
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'MODERN' })
    release()
    expect(await old).toMatchObject({ status: 'SUCCEEDED' })
    expect(registry.stats().sessions).toBe(1)
  })

  it('is not asked after 24 h with LEGACY, nor while a child lives', async () => {
    await registry.close()
    registry = await createRegistry()
    const server = await legacy(() => false)
    await registered(registry, 's', overHttp(server), { protocolEra: 'LEGACY' })
    await registered(registry, 'child', scriptedStdio(''))
    hoursLater(25)
    expect(await run('echo')).toMatchObject({ status: 'SUCCEEDED' })
    const ofChild = await registry.runs.start({ server: 'child', tool: 'echo' }, {})
    expect(await ofChild.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(server.count('server/discover')).toBe(0)
    expect(registry.stats()).toMatchObject({ sessions: 2, sessionsOpened: 2 })
  })

  it('and still speaks the old one is found by `renegotiate`', async () => {
    let isUpgraded = false
    const server = await upgradable(() => isUpgraded)
    const { id } = await registered(registry, 's', overHttp(server))
    isUpgraded = true
    await (await registry.servers.refresh(id)).result()
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'LEGACY' })
    await (await registry.servers.refresh(id, { renegotiate: true })).result()
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'MODERN' })
  })
})
