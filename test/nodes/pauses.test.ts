import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { startNode, type TestNode } from '../fixtures/process/nodes.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string')
  process.stderr.write(`${postgres}; the tests of pauses on several nodes are skipped\n`)

describe.skipIf(typeof postgres === 'string')('runs that wait, on nodes of one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  let server: ScriptedServer
  let nodes: readonly TestNode[] = []
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.kill()))
    await server[Symbol.asyncDispose]()
  })

  it('outlive the kill of every node, and each is sent once, whichever nodes decide', async () => {
    const connectionString = await postgres.createMigrated()
    server = await startScripted()
    const killed = await Promise.all([startNode(connectionString), startNode(connectionString)])
    nodes = killed
    const config = { transport: 'streamableHttp', serverUrl: server.url }
    const input = { name: 'a', config, approvalPolicy: 'ALWAYS', refresh: false }
    const serverId = await killed[0].idOf('servers.create', input)
    await killed[0].call('refreshes.wait', await killed[0].idOf('servers.refresh', serverId))
    const ref = { server: 'a', tool: 'echo' }
    const ids = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (killed[n % 2] ?? killed[0]).idOf('tools.start', ref, { n })),
    )
    await Promise.all(killed.map((node) => node.kill()))

    const started = await Promise.all([startNode(connectionString), startNode(connectionString)])
    nodes = started
    const waiting = { status: ['AWAITING_APPROVAL'] }
    expect(await started[0].call('runs.count', waiting)).toBe(100)
    // Both decide every run: one of them wins each.
    const decisions = await Promise.allSettled(
      ids.flatMap((id) => started.map((node) => node.call('runs.decide', id, { decision: 'APPROVED' }))),
    )
    expect(decisions.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
    await Promise.all(ids.map((id) => started[0].call('runs.wait', id)))
    expect(await started[1].call('runs.count', { status: ['SUCCEEDED'] })).toBe(100)
    const sent = server.asked.flatMap(({ method, args }) => (method === 'tools/call' ? [Number(args.n)] : []))
    expect(sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })
})
