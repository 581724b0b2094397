import { setTimeout as delay } from 'node:timers/promises'
import type { Page, ToolRun } from '@toolyard/core'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { everyPage } from '../fixtures/http/paginate.ts'
import { startTcpProxy } from '../fixtures/http/tcp-proxy.ts'
import { type Asked, type ScriptedServer, startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { startNode, type TestNode } from '../fixtures/process/nodes.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; the tests of several nodes are skipped\n`)

const echo = { server: 'a', tool: 'echo' }
const isEnd = ({ type }: { readonly type: string }) => type.endsWith('Finished')

describe.skipIf(typeof postgres === 'string')('nodes on one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  let connectionString: string
  let server: ScriptedServer
  /** Calls and lists that are not answered until the test does. */
  let held: Asked[]
  let holds: (asked: Asked) => boolean
  let serverId: string
  let [first, second]: readonly [TestNode | undefined, TestNode | undefined] = [undefined, undefined]
  beforeEach(async () => {
    connectionString = await postgres.createMigrated()
    held = []
    holds = () => false
    server = await startScripted((asked) => {
      if (!holds(asked)) return false
      held.push(asked)
      return true
    })
  })
  afterEach(async () => {
    await Promise.all([first?.kill(), second?.kill()])
    ;[first, second] = [undefined, undefined]
    await server[Symbol.asyncDispose]()
  })

  async function startTwo(): Promise<readonly [TestNode, TestNode]> {
    const nodes = await Promise.all([startNode(connectionString), startNode(connectionString)])
    ;[first, second] = nodes
    const config = { transport: 'streamableHttp', serverUrl: server.url }
    serverId = await nodes[0].idOf('servers.create', { name: 'a', config, refresh: false })
    await nodes[0].call('refreshes.wait', await nodes[0].idOf('servers.refresh', serverId))
    return nodes
  }

  const holdsAll = ({ method }: Asked) => method === 'tools/call' || method === 'tools/list'

  it('settle once what one of them was at when it was killed, and tell those who follow it', async () => {
    const [crashing, other] = await startTwo()
    holds = holdsAll
    const runId = await crashing.idOf('tools.start', echo, { n: 1 })
    const refreshId = await crashing.idOf('servers.refresh', serverId)
    await expect.poll(() => held.length).toBe(2)
    const [run, refresh] = [other.follow(runId), other.follow(refreshId)]
    await run.until(({ type }) => type === 'ToolRunStarted')
    await crashing.kill()
    await run.until(isEnd)
    await refresh.until(isEnd)
    expect(run.events.at(-1)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'INTERRUPTED' } })
    expect(refresh.events.at(-1)).toMatchObject({ status: 'FAILED', error: { code: 'INTERRUPTED' } })
    await Promise.all([run.ended, refresh.ended])
    expect(await other.call('runs.get', runId)).toMatchObject({ status: 'OUTCOME_UNKNOWN' })
    holds = () => false
    // Nothing stands in the way of the next ones.
    const next = await other.idOf('servers.refresh', serverId)
    expect(await other.call('refreshes.wait', next)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await other.call('tools.run', echo)).toMatchObject({ status: 'SUCCEEDED' })
    expect(other.errors).toEqual([])
  })

  it('take one that pauses for gone: it writes nothing more of what it was at, and goes on', async () => {
    const [paused, other] = await startTwo()
    holds = holdsAll
    const runId = await paused.idOf('tools.start', echo, { n: 1 })
    const refreshId = await paused.idOf('servers.refresh', serverId)
    await expect.poll(() => held.length).toBe(2)
    const run = other.follow(runId)
    paused.signal('SIGSTOP')
    await run.until(isEnd)
    // Both answers wait for it when it wakes.
    for (const asked of held) {
      if (asked.method === 'tools/call') asked.result(textResult('late'))
      else asked.result({ tools: [{ name: 'late', inputSchema: { type: 'object' } }] })
    }
    holds = () => false
    paused.signal('SIGCONT')
    expect(await paused.call('runs.wait', runId)).toMatchObject({ status: 'OUTCOME_UNKNOWN', result: null })
    expect(await paused.call('refreshes.wait', refreshId)).toMatchObject({ status: 'FAILED' })
    await expect.poll(() => paused.errors.map(({ code }) => code)).toContain('LEASE_LOST')
    await expect
      .poll(() => paused.call('tools.run', echo).catch((error) => error.code))
      .toMatchObject({ status: 'SUCCEEDED' })
    expect(await other.call('tools.count')).toBe(1)
    expect((await other.follow(runId).until(isEnd)).map(({ type }) => type)).toEqual([
      'ToolRunStarted',
      'ToolRunFinished',
    ])
    expect(await other.call('runs.get', runId)).toMatchObject({ status: 'OUTCOME_UNKNOWN', result: null })
  })

  it('do not send a run that waited when its node was taken for gone', async () => {
    const [paused, other] = await startTwo()
    holds = ({ method }) => method === 'initialize'
    // A new revision is dialled anew, which is not answered.
    await paused.call('servers.update', serverId, { description: 'changed' })
    const runId = await paused.idOf('tools.start', echo, { n: 1 }, { idempotencyKey: 'k' })
    await expect.poll(() => held.length).toBe(1)
    paused.signal('SIGSTOP')
    const run = other.follow(runId)
    await run.until(isEnd)
    expect(run.events).toMatchObject([{ status: 'FAILED', error: { code: 'NOT_SENT' } }])
    holds = () => false
    paused.signal('SIGCONT')
    await expect.poll(() => paused.errors.map(({ code }) => code)).toContain('LEASE_LOST')
    // Refused until it has a lease again.
    await expect
      .poll(() => paused.call('tools.run', echo, { n: 2 }).catch((error) => error.code))
      .toMatchObject({ status: 'SUCCEEDED' })
    expect(server.asked.filter(({ method }) => method === 'tools/call').map(({ args }) => args)).toEqual([{ n: 2 }])
  })

  /** Runs numbers one after another on a node, whatever it answers, until it is told to stop. */
  function keepRunning(node: TestNode, numbers: () => number) {
    let isStopping = false
    const answers = new Map<number, string>()
    const running = (async () => {
      while (!isStopping) {
        const n = numbers()
        const answer = await node.call('tools.run', echo, { n }).then(
          (run) => (run as { readonly status: string }).status,
          (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
        )
        // The test has ended, and its nodes with it.
        if (answer === 'ERR_IPC_CHANNEL_CLOSED') return
        answers.set(n, answer)
        // What fails at once is not to fill the time.
        if (answer !== 'SUCCEEDED') await delay(20)
      }
    })()
    return {
      answers,
      async stop() {
        isStopping = true
        await running
      },
    }
  }

  /** As it should be after any fault: nothing unfinished, nothing twice, and what was answered is what is recorded. */
  async function expectSound(node: TestNode, answers: ReadonlyMap<number, string>): Promise<void> {
    // The runs as the node has them, through the channel.
    const all = () => everyPage((options) => node.call('runs.list', options) as Promise<Page<ToolRun>>)
    await expect
      .poll(async () => (await all()).filter(({ status }) => status === 'QUEUED' || status === 'RUNNING'))
      .toEqual([])
    const runs = await all()
    const calls = Map.groupBy(
      server.asked.filter(({ method }) => method === 'tools/call'),
      ({ args }) => Number(args.n),
    )
    for (const [n, asked] of calls) expect(asked.length, `calls of ${n}`).toBe(1)
    const byN = Map.groupBy(runs, ({ args }) => Number(args.n))
    for (const [n, some] of byN) expect(some.length, `runs of ${n}`).toBe(1)
    for (const [n, answer] of answers) {
      const status = byN.get(n)?.[0]?.status
      // The answer may have been lost on its way to the caller, who is told so.
      if (answer !== 'STORAGE_UNAVAILABLE' && answer !== 'LEASE_LOST') expect(status, `run of ${n}`).toBe(answer)
      if (status === 'SUCCEEDED') expect(calls.get(n)).toHaveLength(1)
      if (status === 'FAILED') expect(calls.get(n)).toBeUndefined()
    }
    for (const { id, status } of runs) {
      const events = await node.follow(id).until(isEnd)
      const ends = events.filter(isEnd)
      expect(ends, `ends in the log of ${id}`).toHaveLength(1)
      expect(ends[0]).toMatchObject({ status })
      expect(events.at(-1)).toBe(ends[0])
    }
  }

  it.skipIf(process.env.TOOLYARD_TEST_DATABASE_URL)('survive a restart of the database under load', async () => {
    const own = await startPostgres({ isOwn: true })
    if (typeof own === 'string') throw new Error(own)
    await using _ = own
    connectionString = await own.create()
    const nodes = await startTwo()
    let next = 0
    const loads = nodes.flatMap((node) => [0, 1, 2].map(() => keepRunning(node, () => next++)))
    const feed = nodes[1].follow()
    await expect.poll(() => server.count('tools/call')).toBeGreaterThan(50)
    await own.restart?.(() => delay(1_000))
    const after = server.count('tools/call')
    await expect.poll(() => server.count('tools/call')).toBeGreaterThan(after + 50)
    // The calls may all have been those of the other node, while this one is told to try again.
    const update = () => nodes[0].call('servers.update', serverId, { description: 'after' })
    await expect.poll(() => update().then(() => 'UPDATED', String)).toBe('UPDATED')
    await feed.until(({ type }) => type === 'McpServerUpdated')
    await Promise.all(loads.map((load) => load.stop()))
    await expectSound(nodes[1], new Map(loads.flatMap(({ answers }) => [...answers])))
    const unexpected = nodes.flatMap(({ errors }) => errors).filter(({ code }) => code === 'UNEXPECTED')
    expect(unexpected).toEqual([])
    await Promise.all(nodes.map((node) => node.kill()))
  })

  it.each(['ALL', 'ANSWERS'] as const)('survive a connection that is cut half-open (%s)', async (what) => {
    const url = new URL(connectionString)
    await using proxy = await startTcpProxy(Number(url.port))
    const throughProxy = Object.assign(new URL(url), { port: String(proxy.port) }).href
    const cutOff = await startNode(throughProxy, { timeoutMs: 1_500 })
    first = cutOff
    second = await startNode(connectionString)
    const config = { transport: 'streamableHttp', serverUrl: server.url }
    serverId = await cutOff.idOf('servers.create', { name: 'a', config, refresh: false })
    await cutOff.call('refreshes.wait', await cutOff.idOf('servers.refresh', serverId))
    let next = 0
    const loads = [0, 1, 2].map(() => keepRunning(cutOff, () => next++))
    await expect.poll(() => server.count('tools/call')).toBeGreaterThan(20)
    proxy.freeze(what)
    // Longer than its lease, and than its time-out.
    await delay(2_500)
    // What it still had to send comes late, and must not count.
    proxy.thaw()
    const after = server.count('tools/call')
    await expect.poll(() => server.count('tools/call')).toBeGreaterThan(after + 20)
    await Promise.all(loads.map((load) => load.stop()))
    await expectSound(second, new Map(loads.flatMap(({ answers }) => [...answers])))
  })
})
