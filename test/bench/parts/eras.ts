import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { textOf } from '../contenders/contender.ts'
import type { Fixture } from '../fixture/start.ts'
import { type Group, interleave, type Plan, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { createServer, refreshServer } from './refresh-subjects.ts'

type Era = 'LEGACY' | 'MODERN'

const nameOf = (era: Era) => (era === 'MODERN' ? 'toolyard, modern' : 'toolyard, legacy')

let counter = 0

function runs(name: string, call: (a: number, b: number) => Promise<string>): Subject {
  return {
    name,
    cpu: ownCpu,
    async run() {
      counter += 1
      const [a, b] = [counter, counter % 97]
      const answer = await call(a, b)
      if (answer !== String(a + b)) throw new Error(`${name} answered ${answer} for ${a} + ${b}`)
    },
  }
}

/** A registry of its own with a server of this era, which it has found by itself. */
async function registryOf(
  fixture: Fixture,
  era: Era,
  tools: number,
  stack: AsyncDisposableStack,
): Promise<{ readonly registry: Registry; readonly serverId: string }> {
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const registry = stack.use(await createRegistry({ storage: sqliteStorage({ path: join(folder.path, 'bench.db') }) }))
  const url = fixture.urlOf({ tools, server: 0, outputSchemas: false, isModern: era === 'MODERN' })
  const serverId = await createServer(registry, url)
  await refreshServer(registry, serverId, Math.max(1, tools), 0)
  const found = (await registry.servers.get(serverId))?.protocolEra
  if (found !== era) throw new Error(`Expected a server of the era ${era}, found ${found}`)
  return { registry, serverId }
}

async function runsOf(fixture: Fixture, era: Era, stack: AsyncDisposableStack): Promise<Subject> {
  const { registry } = await registryOf(fixture, era, 0, stack)
  const { edges } = await registry.tools.list({ first: 1 })
  const id = edges[0]?.node.id
  if (id === undefined) throw new Error('The fixture lists no tool')
  return runs(nameOf(era), async (a, b) => {
    const { status, result, error } = await registry.tools.run({ id }, { a, b })
    if (status !== 'SUCCEEDED' || !result) throw new Error(`A run of the library is ${status}`, { cause: error })
    return String(result.funcReturn)
  })
}

async function runsOfSdk(fixture: Fixture, stack: AsyncDisposableStack): Promise<Subject> {
  const client = new Client({ name: 'bench', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  const url = fixture.urlOf({ tools: 0, server: 0, outputSchemas: false, isModern: true })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  stack.defer(() => client.close())
  if (client.getProtocolEra() !== 'modern') throw new Error(`The SDK found the era ${client.getProtocolEra()}`)
  return runs('SDK 2 client, modern', async (a, b) =>
    textOf(await client.callTool({ name: 'add', arguments: { a, b } })),
  )
}

async function listsOf(fixture: Fixture, era: Era, stack: AsyncDisposableStack): Promise<Subject> {
  const { registry, serverId } = await registryOf(fixture, era, 1_000, stack)
  return { name: nameOf(era), cpu: ownCpu, run: () => refreshServer(registry, serverId, 0, 1_000) }
}

/** Runs and lists of a modern server against those of a legacy one. */
export async function measureEras(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick } = settings
  // A few percent are looked for: short turns, one right after the other, meet the same noise.
  const plan = (rounds: number, minRuns: number): Plan => ({
    rounds: settings.rounds ?? (isQuick ? 10 : rounds),
    sliceMs: 12,
    minRuns,
    collects: false,
    warmUpMs: isQuick ? 200 : 2_000,
  })
  await using stack = new AsyncDisposableStack()
  const called = [
    await runsOf(fixture, 'LEGACY', stack),
    await runsOf(fixture, 'MODERN', stack),
    await runsOfSdk(fixture, stack),
  ]
  const groups = [await interleave('runs over http, by era', called, plan(600, 10))]
  const listed = [await listsOf(fixture, 'LEGACY', stack), await listsOf(fixture, 'MODERN', stack)]
  groups.push(await interleave('a list of 1000 tools, by era', listed, plan(200, 1)))
  return groups
}
