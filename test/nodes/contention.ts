import { setTimeout as delay } from 'node:timers/promises'
import type { McpServer, Page, ToolRun } from '@toolyard/core'
import fc from 'fast-check'
import { expect } from 'vitest'
import { everyPage } from '../fixtures/http/paginate.ts'
import { type ScriptedServer, startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'
import { type Following, type NodeEvent, NodeFailure, startNode, type TestNode } from '../fixtures/process/nodes.ts'

type Op =
  | { readonly kind: 'refresh' | 'replace' }
  | { readonly kind: 'describe' | 'move' }
  | { readonly kind: 'run'; readonly key: number | undefined }

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Op>({ kind: 'refresh' }) },
  { weight: 3, arbitrary: fc.constant<Op>({ kind: 'describe' }) },
  { weight: 2, arbitrary: fc.constant<Op>({ kind: 'move' }) },
  { weight: 1, arbitrary: fc.constant<Op>({ kind: 'replace' }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('run' as const), key: fc.option(fc.nat(5), { nil: undefined }) }),
  },
)

/** What hangs is said by name. */
async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = delay(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} took more than ${ms} ms`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    timer.abort()
    late.catch(() => undefined)
  }
}

/** The number in a cursor of the feed. */
function seqOf(cursor: string): number {
  return Number(JSON.parse(Buffer.from(cursor, 'base64url').toString())[1])
}

/** What another one did at the same time is no fault. */
const expected = new Set([
  'NOT_FOUND',
  'NAME_TAKEN',
  'REVISION_CONFLICT',
  'IDEMPOTENCY_CONFLICT',
  'CANCELED',
  'TOOL_ARGS_INVALID',
])

/** A server with one tool, whose name is that of the server. */
async function startWith(tool: string, effects: Map<number, number>): Promise<ScriptedServer> {
  return startScripted((asked) => {
    if (asked.method === 'tools/list') asked.result({ tools: [{ name: tool, inputSchema: { type: 'object' } }] })
    else if (asked.method === 'tools/call') {
      const n = Number(asked.args.n)
      effects.set(n, (effects.get(n) ?? 0) + 1)
      asked.result(textResult(`${n}`))
    } else return false
    return true
  })
}

/**
 * Two nodes, in processes of their own, refresh, change, delete, make anew and run the same server, three operations at a
 * time on each, `times` in all: no update is lost, no run made twice, no two refreshes go on at once, and every reader that
 * follows the feed sees all of it in the same order.
 */
export async function contention(connectionString: string, times: number, perRun = 50): Promise<void> {
  const effects = new Map<number, number>()
  await using one = await startWith('one', effects)
  await using two = await startWith('two', effects)
  const urls = { one: one.url, two: two.url }
  await using first = await startNode(connectionString)
  await using second = await startNode(connectionString)
  const nodes = [first, second] as const
  let numbers = 0

  async function attempt(work: Promise<unknown>): Promise<unknown> {
    try {
      return await work
    } catch (error) {
      if (error instanceof NodeFailure && expected.has(error.code)) return undefined
      throw error
    }
  }

  async function session(ops: readonly Op[], index: number): Promise<void> {
    const name = `server ${index}`
    const feeds = nodes.map((node) => node.follow())
    // Both have begun to follow when both have heard of a server made for that.
    for (const [place, node] of nodes.entries()) await begin(feeds, node, `${name} mark ${place}`)
    const configOf = (tool: 'one' | 'two') => ({ transport: 'streamableHttp', serverUrl: urls[tool] })
    const made = [await first.idOf('servers.create', { name, config: configOf('one'), refresh: false })]
    const updated = new Map<string, Map<number, string>>()
    const keys = new Map<number, Set<string>>()

    async function perform(node: TestNode, { kind, ...more }: Op, n: number): Promise<void> {
      const id = made.at(-1) ?? ''
      if (kind === 'refresh') {
        const refreshId = await attempt(node.call('servers.refresh', id))
        if (refreshId) await node.call('refreshes.wait', (refreshId as { readonly id: string }).id)
      } else if (kind === 'describe' || kind === 'move') {
        const config = kind === 'move' ? { config: configOf(n % 2 === 0 ? 'one' : 'two') } : {}
        const answer = await attempt(node.call('servers.update', id, { description: `${n}`, ...config }))
        if (!answer) return
        const { revision } = (answer as { readonly server: McpServer }).server
        const revisions = updated.get(id) ?? new Map<number, string>()
        expect(revisions.has(revision), `two updates to revision ${revision}`).toBe(false)
        updated.set(id, revisions.set(revision, `${n}`))
      } else if (kind === 'replace') {
        await attempt(node.call('servers.delete', id))
        const again = await attempt(node.call('servers.create', { name, config: configOf('two'), refresh: false }))
        if (again) made.push((again as McpServer).id)
      } else {
        const { key } = more as { readonly key: number | undefined }
        const options = key === undefined ? {} : { idempotencyKey: `${index} ${key}` }
        const args = { n: key === undefined ? n : -(index * 10 + key + 1) }
        const run = await attempt(
          node.call('tools.run', { server: name, tool: n % 3 === 0 ? 'one' : 'two' }, args, options),
        )
        if (run && key !== undefined) keys.set(key, (keys.get(key) ?? new Set()).add((run as ToolRun).id))
      }
    }

    const queue = ops.map((each, place) => ({ each, place, n: numbers++ }))
    const worker = async (node: TestNode) => {
      for (let next = queue.shift(); next; next = queue.shift())
        await within(20_000, JSON.stringify(next), perform(node, next.each, next.n))
    }
    await Promise.all(nodes.flatMap((node) => [0, 1, 2].map(() => worker(node))))

    for (const ids of keys.values()) expect(ids.size, 'runs of a key').toBe(1)
    const id = made.at(-1) ?? ''
    const server = (await second.call('servers.get', id)) as McpServer | undefined
    const last = [...(updated.get(id) ?? [])].toSorted(([a], [b]) => b - a)[0]
    if (server && last) {
      expect(server.revision, 'the last update').toBe(last[0])
      expect(server.description).toBe(last[1])
    }
    if (server) await expectToolsOf(server)
    await begin(feeds, first, `${name} end`)
    await expectAll(feeds)
    for (const feed of feeds) await feed.leave()
  }

  async function begin(feeds: readonly Following[], node: TestNode, name: string): Promise<void> {
    const isIt = (serverId: string) => (event: NodeEvent) =>
      (event.server as { readonly id: string } | undefined)?.id === serverId
    for (let n = 0; ; n += 1) {
      const config = { transport: 'stdio', command: 'x' }
      const serverId = await node.idOf('servers.create', { name: `${name} ${n}`, config, refresh: false })
      const all = Promise.all(feeds.map((feed) => feed.until(isIt(serverId)))).then(() => true)
      const isHeard = await Promise.race([all, new Promise<false>((resolve) => setTimeout(resolve, 1_000, false))])
      if (isHeard) return
    }
  }

  /** A refresh that begins now finds what its configuration lists, as every reader does. */
  async function expectToolsOf(server: McpServer): Promise<void> {
    const { id } = server
    await first.call('refreshes.wait', await first.idOf('servers.refresh', id))
    const tool = 'serverUrl' in server && server.serverUrl === urls.one ? 'one' : 'two'
    const tools = (await second.call('tools.list', { filter: { serverId: [id] } })) as Page<{ readonly name: string }>
    expect(tools.edges.map(({ node }) => node.name)).toEqual([tool])
  }

  /** A new reader of the log sees the events of the remaining servers; earlier readers have received each of them, in order. */
  async function expectAll(feeds: readonly Following[]): Promise<void> {
    const cursors = feeds.map(({ events }) => events.map(({ cursor }) => String(cursor)))
    for (const own of cursors) {
      const seqs = own.map(seqOf)
      expect(seqs, 'in order, none twice').toEqual([...new Set(seqs)].toSorted((x, y) => x - y))
    }
    for (const own of cursors) {
      const late = second.follow(undefined, own[0])
      const all = await late.until(({ cursor }) => cursor === own.at(-1))
      await late.leave()
      expect(own, 'all that happened').toEqual(expect.arrayContaining(all.map(({ cursor }) => cursor)))
    }
  }

  const sessions = fc.asyncProperty(fc.array(op, { minLength: perRun, maxLength: perRun }), (ops) =>
    session(ops, numbers),
  )
  await fc.assert(sessions, { numRuns: Math.ceil(times / perRun), endOnFailure: true })

  const runs = await everyPage((options) => second.call('runs.list', options) as Promise<Page<ToolRun>>)
  for (const [n, count] of effects) expect(count, `effects of ${n}`).toBe(1)
  for (const { args, status } of runs) if (status === 'SUCCEEDED') expect(effects.get(Number(args.n))).toBe(1)
  for (const { errors } of nodes) expect(errors.filter(({ code }) => code === 'UNEXPECTED')).toEqual([])
}
