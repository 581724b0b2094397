import { createRegistry, type JobEventsOptions, type StorageAdapter, type TenantRegistry } from '@toolyard/core'
import fc from 'fast-check'
import { expect } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'

/** What one of the tenants should have. */
interface Model {
  readonly name: string
  /** Server ids by name. */
  readonly servers: Map<string, string>
  /** Ids of everything that it ever had. */
  readonly serverIds: Set<string>
  readonly toolIds: Set<string>
  readonly runs: Set<string>
  readonly refreshes: Set<string>
  /** Run ids by idempotency key. */
  readonly keys: Map<string, string>
}

const names = ['a', 'b', 'c']
const name = fc.constantFrom(...names)
const kinds = [
  'CREATE',
  'CREATE',
  'RENAME',
  'DELETE',
  'REFRESH',
  'REFRESH',
  'RUN',
  'RUN',
  'RUN_WITH_KEY',
  'SET_TOOL',
  'LIST',
  'PRY',
] as const
const operation = fc.record({
  tenant: fc.nat(1),
  kind: fc.constantFrom(...kinds),
  name,
  to: name,
  key: fc.constantFrom('k1', 'k2', 'k3'),
  pick: fc.nat(1_000),
})
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never

const pickOf = (ids: ReadonlySet<string>, index: number): string | undefined => [...ids][index % Math.max(1, ids.size)]

async function all(events: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const event of events) found.push(event)
  return found
}

/** Nothing of what `other` has is there for `mine`, whatever it is asked by; `theirs` is as it was afterwards. */
async function pry(mine: TenantRegistry, theirs: TenantRegistry, other: Model, pick: number): Promise<void> {
  const notFound = { code: 'NOT_FOUND' }
  const asNow: JobEventsOptions = { signal: AbortSignal.timeout(5_000) }
  const serverId = pickOf(other.serverIds, pick)
  if (serverId !== undefined) {
    const before = await theirs.servers.get(serverId)
    expect(await mine.servers.get(serverId)).toBeUndefined()
    expect(await mine.servers.getMany([serverId])).toEqual(new Map())
    expect(await mine.tools.list({ filter: { serverId: [serverId as never] } })).toMatchObject({ edges: [] })
    expect(await mine.tools.countByServer([serverId])).toEqual(new Map())
    expect(await mine.runs.countByServer([serverId])).toEqual(new Map())
    expect(await mine.refreshes.latestByServer([serverId])).toEqual(new Map())
    expect((await mine.refreshes.listByServer([serverId])).get(serverId)?.edges).toEqual([])
    expect(await mine.refreshes.countByServer([serverId])).toEqual(new Map())
    await expect(mine.servers.update(serverId, { description: 'stolen' })).rejects.toMatchObject(notFound)
    await expect(mine.servers.refresh(serverId)).rejects.toMatchObject(notFound)
    await expect(mine.servers.delete(serverId)).rejects.toMatchObject(notFound)
    expect(await theirs.servers.get(serverId)).toEqual(before)
  }
  const toolId = pickOf(other.toolIds, pick)
  if (toolId !== undefined) {
    expect(await mine.tools.get({ id: toolId })).toBeUndefined()
    expect(await mine.tools.getMany([toolId])).toEqual(new Map())
    await expect(mine.tools.set(toolId, { enabled: false })).rejects.toMatchObject(notFound)
    await expect(mine.tools.approve(toolId, 'x')).rejects.toMatchObject(notFound)
    await expect(mine.tools.run({ id: toolId }, { message: 'x' })).rejects.toMatchObject(notFound)
    expect(await mine.runs.countByTool([toolId])).toEqual(new Map())
  }
  for (const [jobs, id] of [
    [mine.runs, pickOf(other.runs, pick)],
    [mine.refreshes, pickOf(other.refreshes, pick)],
  ] as const) {
    if (id === undefined) continue
    expect(await jobs.get(id)).toBeUndefined()
    expect(await jobs.getMany([id])).toEqual(new Map())
    expect(await jobs.lastCursors([id])).toEqual(new Map())
    await expect(jobs.wait(id)).rejects.toMatchObject(notFound)
    await expect(jobs.cancel(id)).rejects.toMatchObject(notFound)
    await expect(all(jobs.events(id, asNow))).rejects.toMatchObject(notFound)
  }
}

async function compare(mine: TenantRegistry, model: Model): Promise<void> {
  const { edges } = await mine.servers.list({ first: 100 })
  expect(edges.map(({ node }) => [node.name, node.id])).toEqual([...model.servers].sort())
  expect(await mine.servers.count()).toBe(model.servers.size)
  expect(await mine.runs.count()).toBe(model.runs.size)
  const runs = await mine.runs.list({ first: 100 })
  for (const { node } of runs.edges) expect(model.runs).toContain(node.id)
  const tools = await mine.tools.list({ first: 100 })
  for (const { node } of tools.edges) expect(model.serverIds).toContain(node.serverId)
  const audit = await mine.audit.list({ first: 100, filter: { refused: false } })
  for (const { node } of audit.edges) expect([...model.serverIds, ...model.toolIds]).toContain(node.targetId)
}

