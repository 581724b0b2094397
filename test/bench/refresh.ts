import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Registry } from '@toolyard/core'
import { Agent } from 'undici'
import { openRegistry } from './contenders/library.ts'
import { openFloor } from './floor.ts'
import { type Figures, inRounds, type Measured } from './measure.ts'
import { startFixture } from './processes.ts'

export interface RefreshResults {
  readonly tools: number
  /** The first is the floor that the others are compared with. */
  readonly figures: readonly Figures[]
}

export interface ManyServersResults {
  readonly figures: readonly Figures[]
  /** The longest time for which the event loop was held up while the library refreshed, in ms. */
  readonly maxBlockedMs: number
}

const servers = 100
const toolsPerServer = 100

function once(name: string, work: (round: number) => Promise<number>, expected: number): Measured {
  return {
    name,
    async sample(round) {
      const own = process.cpuUsage()
      const startedAt = performance.now()
      const found = await work(round)
      const ms = performance.now() - startedAt
      const { user, system } = process.cpuUsage(own)
      if (found !== expected) throw new Error(`${name}: expected ${expected} tools, got ${found}`)
      return { latencies: [ms], cpuMs: (user + system) / 1_000 }
    },
  }
}

let names = 0

/** Registers a server and opens its session: what is measured is the refresh, on a warm session. */
async function warmServer(registry: Registry, url: string): Promise<string> {
  names += 1
  const server = await registry.servers.create({
    name: `server ${names}`,
    config: { transport: 'streamableHttp', serverUrl: url },
    refresh: false,
  })
  await (await registry.servers.refresh(server.id)).result()
  return server.id
}

async function refreshed(registry: Registry, id: string): Promise<number> {
  const { id: jobId } = await registry.servers.refresh(id)
  const { outcome } = await registry.refreshes.wait(jobId)
  return outcome.added.length + outcome.unchangedCount
}

export async function benchRefresh(sizes: readonly number[], rounds: number, progress: (text: string) => void) {
  await using fixture = await startFixture()
  const at = (query: string) => `http://127.0.0.1:${fixture.port}/mcp?${query}`
  const agent = new Agent()
  try {
    const results: RefreshResults[] = []
    for (const size of sizes) {
      progress(`refresh of ${size} tools`)
      results.push({
        tools: size,
        figures: await refreshOf(size, size > 1_000 ? Math.ceil(rounds / 3) : rounds, at, agent),
      })
    }
    progress(`refresh of ${servers} servers at once`)
    return { results, manyServers: await refreshMany(Math.ceil(rounds / 2), at, agent) }
  } finally {
    await agent.close()
  }
}

async function refreshOf(size: number, rounds: number, at: (query: string) => string, agent: Agent) {
  // `echo` is listed besides.
  const all = size + 1
  using bare = openFloor(agent, false)
  using indexed = openFloor(agent, true)
  await using registry = await openRegistry()
  const plain = at(`tools=${size}`)
  const same = await warmServer(registry, plain)
  const client = new Client({ name: 'bench', version: '1' })
  const typed = new StreamableHTTPClientTransport(new URL(at(`tools=${size}&output`)))
  // The SDK's own class is not assignable to its own interface under exactOptionalPropertyTypes.
  await client.connect(typed as Parameters<Client['connect']>[0])
  const news = async (query: string, round: number) => {
    const id = await warmServer(registry, at(`tools=${size}${query}&late=${size}${query}${round}`))
    return () => refreshed(registry, id)
  }
  const prepared = (name: string, query: string): Measured => ({
    name,
    async sample(round) {
      return once(name, await news(query, round), all).sample(round)
    },
  })
  const figures = await inRounds(
    [
      once('floor: list, hash, insert', () => bare.refresh(plain), all),
      once('floor with a search index', () => indexed.refresh(plain), all),
      prepared('toolyard, all new', ''),
      once('toolyard, nothing changed', () => refreshed(registry, same), all),
      prepared('toolyard, all new, with output schemas', '&output'),
      once('SDK client, list alone, with output schemas', () => listAll(client), all),
    ],
    rounds,
  )
  await client.close()
  return figures
}

async function listAll(client: Client): Promise<number> {
  let count = 0
  for (let cursor: string | undefined; ; ) {
    const page = await client.listTools(cursor === undefined ? {} : { cursor })
    count += page.tools.length
    if (page.nextCursor === undefined) return count
    cursor = page.nextCursor
  }
}

async function refreshMany(rounds: number, at: (query: string) => string, agent: Agent): Promise<ManyServersResults> {
  using bare = openFloor(agent, false)
  const url = at(`tools=${toolsPerServer}`)
  const expected = servers * (toolsPerServer + 1)
  let maxBlockedMs = 0
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  const figures = await inRounds(
    [
      once(
        'floor',
        async () => sum(await Promise.all(Array.from({ length: servers }, () => bare.refresh(url)))),
        expected,
      ),
      {
        name: 'toolyard',
        async sample(round) {
          await using registry = await openRegistry()
          const ids: string[] = []
          for (let n = 0; n < servers; n += 1) ids.push(await warmServer(registry, `${url}&late=many${round}-${n}`))
          const blocked = monitorEventLoopDelay({ resolution: 1 })
          blocked.enable()
          const work = async () => sum(await Promise.all(ids.map((id) => refreshed(registry, id))))
          const sample = await once('toolyard', work, expected).sample(round)
          blocked.disable()
          maxBlockedMs = Math.max(maxBlockedMs, blocked.max / 1e6)
          return sample
        },
      },
    ],
    rounds,
  )
  return { figures, maxBlockedMs }
}
