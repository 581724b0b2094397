import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type Registry, type RegistryOptions, type ToolRun } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'

const echo = { server: 'a', tool: 'echo' }
const isPausedEvent = ({ type }: { readonly type: string }) => type.startsWith('McpToolRun')

let server: ScriptedServer
/** What tools/list answers. */
let listed: readonly object[]
let registry: Registry
beforeEach(async () => {
  listed = [{ name: 'echo', inputSchema: { type: 'object', properties: { n: { type: 'number' } } } }]
  server = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    asked.result({ tools: listed })
    return true
  })
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

async function reopened(options: RegistryOptions): Promise<void> {
  await registry.close()
  registry = await createRegistry(options)
}

const add = (approvalPolicy: 'NEVER' | 'DESTRUCTIVE' | 'ALWAYS' = 'ALWAYS') =>
  registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url }, { approvalPolicy })

async function refreshed(id: string): Promise<void> {
  await (await registry.servers.refresh(id)).result()
}

async function echoTool() {
  const tool = await registry.tools.get(echo)
  if (!tool) throw new Error('The server lists no echo')
  return tool
}

async function all<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const seen: Event[] = []
  for await (const event of events) seen.push(event)
  return seen
}

/** A run that waits for an approval. */
async function waiting(options: Parameters<Registry['tools']['start']>[2] = {}, args = { n: 1 }) {
  const job = await registry.tools.start(echo, args, options)
  expect(await job.result({ untilPaused: true })).toMatchObject({ status: 'AWAITING_APPROVAL' })
  return job
}

const approve = (id: string, actor = 'boss') => registry.runs.decide(id, { decision: 'APPROVED', actor })

