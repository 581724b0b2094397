import { afterAll, afterEach, describe, expect, it } from 'vitest'
import {
  type AskingLegacy,
  form,
  inputRequired,
  jsonResult,
  startAskingLegacy,
  startAskingModern,
} from '../fixtures/mcp/asking-servers.ts'
import type { ScriptedServer } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { startNode, type TestNode } from '../fixtures/process/nodes.ts'

const postgres = await startPostgres()
if (typeof postgres === 'string')
  process.stderr.write(`${postgres}; the tests of questions on several nodes are skipped\n`)

const echo = { server: 'a', tool: 'echo' }
const answers = (key: string) => ({ responses: [{ key, action: 'ACCEPT', content: { name: 'Ada' } }] })

describe.skipIf(typeof postgres === 'string')('runs whose servers ask, on nodes of one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())

  let server: ScriptedServer | AskingLegacy
  let nodes: readonly TestNode[] = []
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.kill()))
    await server[Symbol.asyncDispose]()
  })

  async function startTwo(connectionString: string) {
    const started = await Promise.all([
      startNode(connectionString, { leaseMs: 5_000 }),
      startNode(connectionString, { leaseMs: 5_000 }),
    ])
    nodes = started
    return started
  }

  async function register(node: TestNode): Promise<void> {
    const config = { transport: 'streamableHttp', serverUrl: server.url }
    const serverId = await node.idOf('servers.create', { name: 'a', config, refresh: false })
    await node.call('refreshes.wait', await node.idOf('servers.refresh', serverId))
  }

  it('outlive the kill of every node, and each is answered once, whichever nodes are asked', async () => {
    const connectionString = await postgres.createMigrated()
    server = await startAskingModern(({ inputResponses }) =>
      inputResponses ? undefined : inputRequired({ who: form() }, 'state'),
    )
    const killed = await startTwo(connectionString)
    await register(killed[0])
    const ids = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (killed[n % 2] ?? killed[0]).idOf('tools.start', echo, { n })),
    )
    const waiting = { status: ['INPUT_REQUIRED'] }
    await expect.poll(() => killed[0].call('runs.count', waiting)).toBe(100)
    await Promise.all(killed.map((node) => node.kill()))

    const started = await startTwo(connectionString)
    expect(await started[0].call('runs.count', waiting)).toBe(100)
    // Both answer every run: one of them wins each.
    const given = await Promise.allSettled(
      ids.flatMap((id) => started.map((node) => node.call('runs.answer', id, answers('who')))),
    )
    expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
    await Promise.all(ids.map((id) => started[0].call('runs.wait', id)))
    expect(await started[1].call('runs.count', { status: ['SUCCEEDED'] })).toBe(100)
    const sent = server.asked.flatMap(({ params, args }) => (params.inputResponses ? [Number(args.n)] : []))
    expect(sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })

  it('of a session of one node get their answers from another, and end with that node', async () => {
    const connectionString = await postgres.createMigrated()
    server = await startAskingLegacy(async (_, ask) => jsonResult((await ask(form())).result))
    const [holder, other] = await startTwo(connectionString)
    await register(holder)
    const id = await holder.idOf('tools.start', echo)
    const waiting = { status: ['INPUT_REQUIRED'] }
    await expect.poll(() => other.call('runs.count', waiting)).toBe(1)
    expect(await other.call('runs.answer', id, answers('1'))).toMatchObject({ status: 'RUNNING' })
    expect(await other.call('runs.wait', id)).toMatchObject({ status: 'SUCCEEDED' })

    const lost = await holder.idOf('tools.start', echo)
    await expect.poll(() => other.call('runs.count', waiting)).toBe(1)
    const feed = other.follow()
    await holder.kill()
    await feed.until((event) => event.type === 'McpToolRunResumed' && event.runId === lost)
    expect(await other.call('runs.wait', lost)).toMatchObject({ status: 'OUTCOME_UNKNOWN', pendingInput: [] })
    await expect(other.call('runs.answer', lost, answers('1'))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})
