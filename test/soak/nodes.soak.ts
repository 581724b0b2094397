import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { type Asked, startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { forkNode, startNode } from '../fixtures/process/nodes.ts'
import { contention } from '../nodes/contention.ts'
import { counted, inForm } from './form.ts'

const times = inForm(5_000, 2_000)
const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; the tests of several nodes are skipped\n`)

describe.skipIf(typeof postgres === 'string')('nodes on one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  it('settle within 20 s, by the lease that is the default, what a killed node and one paused for 30 s were at', async () => {
    const held: Asked[] = []
    let isHolding = false
    await using server = await startScripted((asked) => {
      if (!isHolding || asked.method !== 'tools/call') return false
      held.push(asked)
      return true
    })
    const connectionString = await postgres.create()
    const open = () => startNode(connectionString, { leaseMs: 15_000, timeoutMs: 10_000 })
    await using killed = await open()
    await using paused = await open()
    await using other = await open()
    const config = { transport: 'streamableHttp', serverUrl: server.url }
    const id = await other.idOf('servers.create', { name: 'a', config, refresh: false })
    await other.call('refreshes.wait', await other.idOf('servers.refresh', id))
    isHolding = true
    const echo = { server: 'a', tool: 'echo' }
    const runIds = await Promise.all([killed, paused].map((node) => node.idOf('tools.start', echo)))
    const runs = runIds.map((runId) => other.follow(runId))
    await expect.poll(() => held.length).toBe(2)
    await killed.kill()
    paused.signal('SIGSTOP')
    const faultAt = performance.now()
    const isEnd = ({ type }: { readonly type: string }) => type === 'ToolRunFinished'
    for (const run of runs) {
      await run.until(isEnd)
      expect(run.events.at(-1)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'INTERRUPTED' } })
    }
    expect(performance.now() - faultAt).toBeLessThan(20_000)
    await delay(30_000 - (performance.now() - faultAt))
    for (const asked of held) if (!asked.response.destroyed) asked.result(textResult('late'))
    isHolding = false
    paused.signal('SIGCONT')
    await expect.poll(() => paused.errors.map(({ code }) => code), { timeout: 20_000 }).toContain('LEASE_LOST')
    expect(await paused.call('tools.run', echo)).toMatchObject({ status: 'SUCCEEDED' })
    for (const runId of runIds) {
      expect(await other.call('runs.get', runId)).toMatchObject({ status: 'OUTCOME_UNKNOWN', result: null })
    }
  })

  it('are ten that begin at once on an empty database', async () => {
    await using server = await startScripted()
    const connectionString = await postgres.create()
    const children = Array.from({ length: 10 }, forkNode)
    const nodes = await Promise.all(children.map((child) => startNode(connectionString, { poolSize: 2 }, child)))
    try {
      const config = { transport: 'streamableHttp', serverUrl: server.url }
      await nodes[0]?.call('servers.create', { name: 'a', config, refresh: false })
      for (const node of nodes) expect(await node.call('servers.getByName', 'a')).toMatchObject({ name: 'a' })
      for (const node of nodes) expect(node.errors).toEqual([])
    } finally {
      await Promise.all(nodes.map((node) => node.kill()))
    }
  })

  it(`lose no update, run nothing twice, and deliver every event to every reader in one order, ${counted(times)} times`, async () => {
    await contention(await postgres.create(), times)
  })
})