describe('a run that needs an approval', () => {
  it('is sent once it is approved, and says by whom and why', async () => {
    await add()
    const job = await waiting({ actor: 'worker' })
    const events = all(job.events())
    expect(server.count('tools/call')).toBe(0)
    expect(registry.stats()).toMatchObject({ runningJobs: 0, sessions: registry.stats().idleSessions })
    const result = job.result()

    const decided = await registry.runs.decide(job.id, { decision: 'APPROVED', reason: 'is fine', actor: 'boss' })
    expect(decided.approval).toMatchObject({ decision: 'APPROVED', decidedBy: 'boss', reason: 'is fine' })
    expect(await result).toMatchObject({ status: 'SUCCEEDED', args: { n: 1 }, result: { funcReturn: { n: 1 } } })
    expect((await result).approval).toEqual(decided.approval)
    expect((await events).map(({ type }) => type)).toEqual([
      'ToolRunApprovalRequested',
      'ToolRunStarted',
      'ToolRunFinished',
    ])
    expect(server.count('tools/call')).toBe(1)
    const nodes = await audited()
    expect(nodes).toContainEqual(
      expect.objectContaining({ action: 'RUN_APPROVED', actor: 'boss', targetId: job.id, targetName: 'echo' }),
    )
  })

  it('ends with the reason once it is rejected', async () => {
    await add()
    const job = await waiting()
    const rejected = await registry.runs.decide(job.id, { decision: 'REJECTED', reason: 'not on a Friday' })
    expect(rejected).toMatchObject({
      status: 'CANCELED',
      startedAt: null,
      args: { n: 1 },
      approval: { decision: 'REJECTED', decidedBy: null, reason: 'not on a Friday' },
      error: { code: 'CANCELED', canceledBy: 'REJECTED', message: 'Rejected: not on a Friday' },
    })
    expect(await job.result()).toEqual(rejected)
    expect(server.count('tools/call')).toBe(0)
  })

  it('is decided once: of two decisions at once one counts, and the other is told the state', async () => {
    await add()
    const job = await waiting()
    const decisions = await Promise.allSettled([approve(job.id, 'one'), approve(job.id, 'other')])
    expect(decisions.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(decisions.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'INVALID_INPUT', path: ['id'], message: expect.stringContaining('waits for no decision') },
    })
    await job.result()
    await expect(approve(job.id)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/is SUCCEEDED, and waits for no decision; it was APPROVED by (one|other) before/),
    })
    expect(server.count('tools/call')).toBe(1)
  })

  it('of a tool that needs none cannot be decided', async () => {
    await add('NEVER')
    const { id } = await registry.tools.run(echo)
    await expect(approve(id)).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(id) })
    await expect(approve('run_0000000000000000000000')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(approve('x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is not decided by the actor that started it, unless the registry or the call allows it', async () => {
    await add()
    const job = await waiting({ actor: 'worker' })
    const own = { decision: 'APPROVED', actor: 'worker' } as const
    await expect(registry.runs.decide(job.id, own)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(registry.runs.decide(job.id, { ...own, decision: 'REJECTED' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'AWAITING_APPROVAL' })
    const nodes = await audited()
    expect(nodes).toContainEqual(
      expect.objectContaining({ action: 'RUN_APPROVED', actor: 'worker', refusedWith: 'FORBIDDEN', targetId: job.id }),
    )
    await registry.runs.decide(job.id, { ...own, mayDecideOwn: true })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })

    expect(registry.stats().selfApproval).toBe(false)
    await reopened({ selfApproval: true })
    expect(registry.stats().selfApproval).toBe(true)
    await add()
    const other = await waiting({ actor: 'worker' })
    await registry.runs.decide(other.id, own)
    expect(await other.result()).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('is shown as it is recorded, and in full to a caller that decides', async () => {
    await add()
    await registry.tools.set((await echoTool()).id, { recordArgs: 'REDACT' })
    const job = await waiting()
    expect(await registry.runs.get(job.id)).toMatchObject({ args: { n: '[redacted]' } })
    expect((await registry.runs.list()).edges).toMatchObject([{ node: { args: { n: '[redacted]' } } }])
    expect(await registry.runs.pausedArgs([job.id])).toEqual(new Map([[job.id, { n: 1 }]]))
    await approve(job.id)
    await job.result()
    expect(await registry.runs.pausedArgs([job.id])).toEqual(new Map())
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'SUCCEEDED', args: { n: '[redacted]' } })
    expect(server.asked.find(({ method }) => method === 'tools/call')?.args).toEqual({ n: 1 })
  })

  it('times out without a decision, and can no longer be decided', async () => {
    await add()
    const job = await waiting({ inputTimeoutMs: 100 })
    const expired = await job.result()
    expect(expired).toMatchObject({
      status: 'TIMED_OUT',
      error: { code: 'TIMEOUT', message: 'No decision came within inputTimeoutMs (100 ms)' },
      approval: { decidedAt: null, decision: null },
    })
    await expect(approve(job.id)).rejects.toMatchObject({ message: expect.stringContaining('TIMED_OUT') })
  })

  it('counts its wait against no deadline of the call', async () => {
    await add()
    const job = await waiting({ timeoutMs: 1_000 })
    await delay(1_200)
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'AWAITING_APPROVAL' })
    await approve(job.id)
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('is cancelled by its id, its handle and its signal', async () => {
    await add()
    const [one, other] = [await waiting(), await waiting()]
    expect(await registry.runs.cancel(one.id, 'no need')).toMatchObject({
      status: 'CANCELED',
      error: { canceledBy: 'CALLER', message: 'Canceled by the caller: no need' },
    })
    await other.cancel()
    expect(await other.result()).toMatchObject({ status: 'CANCELED' })
    const controller = new AbortController()
    const third = await waiting({ signal: controller.signal })
    controller.abort('enough')
    expect(await third.result()).toMatchObject({ status: 'CANCELED', error: { canceledBy: 'SIGNAL' } })
    expect(server.count('tools/call')).toBe(0)
  })

  it('is joined by its idempotency key', async () => {
    await add()
    const job = await waiting({ idempotencyKey: 'k' })
    const again = await waiting({ idempotencyKey: 'k' })
    expect(again).toMatchObject({ id: job.id, deduplicated: true })
    await expect(registry.tools.start(echo, { n: 2 }, { idempotencyKey: 'k' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    })
    await approve(job.id)
    expect(await again.result()).toMatchObject({ id: job.id, status: 'SUCCEEDED' })
    expect(server.count('tools/call')).toBe(1)
  })

  it('is on the feed when it begins to wait, and when it no longer does', async () => {
    await add()
    const feed = registry.events()
    const [approved, rejected] = [await waiting(), await waiting()]
    await approve(approved.id)
    await registry.runs.decide(rejected.id, { decision: 'REJECTED' })
    const seen: object[] = []
    for await (const event of feed) {
      if (isPausedEvent(event)) seen.push(event)
      if (seen.length === 4) break
    }
    expect(seen).toMatchObject([
      { type: 'McpToolRunPaused', runId: approved.id, server: { name: 'a' } },
      { type: 'McpToolRunPaused', runId: rejected.id },
      { type: 'McpToolRunResumed', runId: approved.id },
      { type: 'McpToolRunResumed', runId: rejected.id },
    ])
  })

  it('is found by its state, and counted at its end', async () => {
    const ended: string[] = []
    await reopened({ observer: { onJobEnded: ({ kind, status }) => kind === 'RUN' && ended.push(status) } })
    await add()
    const job = await waiting()
    expect(await registry.runs.count({ status: ['AWAITING_APPROVAL'] })).toBe(1)
    const { edges } = await registry.runs.list({ filter: { status: ['AWAITING_APPROVAL'] } })
    expect(edges).toMatchObject([{ node: { id: job.id } }])
    await registry.runs.decide(job.id, { decision: 'REJECTED' })
    const other = await waiting()
    await approve(other.id)
    await other.result()
    expect(await registry.runs.count({ status: ['AWAITING_APPROVAL'] })).toBe(0)
    expect(ended).toEqual(['CANCELED', 'SUCCEEDED'])
  })

  it('is refused beyond the number that a tenant may have', async () => {
    await reopened({ budgets: { pausedRunsPerTenant: 1 } })
    await add()
    const job = await waiting({ idempotencyKey: 'k' })
    await expect(registry.tools.start(echo)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', retryable: true })
    expect(await registry.tools.start(echo, { n: 1 }, { idempotencyKey: 'k' })).toMatchObject({ id: job.id })
    await registry.runs.decide(job.id, { decision: 'REJECTED' })
    await waiting()
  })

  it('holds nothing of this process: no job, no session and no timer of its own', async () => {
    await add()
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    await waiting()
    const before = timers()
    await Promise.all(Array.from({ length: 300 }, () => registry.tools.start(echo, { n: 1 }, { timeoutMs: 60_000 })))
    expect(timers() - before).toBeLessThan(10)
    const { runningJobs, sessions, idleSessions, eventSubscribers } = registry.stats()
    expect({ runningJobs, busy: sessions - idleSessions, eventSubscribers }).toEqual({
      runningJobs: 0,
      busy: 0,
      eventSubscribers: 0,
    })
  })

  it.each<[string, unknown, readonly string[]]>([
    ['another decision', { decision: 'MAYBE' }, ['decision']],
    ['no decision', {}, ['decision']],
    ['a reason that is too long', { decision: 'APPROVED', reason: 'x'.repeat(1_001) }, ['reason']],
    ['an actor that is no text', { decision: 'APPROVED', actor: 1 }, ['actor']],
  ])('takes no %s, and waits on', async (_, input, path) => {
    await add()
    const job = await waiting()
    // Callers without types give anything.
    await expect(registry.runs.decide(job.id, input as never)).rejects.toMatchObject({ code: 'INVALID_INPUT', path })
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'AWAITING_APPROVAL' })
  })
})

