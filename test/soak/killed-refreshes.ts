import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type McpTool, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect } from 'vitest'
import { everyPage } from '../fixtures/http/paginate.ts'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { type ReportedEvent, reported } from '../fixtures/process/crashing-orders.ts'
import { anySeed, atKill, DoomedProcess, expectSound, momentsOf, randomOf } from './crashing-process.ts'

type SetName = 'A' | 'B'

/** All but 10 that both sets have, each with another description, and these 10 of its own. */
function toolsOf(set: SetName, count: number): Pick<McpTool, 'name' | 'description' | 'inputSchema'>[] {
  return Array.from({ length: count }, (_, index) => ({
    name: index < count - 10 ? `both_${index}` : `only_${set}_${index}`,
    description: `Tool ${index} as set ${set} has it. ${'It does what it says. '.repeat(index % 20)}`,
    inputSchema: { type: 'object', properties: { [`in_${set}`]: { type: 'string' } }, required: [] },
  }))
}
const other = (set: SetName): SetName => (set === 'A' ? 'B' : 'A')
const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1)

async function storedTools(registry: Registry): Promise<ReturnType<typeof toolsOf>> {
  const tools = await everyPage((options) => registry.tools.list(options))
  return tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })).sort(byName)
}

async function eventsOf(registry: Registry, id: string, after?: string): Promise<ReportedEvent[]> {
  const found: ReportedEvent[] = []
  // An ended job's events are all there: this is the deadline of a stream that does not end.
  const signal = AbortSignal.timeout(60_000)
  for await (const event of registry.refreshes.events(id, { after, signal })) found.push(reported(event))
  signal.throwIfAborted()
  return found
}

/** What a killed refresh came to. */
export interface KilledRefreshes {
  readonly succeeded: number
  readonly interrupted: number
  /** Killed before it was stored, and so before any reader was notified. */
  readonly neverStored: number
}

/** A process that refreshes a server of so many tools is killed at random moments: nothing is half done, and no event is lost. */
export async function killedRefreshes(times: number, count = 300, seed = anySeed()): Promise<KilledRefreshes> {
  const sets = { A: toolsOf('A', count), B: toolsOf('B', count) }
  const sorted = { A: sets.A.toSorted(byName), B: sets.B.toSorted(byName) }
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  await using fixture = await startFixture({ pageSize: Math.ceil(count / 6) })
  const path = join(folder, 'registry.db')
  const counts = { succeeded: 0, interrupted: 0, neverStored: 0 }
  let stored: SetName = 'A'
  let lastRefresh: string | undefined
  let spare = new DoomedProcess()

  async function prepare(): Promise<string> {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    fixture.setTools(sets.A)
    const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    const job = await registry.servers.refresh(id)
    await job.result()
    lastRefresh = job.id
    return id
  }

  /** Kills a refresh to the set that is not stored `at` so many ms, or after its end; answers how long it took until then. */
  async function kill(serverId: string, at: number | 'END'): Promise<number> {
    await using child = spare
    spare = new DoomedProcess()
    fixture.setTools(sets[other(stored)])
    child.order({ kind: 'refresh', path, serverId })
    await child.told(({ kind }) => kind === 'opened')
    const startedAt = performance.now()
    await (at === 'END' ? child.told(({ kind }) => kind === 'ended') : delay(at))
    const ms = performance.now() - startedAt
    await child.kill()
    await examine(serverId, child)
    return ms
  }

  async function examine(serverId: string, child: DoomedProcess): Promise<void> {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    expectSound(path)
    const tools = await storedTools(registry)
    const found: SetName = tools.some(({ name }) => name.startsWith('only_A_')) ? 'A' : 'B'
    expect(tools).toEqual(sorted[found])
    const isNew = found !== stored
    stored = found

    const refresh = (await registry.refreshes.latestByServer([serverId])).get(serverId)
    const told = child.reports.flatMap((report) => (report.kind === 'refreshing' ? report.id : []))
    if (refresh === undefined || refresh.id === lastRefresh) {
      expect(isNew, 'without a refresh, whether the tools changed').toBe(false)
      expect(told, 'a refresh that was told of is stored').toEqual([])
      counts.neverStored += 1
      return
    }
    lastRefresh = refresh.id
    expect([[], [refresh.id]]).toContainEqual(told)
    if (isNew) expect(refresh).toMatchObject({ status: 'SUCCEEDED', error: null })
    else expect(refresh).toMatchObject({ status: 'FAILED', error: { code: 'INTERRUPTED' } })
    expect(refresh.finishedAt).toBeInstanceOf(Date)
    counts[isNew ? 'succeeded' : 'interrupted'] += 1
    await examineEvents(registry, refresh.id, child)
    expectEnd(await eventsOf(registry, refresh.id), isNew)
  }

  /** Who had read some of the events goes on behind the last one, and misses none. */
  async function examineEvents(registry: Registry, id: string, child: DoomedProcess): Promise<void> {
    const before = child.reports.flatMap((report) => (report.kind === 'event' ? report.event : []))
    const rest = await eventsOf(registry, id, before.at(-1)?.cursor)
    const full = await eventsOf(registry, id)
    expect([...before, ...rest]).toEqual(full)
    expect(new Set(full.map(({ cursor }) => cursor)).size).toBe(full.length)
    const [middle] = full.slice(Math.floor(full.length / 2))
    if (middle) expect(await eventsOf(registry, id, middle.cursor)).toEqual(full.slice(full.indexOf(middle) + 1))
  }

  function expectEnd(events: readonly ReportedEvent[], isNew: boolean): void {
    expect(events.flatMap(({ type }, index) => (type === 'RefreshFinished' ? index : []))).toEqual([events.length - 1])
    expect(events.at(-1)).toMatchObject({ status: isNew ? 'SUCCEEDED' : 'FAILED' })
    const changed = events.filter(({ type }) => type === 'RefreshToolChanged').map(({ name }) => String(name))
    const names = [...new Set([...sets.A, ...sets.B].map(({ name }) => name))]
    expect(changed.sort()).toEqual(isNew ? names.sort() : [])
  }

  try {
    const serverId = await prepare()
    const told = (n: number, at: number | 'END') => `kill ${n} of ${times}, after ${at} ms, seed ${seed}`
    // How long it usually lasts, from refreshes that are killed right after their end, while their events are read.
    const first = await atKill(told(0, 'END'), () => kill(serverId, 'END'))
    const second = await atKill(told(1, 'END'), () => kill(serverId, 'END'))
    const moments = momentsOf(randomOf(seed), times, 1.5 * Math.max(first, second))
    for (const [index, at] of moments.entries()) await atKill(told(index + 1, at), () => kill(serverId, at))
    return counts
  } finally {
    await spare[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
}
