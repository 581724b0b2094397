import {
  createRegistry,
  memoryStorage,
  type Registry,
  type RegistryOptions,
  type StorageAdapter,
  type TenantStorage,
} from '@toolyard/core'
import { afterEach, describe, expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { type Asked, openEvents, type ScriptedServer, startScripted } from '../../fixtures/mcp/scripted-http.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'

const namesAtOnce = 50

let registry: Registry | undefined
let server: ScriptedServer | undefined
afterEach(async () => {
  await registry?.close()
  await server?.[Symbol.asyncDispose]()
  registry = undefined
  server = undefined
})

const open = async (options: RegistryOptions) => {
  registry = await createRegistry(options)
  return registry
}

/** Lists other names each time, and says so while `isHostile`. */
async function startChanging() {
  let lists = 0
  let isHostile = true
  let send: ((message: object) => void) | undefined
  const tell = () => send?.({ method: 'notifications/tools/list_changed' })
  const changing = await startScripted((asked: Asked) => {
    if (asked.method === 'GET') {
      send = openEvents(asked)
      return true
    }
    if (asked.method !== 'tools/list') return false
    if (isHostile) lists += 1
    const tools = Array.from({ length: namesAtOnce }, (_, n) => ({
      name: `tool-${lists}-${n}`,
      inputSchema: { type: 'object' },
    }))
    asked.result({ tools })
    if (isHostile) tell()
    return true
  })
  server = changing
  return {
    url: changing.url,
    listening: changing.next('GET'),
    tell,
    lists: () => changing.count('tools/list'),
    calm() {
      isHostile = false
    },
  }
}

const statusOf = async (of: Registry, id: string) => {
  const { status, health } = (await of.servers.get(id)) ?? {}
  return [status, health?.lastError?.code]
}

describe('a server that lists other names at each list_changed', () => {
  it('over HTTP is refreshed as often as the budget has it, is DEGRADED beyond it, and well again once it is calm', async () => {
    const changing = await startChanging()
    const of = await open({ budgets: { automaticRefreshes: 3_600, automaticRefreshBurst: 2 } })
    const changes = of.events()
    const { id } = await registered(of, 'a', { transport: 'streamableHttp', serverUrl: changing.url })
    await changing.listening
    changing.tell()
    await expect.poll(() => statusOf(of, id)).toEqual(['DEGRADED', 'LIMIT_EXCEEDED'])
    expect((await of.servers.get(id))?.health.lastError).toMatchObject({
      message: 'list_changed of the server: expected at most 3600 an hour (automaticRefreshes), got more',
      retryable: true,
    })
    const lists = changing.lists()
    // Asked for once more, a thousand times: one change of status, and no refresh for it.
    for (let n = 0; n < 1_000; n += 1) changing.tell()
    changing.calm()
    await expect.poll(() => statusOf(of, id)).toEqual(['READY', undefined])
    expect(changing.lists() - lists).toBeLessThanOrEqual(2)
    expect(of.stats().budgetRefusals.automaticRefreshes).toBeLessThanOrEqual(2)
    await changes.return?.()
  })

  it('stays DEGRADED whatever it answers meanwhile', async () => {
    const changing = await startChanging()
    const of = await open({ budgets: { automaticRefreshes: 1, automaticRefreshBurst: 1 } })
    const { id } = await registered(of, 'a', { transport: 'streamableHttp', serverUrl: changing.url })
    await changing.listening
    changing.tell()
    await expect.poll(() => statusOf(of, id)).toEqual(['DEGRADED', 'LIMIT_EXCEEDED'])
    const { edges } = await of.tools.list()
    const run = await of.tools.run({ server: 'a', tool: edges[0]?.node.name ?? '' })
    expect(run.status).toBe('SUCCEEDED')
    expect(await statusOf(of, id)).toEqual(['DEGRADED', 'LIMIT_EXCEEDED'])
    // A refresh that is asked for is no automatic one.
    expect((await (await of.servers.refresh(id)).result()).added).toHaveLength(namesAtOnce)
    expect(await statusOf(of, id)).toEqual(['DEGRADED', 'LIMIT_EXCEEDED'])
    await of.servers.update(id, { enabled: false })
    expect((await of.servers.get(id))?.status).toBe('DISABLED')
  })

  it('over stdio is refreshed as often as the budget has it', async () => {
    const of = await open({ budgets: { automaticRefreshes: 1, automaticRefreshBurst: 5, removedToolsPerServer: 60 } })
    const { id } = await registered(
      of,
      'a',
      scriptedStdio(`
        let lists = 0
        const tell = () => send({ method: 'notifications/tools/list_changed' })
        on((message) => {
          if (message.method !== 'tools/list') return answer(message)
          lists += 1
          const tools = Array.from({ length: ${namesAtOnce} }, (_, n) => ({ name: 'tool-' + lists + '-' + n, inputSchema: { type: 'object' } }))
          send({ id: message.id, result: { tools } })
          for (let n = 0; n < 100; n += 1) tell()
        })`),
    )
    await expect.poll(() => statusOf(of, id)).toEqual(['DEGRADED', 'LIMIT_EXCEEDED'])
    expect(await of.tools.count()).toBe(namesAtOnce)
    // Listed now, removed by the latest refresh, and as many as are remembered.
    expect(await of.tools.count({ includeRemoved: true })).toBeLessThanOrEqual(2 * namesAtOnce + 60)
  })

  it('by several sessions shares one budget', async () => {
    const changing = await startChanging()
    const of = await open({ budgets: { automaticRefreshes: 1, automaticRefreshBurst: 1 } })
    const { id } = await of.servers.create({
      name: 'a',
      config: { transport: 'streamableHttp', serverUrl: changing.url, auth: { token: '{{ TOKEN }}' } },
      refresh: false,
    })
    for (const TOKEN of ['one', 'other']) {
      const listening = server?.next('GET')
      await (await of.servers.refresh(id, { variables: { TOKEN } })).result()
      await listening
    }
    changing.tell()
    await expect.poll(() => statusOf(of, id)).toEqual(['DEGRADED', 'LIMIT_EXCEEDED'])
    expect(changing.lists()).toBe(3)
  })

  it('keeps no more removed tools and no more history than the budgets have it, however often it is refreshed', async () => {
    const changing = await startChanging()
    const bytes = 100_000
    const of = await open({ budgets: { removedToolsPerServer: 60, refreshBytesPerServer: bytes } })
    const { id } = await registered(of, 'a', { transport: 'streamableHttp', serverUrl: changing.url })
    const ids: string[] = []
    for (let n = 0; n < 25; n += 1) {
      const { id: refreshId, added, deleted } = await (await of.servers.refresh(id)).result()
      expect([added.length, deleted.length]).toEqual([namesAtOnce, namesAtOnce])
      ids.push(refreshId)
      expect(await of.tools.count({ includeRemoved: true })).toBeLessThanOrEqual(2 * namesAtOnce + 60)
    }
    const kept = await of.refreshes.getMany(ids)
    // Two of these take about a seventh of it.
    expect(kept.size).toBeLessThan(20)
    expect(kept.size).toBeGreaterThan(3)
    expect([...kept.keys()].toSorted()).toEqual(ids.slice(-kept.size).toSorted())
    const types: string[] = []
    for await (const { type } of of.refreshes.events(ids.at(-1) ?? '')) types.push(type)
    expect(types.filter((type) => type === 'RefreshToolChanged')).toHaveLength(2 * namesAtOnce)
  })

  it('costs next to no read for each notification, though 20,000 come at once', async () => {
    const changing = await startChanging()
    let reads = 0
    const storage: StorageAdapter = {
      async open() {
        const opened = await memoryStorage().open()
        const counted = (tenant: TenantStorage): TenantStorage => ({
          ...tenant,
          refreshes: {
            ...tenant.refreshes,
            latestByServer(ids) {
              reads += 1
              return tenant.refreshes.latestByServer(ids)
            },
          },
        })
        return { ...opened, tenant: (id) => counted(opened.tenant(id)) }
      },
    }
    const of = await open({ storage, budgets: { automaticRefreshBurst: 2, automaticRefreshes: 1 } })
    const { id } = await registered(of, 'a', { transport: 'streamableHttp', serverUrl: changing.url })
    await changing.listening
    reads = 0
    const startedAt = performance.now()
    for (let n = 0; n < 20_000; n += 1) changing.tell()
    await expect.poll(() => statusOf(of, id)).toEqual(['DEGRADED', 'LIMIT_EXCEEDED'])
    // One each 50 ms, and a few for each of the two refreshes.
    expect(reads).toBeLessThanOrEqual((performance.now() - startedAt) / 50 + 20)
    const before = reads
    for (let n = 0; n < 1_000; n += 1) changing.tell()
    await of.tools.run({ server: 'a', tool: (await of.tools.list()).edges[0]?.node.name ?? '' })
    expect(reads).toBe(before)
  })
})