describe('what happens to the server and the tool of a run that waits', () => {
  it.each<[string, (id: string) => Promise<unknown>, object]>([
    ['the server is deleted', (id) => registry.servers.delete(id), { canceledBy: 'SERVER_DELETED' }],
    [
      'the server is disabled',
      (id) => registry.servers.update(id, { enabled: false }),
      { canceledBy: 'TOOL_UNAVAILABLE', message: expect.stringContaining('"a" is disabled') },
    ],
    [
      'the server gets another configuration',
      (id) =>
        registry.servers.update(id, {
          config: { transport: 'streamableHttp', setHeaders: { 'x-key': { literal: 'secret' } } },
        }),
      { canceledBy: 'SERVER_UPDATED' },
    ],
    [
      'the tool is disabled',
      async () => registry.tools.set((await echoTool()).id, { enabled: false }),
      { canceledBy: 'TOOL_UNAVAILABLE', message: expect.stringContaining('"echo" is disabled') },
    ],
    [
      'the tool is removed',
      async (id) => {
        listed = []
        await refreshed(id)
      },
      { canceledBy: 'TOOL_UNAVAILABLE', message: expect.stringContaining('no longer lists the tool "echo"') },
    ],
  ])('%s: the run ends at once, with the reason', async (_, change, error) => {
    const { id } = await add()
    const job = await waiting()
    await change(id)
    expect(await registry.runs.get(job.id)).toMatchObject({
      status: 'CANCELED',
      args: { n: 1 },
      error: { code: 'CANCELED', ...error },
    })
    await expect(approve(job.id)).rejects.toMatchObject({ message: expect.stringContaining('CANCELED') })
  })

  it('keeps it waiting if the change does not concern it', async () => {
    const { id } = await add()
    const job = await waiting()
    await registry.servers.update(id, { description: 'other', approvalPolicy: 'NEVER' })
    listed = [...listed, { name: 'more', inputSchema: { type: 'object' } }]
    await refreshed(id)
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'AWAITING_APPROVAL' })
    await approve(job.id)
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('asks again if the definition of the tool changes, and takes no decision about the old one', async () => {
    const { id } = await add()
    const job = await waiting()
    const before = await registry.runs.get(job.id)
    listed = [{ name: 'echo', description: 'sends it to all customers', inputSchema: { type: 'object' } }]
    await refreshed(id)
    const after = await registry.runs.get(job.id)
    expect(after).toMatchObject({ status: 'AWAITING_APPROVAL' })
    expect(after?.approval?.requestedAt.getTime()).toBeGreaterThan(before?.approval?.requestedAt.getTime() ?? 0)
    await approve(job.id)
    await job.result()
    expect((await all(job.events())).map(({ type }) => type)).toEqual([
      'ToolRunApprovalRequested',
      'ToolRunApprovalRequested',
      'ToolRunStarted',
      'ToolRunFinished',
    ])
  })

  it('fails it if its args no longer fit', async () => {
    const { id } = await add()
    const job = await waiting()
    listed = [{ name: 'echo', inputSchema: { type: 'object', properties: { n: { type: 'string' } } } }]
    await refreshed(id)
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'FAILED', error: { code: 'TOOL_ARGS_INVALID' } })
  })
})

