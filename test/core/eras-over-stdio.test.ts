import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { scriptedModernStdio } from '../fixtures/mcp/scripted-modern.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'

let registry: Registry
let folder: string

beforeEach(async () => {
  // Each use dials.
  registry = await createRegistry({ sessions: { idleMs: 0 } })
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await registry.close()
  await rm(folder, { recursive: true })
})

const run = async (tool: string, args = {}) => (await registry.runs.start({ server: 's', tool }, args)).result()

describe('over stdio, with AUTO', () => {
  /** The ids of the processes of a server so far: each leaves a file, before anything else. */
  const spawns = () => readdir(folder)
  const counted = ({ args, ...config }: ReturnType<typeof scriptedStdio>) => {
    const leave = `require('node:fs').writeFileSync(${JSON.stringify(`${folder}/`)} + process.pid, '');`
    return { ...config, args: args.map((arg) => (arg === '-e' ? arg : leave + arg)) }
  }
  /** Registers a server, which dials, and calls a tool, which dials again. */
  async function serverOf(config: ReturnType<typeof scriptedStdio>, timeouts?: { connectMs: number }) {
    const { id } = await registered(registry, 's', counted(config), timeouts ? { timeouts } : {})
    const atFirst = (await spawns()).length
    expect(await run('echo', { a: 1 })).toMatchObject({ status: 'SUCCEEDED' })
    return { server: await registry.servers.get(id), atFirst, later: (await spawns()).length - atFirst }
  }

  it('a modern child is spoken to in its era', async () => {
    const { server, ...starts } = await serverOf(scriptedModernStdio())
    expect(server).toMatchObject({ protocolEra: 'MODERN', status: 'READY' })
    expect(starts).toEqual({ atFirst: 1, later: 1 })
  })

  it('a slow modern child is waited for', async () => {
    const slow = scriptedModernStdio(
      'const early = []; on((m) => early.push(m)); setTimeout(() => { on(answer); early.forEach(answer) }, 2_600)',
    )
    const { server, ...starts } = await serverOf(slow, { connectMs: 8_000 })
    expect(server).toMatchObject({ protocolEra: 'MODERN', status: 'READY' })
    // The first child was sent initialize before it answered.
    expect(starts).toEqual({ atFirst: 2, later: 1 })
  })

  const exits = 'let begun; on((m) => { begun ||= m.method === "initialize"; if (!begun) process.exit(1); answer(m) })'

  it.each<[string, string, number]>([
    [
      'answers an error',
      'on((m) => m.method === "server/discover" ? send({ id: m.id, error: { code: -32601, message: "no" } }) : answer(m))',
      1,
    ],
    ['is silent', 'on((m) => m.method === "server/discover" || answer(m))', 1],
    ['exits', exits, 2],
    ['hangs', 'on((m) => { if (m.method === "server/discover") on(() => {}); else answer(m) })', 2],
  ])('a legacy child that %s is READY', async (_what, script, atFirst) => {
    const { server, ...starts } = await serverOf(scriptedStdio(script), { connectMs: 3_000 })
    expect(server).toMatchObject({ protocolEra: 'LEGACY', status: 'READY' })
    expect(starts).toEqual({ atFirst, later: 1 })
  })

  it('a child that exits at the question is not asked again, though its era is not known any more', async () => {
    const { server } = await serverOf(scriptedStdio(exits))
    const before = (await spawns()).length
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 3_600_000 })
    expect(await run('echo')).toMatchObject({ status: 'SUCCEEDED' })
    expect(server?.protocolEra).toBe('LEGACY')
    expect((await spawns()).length - before).toBe(1)
  })

  it('a modern child that once exited early is found by the next call', async () => {
    const exitsOnce = `if (require('node:fs').readdirSync(${JSON.stringify(folder)}).length === 1) process.exit(1);`
    const { args, ...config } = scriptedModernStdio()
    const failsOnce = { ...config, args: args.map((arg) => (arg === '-e' ? arg : exitsOnce + arg)) }
    const { id } = await registry.servers.create({ name: 's', config: counted(failsOnce), refresh: false })
    const refresh = async () => (await registry.servers.refresh(id)).result()
    await expect(refresh()).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
    await refresh()
    expect(await registry.servers.get(id)).toMatchObject({ protocolEra: 'MODERN', status: 'READY' })
  })

  it('both starts of a dial take a turn of the rate', async () => {
    await registry.close()
    // Two turns, of which each is kept for 2 s.
    registry = await createRegistry({ budgets: { spawns: 1 } })
    const begunAt = performance.now()
    await registered(registry, 'a', counted(scriptedStdio(exits)))
    await registered(registry, 'b', counted(scriptedModernStdio()))
    expect(await spawns()).toHaveLength(3)
    expect(performance.now() - begunAt).toBeGreaterThanOrEqual(2_000)
  })
})
