import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type Registry, type RegistryOptions } from '@toolyard/core'
import { beforeEach, expect, it } from 'vitest'
import type { StorageAdapter } from '../../packages/core/src/storage/storage.ts'
import { startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { openEvents, type ScriptedServer, startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'

const echo = { server: 'a', tool: 'echo' }
const secretKey = new Uint8Array(32)
const http = (server: ScriptedServer) => ({ transport: 'streamableHttp', serverUrl: server.url }) as const

/** What registries that share a database promise each other, whichever it is. `start` answers how to open them on an empty one. */
export function describeRegistriesOnOneDatabase(start: () => Promise<() => StorageAdapter>): void {
  let storage: () => StorageAdapter
  beforeEach(async () => {
    storage = await start()
  })
  const open = (options: RegistryOptions = {}) => createRegistry({ storage: storage(), secretKey, ...options })

  it('leave each other the jobs that they work on, and follow them to their end', async () => {
    const letGo = Promise.withResolvers<void>()
    await using server = await startScripted(async (asked) => {
      if (asked.method !== 'tools/call') return false
      await letGo.promise
      asked.result(textResult('done'))
      return true
    })
    await using one = await open()
    await registered(one, 'a', http(server))
    const plain = await one.tools.start(echo, { n: 1 })
    const keyed = await one.tools.start(echo, { n: 2 }, { idempotencyKey: 'k' })

    await using other = await open()
    const again = await other.tools.start(echo, { n: 2 }, { idempotencyKey: 'k' })
    expect(again).toMatchObject({ id: keyed.id, deduplicated: true })
    // What is only noted in the one's journal is there for the other a moment later.
    await expect.poll(() => other.runs.get(plain.id)).toMatchObject({ status: 'RUNNING' })
    const types: string[] = []
    const followed = (async () => {
      for await (const { type } of other.runs.events(plain.id)) types.push(type)
    })()
    const [waited, deduplicated] = [other.runs.wait(plain.id), again.result()]
    letGo.resolve()
    expect(await waited).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'done' } })
    expect(await deduplicated).toEqual(await keyed.result())
    await followed
    expect(types).toEqual(['ToolRunStarted', 'ToolRunFinished'])
    expect(server.count('tools/call')).toBe(2)
  })

  it('cancel each other’s jobs, and say why; the process that runs a job applies it', async () => {
    await using server = await startScripted(async (asked) => {
      if (asked.method === 'tools/list' && asked.params?.cursor === undefined) return false
      return asked.method === 'tools/call'
    })
    await using one = await open()
    const { id } = await registered(one, 'a', http(server))
    const run = await one.tools.start(echo, { n: 1 })
    await using other = await open()
    await expect.poll(() => other.runs.get(run.id)).toMatchObject({ status: 'RUNNING' })
    const canceled = await other.runs.cancel(run.id, 'not needed')
    expect(canceled).toMatchObject({
      status: 'CANCELED',
      error: { canceledBy: 'CALLER', message: 'Canceled by the caller: not needed' },
    })
    expect(await run.result()).toMatchObject({ status: 'CANCELED' })
    await expect.poll(() => server.count('notifications/cancelled')).toBe(1)
    // What has ended stays as it is, and is answered at once.
    expect(await other.runs.cancel(run.id)).toMatchObject({ status: 'CANCELED' })
    await expect(other.runs.cancel(run.id, 'x'.repeat(1_001))).rejects.toMatchObject({ path: ['reason'] })
    expect(await other.servers.get(id)).toBeDefined()
  })

  it('hear of each other on the feed', async () => {
    await using one = await open()
    await using other = await open()
    const feed = other.events()
    let heard: { readonly type: string } | undefined
    const hearing = feed.next().then(({ value }) => {
      heard = value
    })
    // The feed is followed from when it has been asked where it stands.
    for (let n = 0; !heard; n += 1) {
      await one.servers.create({ name: `b${n}`, config: { transport: 'stdio', command: 'x' }, refresh: false })
      await Promise.race([hearing, delay(300)])
    }
    expect(heard).toMatchObject({ type: 'McpServerCreated' })
    await feed.return?.()
  })

  it('refresh a server once at a time: who asks for it meanwhile joins', async () => {
    const letGo = Promise.withResolvers<void>()
    await using server = await startScripted(async (asked) => {
      if (asked.method === 'tools/list') await letGo.promise
      return false
    })
    await using one = await open()
    await using other = await open()
    const { id } = await one.servers.create({ name: 'a', config: http(server), refresh: false })
    const [first, second] = await Promise.all([one.servers.refresh(id), other.servers.refresh(id)])
    expect(second.id).toBe(first.id)
    expect([first.deduplicated, second.deduplicated].toSorted()).toEqual([false, true])
    letGo.resolve()
    const [result, joined] = await Promise.all([first.result(), second.result()])
    expect(joined).toEqual(result)
    expect(server.count('tools/list')).toBe(1)
  })

  it('stop a refresh of the other when the server is changed, so that no tool of the old one is kept', async () => {
    let isOld = true
    await using server = await startScripted((asked) => asked.method === 'tools/list' && isOld)
    await using one = await open()
    await using other = await open()
    const { id } = await one.servers.create({ name: 'a', config: http(server), refresh: false })
    const stale = await one.servers.refresh(id)
    await server.next('tools/list')
    isOld = false
    await other.servers.update(id, {
      timeouts: { connectMs: 9_000 },
      config: { transport: 'streamableHttp', serverUrl: `${server.url}?new` },
    })
    await expect(stale.result()).rejects.toMatchObject({ code: 'CANCELED', details: { canceledBy: 'SERVER_UPDATED' } })
    const { added } = await (await other.servers.refresh(id)).result()
    expect(added).toHaveLength(1)
  })

  it('run a tool as the other has it a moment ago, and never one of a server that the other deleted', async () => {
    await using before = await startScripted()
    await using after = await startScripted()
    await using one = await open()
    await using other = await open()
    const { id } = await registered(one, 'a', http(before))
    expect(await other.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
    await one.servers.update(id, { config: http(after) })
    const updatedAt = performance.now()
    await expect.poll(async () => (await other.tools.run(echo)) && after.count('tools/call'), { interval: 5 }).toBe(1)
    expect(performance.now() - updatedAt).toBeLessThan(1_000)
    // What it kept open for the old revision goes too, without being used again.
    await expect.poll(() => other.stats().sessions).toBe(1)
    await one.servers.delete(id)
    await expect
      .poll(() => other.tools.run(echo).catch((error) => error.code), { interval: 5, timeout: 1_000 })
      .toBe('NOT_FOUND')
    await expect.poll(() => other.stats().sessions).toBe(0)
  })

  it('refresh a server once that told both of them that its tools have changed', async () => {
    const tell: (() => void)[] = []
    const names = ['echo']
    await using server = await startScripted((asked) => {
      if (asked.method === 'GET') {
        const send = openEvents(asked)
        tell.push(() => send({ method: 'notifications/tools/list_changed' }))
        return true
      }
      if (asked.method !== 'tools/list') return false
      asked.result({ tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) })
      return true
    })
    await using one = await open()
    await using other = await open()
    await registered(one, 'a', http(server))
    await other.tools.run(echo)
    await expect.poll(() => tell.length).toBe(2)
    names.push('second')
    for (const each of tell) each()
    await expect.poll(() => one.tools.count()).toBe(2)
    // Longer than either of them waits for more news.
    await delay(1_000)
    expect(server.count('tools/list')).toBe(2)
  })

  it('follow resources each for their own followers, and hear of changes that the other makes to the server', async () => {
    await using server = await startFeatureServer('LEGACY')
    await using one = await open()
    const { id } = await one.servers.create({ name: 'a', config: http(server), refresh: false })
    await using other = await open()
    const follow = (registry: Registry) => registry.resources.updates({ serverId: id, uris: ['db://a'] })
    const [here, there] = [follow(one), follow(other)]
    await Promise.all([here.next(), there.next()])
    expect(server.followed).toEqual(['db://a', 'db://a'])
    const next = Promise.all([here.next(), there.next()])
    server.notify('notifications/resources/updated', { uri: 'db://a' })
    expect(await next).toMatchObject([{ value: { uri: 'db://a' } }, { value: { uri: 'db://a' } }])
    await here.return?.()
    await expect.poll(() => server.followed, { interval: 5 }).toEqual(['db://a'])

    // A new revision by the other node: followed anew.
    const moved = there.next()
    await one.servers.update(id, { name: 'renamed' })
    expect(await moved).toMatchObject({ value: { uri: 'db://a' } })
    const ended = there.next()
    ended.catch(() => undefined)
    await one.servers.delete(id)
    await expect(ended).rejects.toMatchObject({ code: 'NOT_FOUND', path: ['serverId'] })
    await expect.poll(() => server.followed, { interval: 5 }).toEqual([])
  })
}