async function perform(
  mine: TenantRegistry,
  model: Model,
  { kind, name, to, key, pick }: Operation,
  url: string,
): Promise<void> {
  const id = model.servers.get(name)
  const args = { message: model.name }
  switch (kind) {
    case 'CREATE': {
      const config = { transport: 'streamableHttp' as const, serverUrl: url }
      const creating = mine.servers.create({ name, config, refresh: false })
      if (id !== undefined) {
        await expect(creating).rejects.toMatchObject({ code: 'NAME_TAKEN', details: { serverId: id } })
        return
      }
      const server = await creating
      model.servers.set(name, server.id)
      model.serverIds.add(server.id)
      return
    }
    case 'RENAME': {
      if (id === undefined) return
      const renaming = mine.servers.update(id, { name: to })
      const holder = model.servers.get(to)
      if (holder !== undefined && holder !== id) {
        await expect(renaming).rejects.toMatchObject({ code: 'NAME_TAKEN', details: { serverId: holder } })
        return
      }
      await renaming
      model.servers.delete(name)
      model.servers.set(to, id)
      return
    }
    case 'DELETE':
      if (id === undefined) expect(await mine.servers.getByName(name)).toBeUndefined()
      else await mine.servers.delete(id)
      model.servers.delete(name)
      return
    case 'REFRESH': {
      if (id === undefined) return
      const job = await mine.servers.refresh(id)
      model.refreshes.add(job.id)
      const { added, updated, deleted } = await job.result()
      expect([updated, deleted]).toEqual([[], []])
      for (const tool of added) model.toolIds.add(tool.id)
      return
    }
    case 'RUN':
    case 'RUN_WITH_KEY': {
      const tool = await mine.tools.get({ server: name, tool: 'echo' })
      if (!tool) return
      expect(model.toolIds).toContain(tool.id)
      const idempotencyKey = kind === 'RUN_WITH_KEY' ? key : undefined
      const earlier = idempotencyKey && model.keys.get(idempotencyKey)
      const starting = mine.tools.start({ id: tool.id }, args, idempotencyKey ? { idempotencyKey } : {})
      const earlierRun = earlier ? await mine.runs.get(earlier) : undefined
      if (earlier && earlierRun?.toolId !== tool.id) {
        await expect(starting).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', details: { jobId: earlier } })
        return
      }
      const job = await starting
      expect(job.deduplicated).toBe(earlier !== undefined)
      if (earlier) expect(job.id).toBe(earlier)
      const run = await job.result()
      expect(run).toMatchObject({ status: 'SUCCEEDED', args, serverId: tool.serverId })
      model.runs.add(run.id)
      if (idempotencyKey) model.keys.set(idempotencyKey, run.id)
      return
    }
    case 'SET_TOOL': {
      const tool = await mine.tools.get({ server: name, tool: 'echo' })
      if (tool) await mine.tools.set(tool.id, { tags: [model.name, String(pick)] })
      return
    }
    case 'LIST':
      return compare(mine, model)
  }
}

/** Two tenants do whatever they like to things of the same names, and look for what the other has: neither finds any of it. */
export async function twoTenantsStayApart(
  makeStorage: () => StorageAdapter,
  { rounds, operations }: { readonly rounds: number; readonly operations: number },
): Promise<void> {
  await using fixture = await startFixture()
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: operations, maxLength: operations }), async (steps) => {
      await using registry = await createRegistry({ storage: makeStorage() })
      const makeModel = (tenant: string): Model => ({
        name: tenant,
        servers: new Map(),
        serverIds: new Set(),
        toolIds: new Set(),
        runs: new Set(),
        refreshes: new Set(),
        keys: new Map(),
      })
      const first = { registry: registry.tenant('first'), model: makeModel('first') }
      const second = { registry: registry.tenant('second'), model: makeModel('second') }
      const feeds = [first, second].map((tenant) => ({ tenant, events: tenant.registry.events() }))
      for (const step of steps) {
        const [mine, other] = step.tenant === 0 ? [first, second] : [second, first]
        if (step.kind === 'PRY') await pry(mine.registry, other.registry, other.model, step.pick)
        else await perform(mine.registry, mine.model, step, fixture.url)
      }
      for (const { registry: mine, model } of [first, second]) await compare(mine, model)
      // Servers of the one are all that its feed ever tells of.
      for (const { tenant, events } of feeds) {
        const { servers } = tenant.registry
        const config = { transport: 'streamableHttp' as const, serverUrl: fixture.url }
        const last = await servers.create({ name: 'last', config, refresh: false })
        tenant.model.serverIds.add(last.id)
        for await (const event of events) {
          if (event.type === 'EventGap' || event.type === 'Heartbeat') throw new Error(`Unexpected ${event.type}`)
          const serverId = 'server' in event ? event.server.id : event.serverId
          expect(tenant.model.serverIds).toContain(serverId)
          if (serverId === last.id) break
        }
      }
    }),
    { numRuns: rounds, endOnFailure: true },
  )
}
