import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type HistoryOptions, memoryStorage, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'

const add = { server: 'a', tool: 'add' }
let fixture: FixtureServer
let folder: string
beforeEach(async () => {
  fixture = await startFixture()
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(async () => {
  await fixture.close()
  await rm(folder, { recursive: true })
})

const storages = {
  memory: () => memoryStorage(),
  sqlite: () => sqliteStorage({ path: join(folder, 'registry.db') }),
}

async function open(name: keyof typeof storages, history: HistoryOptions = {}): Promise<Registry> {
  const registry = await createRegistry({ storage: storages[name](), history })
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
  return registry
}

describe.each(['memory', 'sqlite'] as const)('a repeated run, in %s', (name) => {
  it('says which run it repeats, and has the args of that run unless it has others', async () => {
    await using registry = await open(name)
    const first = await registry.tools.run(add, { a: 1, b: 2 })
    expect(first.retriedFrom).toBeNull()
    const same = await registry.tools.run(add, undefined, { retriedFrom: first.id })
    expect(same).toMatchObject({ retriedFrom: first.id, args: { a: 1, b: 2 }, status: 'SUCCEEDED' })
    const other = await registry.tools.run(add, { a: 3, b: 4 }, { retriedFrom: same.id })
    expect(other).toMatchObject({ retriedFrom: same.id, args: { a: 3, b: 4 } })
    expect(await registry.runs.get(other.id)).toEqual(other)
  })

  it('is of the same tool and tenant, or nothing is sent', async () => {
    await using registry = await open(name)
    const first = await registry.tools.run(add, { a: 1, b: 2 })
    const sent = fixture.calls.length
    const refused = { code: 'INVALID_INPUT', path: ['retriedFrom'] }
    await expect(
      registry.tools.run({ server: 'a', tool: 'echo' }, undefined, { retriedFrom: first.id }),
    ).rejects.toMatchObject(refused)
    await expect(registry.tools.run(add, { a: 1, b: 2 }, { retriedFrom: 'run_1' })).rejects.toMatchObject(refused)
    const neighbour = registry.tenant('neighbour')
    await registered(neighbour, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const listed = fixture.calls.filter(({ method }) => method === 'tools/call').length
    await expect(neighbour.tools.run(add, { a: 1, b: 2 }, { retriedFrom: first.id })).rejects.toMatchObject(refused)
    expect(fixture.calls.filter(({ method }) => method === 'tools/call')).toHaveLength(listed)
    expect(sent).toBeGreaterThan(0)
  })

  it('needs its args again if the history has not all of them', async () => {
    await using registry = await open(name, { args: 'REDACT' })
    const first = await registry.tools.run(add, { a: 1, b: 2 })
    await expect(registry.tools.run(add, undefined, { retriedFrom: first.id })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: ['args'],
    })
    expect(await registry.tools.run(add, { a: 1, b: 2 }, { retriedFrom: first.id })).toMatchObject({
      status: 'SUCCEEDED',
    })
  })
})