describe('an approval policy', () => {
  const status = async (): Promise<ToolRun['status']> =>
    (await (await registry.tools.start(echo)).result({ untilPaused: true })).status

  it.each<['NEVER' | 'DESTRUCTIVE' | 'ALWAYS', object | undefined, ToolRun['status']]>([
    ['NEVER', undefined, 'SUCCEEDED'],
    ['ALWAYS', { readOnlyHint: true }, 'AWAITING_APPROVAL'],
    ['DESTRUCTIVE', undefined, 'AWAITING_APPROVAL'],
    ['DESTRUCTIVE', { destructiveHint: true }, 'AWAITING_APPROVAL'],
    ['DESTRUCTIVE', { readOnlyHint: false }, 'AWAITING_APPROVAL'],
    ['DESTRUCTIVE', { readOnlyHint: true }, 'SUCCEEDED'],
    ['DESTRUCTIVE', { destructiveHint: false }, 'SUCCEEDED'],
  ])('%s, of a tool with the hints %j: %s', async (policy, annotations, expected) => {
    listed = [{ name: 'echo', inputSchema: { type: 'object' }, ...(annotations ? { annotations } : {}) }]
    await add(policy)
    expect(await status()).toBe(expected)
  })

  it('of a tool goes before that of its server', async () => {
    await add('ALWAYS')
    const { id } = await echoTool()
    expect(await registry.tools.set(id, { approvalPolicy: 'NEVER' })).toMatchObject({ approvalPolicy: 'NEVER' })
    expect(await status()).toBe('SUCCEEDED')
    expect(await registry.tools.set(id, { approvalPolicy: null })).toMatchObject({ approvalPolicy: null })
    expect(await status()).toBe('AWAITING_APPROVAL')
  })

  it('is loosened only by actors that may, and tightened by all', async () => {
    const actor = { actor: 'worker', mayLoosenApproval: false }
    const { id } = await add('NEVER')
    const tool = await echoTool()
    await registry.servers.update(id, { approvalPolicy: 'DESTRUCTIVE' }, actor)
    await registry.servers.update(id, { approvalPolicy: 'ALWAYS' }, actor)
    await registry.tools.set(tool.id, { approvalPolicy: 'ALWAYS' }, actor)
    const forbidden = { code: 'FORBIDDEN', path: ['approvalPolicy'] }
    await expect(registry.servers.update(id, { approvalPolicy: 'DESTRUCTIVE' }, actor)).rejects.toMatchObject(forbidden)
    await expect(registry.tools.set(tool.id, { approvalPolicy: 'NEVER' }, actor)).rejects.toMatchObject(forbidden)
    // As strict as before.
    await registry.tools.set(tool.id, { approvalPolicy: null }, actor)
    await registry.servers.update(id, { approvalPolicy: 'DESTRUCTIVE' })
    await registry.tools.set(tool.id, { approvalPolicy: 'ALWAYS' }, actor)
    await expect(registry.tools.set(tool.id, { approvalPolicy: null }, actor)).rejects.toMatchObject(forbidden)
    const nodes = await audited()
    expect(nodes.filter(({ refusedWith }) => refusedWith === 'FORBIDDEN')).toHaveLength(3)
  })

  it('takes a hint that a refresh loosens into account once it is accepted', async () => {
    const { id } = await add('DESTRUCTIVE')
    listed = [{ name: 'echo', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }]
    await refreshed(id)
    const { id: toolId, heldHints, annotations } = await echoTool()
    expect(annotations.readOnlyHint).toBe(true)
    expect(await status()).toBe('AWAITING_APPROVAL')
    await refreshed(id)
    expect(await status()).toBe('AWAITING_APPROVAL')
    const digest = heldHints?.digest ?? ''
    const worker = { actor: 'worker', mayLoosenApproval: false }
    await expect(registry.tools.approve(toolId, digest, worker)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await registry.tools.approve(toolId, digest)).toMatchObject({ heldHints: null })
    expect(await status()).toBe('SUCCEEDED')
  })
})

async function audited() {
  const { edges } = await registry.audit.list({ first: 100 })
  return edges.map(({ node }) => node)
}
