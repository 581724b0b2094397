import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/registered.ts'
import { startScripted, textResult } from '../fixtures/scripted-http.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => rm(folder, { recursive: true }))

const echo = { server: 'a', tool: 'echo' }

describe('two registries on one database', () => {
  const open = () => createRegistry({ storage: sqliteStorage({ path: join(folder, 'registry.db') }) })

  it('leave each other the jobs that they work on, and follow them to their end', async () => {
    const letGo = Promise.withResolvers<void>()
    await using server = await startScripted(async (asked) => {
      if (asked.method !== 'tools/call') return false
      await letGo.promise
      asked.result(textResult('done'))
      return true
    })
    await using one = await open()
    await registered(one, 'a', { transport: 'streamableHttp', serverUrl: server.url })
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

  it('cancel each other’s jobs, and say why; whoever works on one hears of it', async () => {
    await using server = await startScripted(async (asked) => {
      if (asked.method === 'tools/list' && asked.params?.cursor === undefined) return false
      return asked.method === 'tools/call'
    })
    await using one = await open()
    const { id } = await registered(one, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    const run = await one.tools.start(echo, { n: 1 })
    await using other = await open()
    await expect.poll(() => other.runs.get(run.id)).toMatchObject({ status: 'RUNNING' })
    const canceled = await other.runs.cancel(run.id, 'not needed')
    expect(canceled).toMatchObject({
      status: 'CANCELED',
      error: { canceledBy: 'CALLER', message: 'Cancelled by the caller: not needed' },
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
    const next = feed.next()
    const { id } = await one.servers.create({ name: 'b', config: { transport: 'stdio', command: 'x' }, refresh: false })
    expect((await next).value).toMatchObject({ type: 'McpServerCreated', server: { id } })
    await feed.return?.()
  })
})
