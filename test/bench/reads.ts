import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import Sqlite from 'better-sqlite3'
import { createId } from '../../packages/core/src/ids.ts'
import { neverConnected } from '../../packages/core/src/servers/server.ts'
import type { Write } from '../../packages/core/src/storage/storage.ts'
import { pageText } from './catalog.ts'
import { type GraphqlServer, startGraphql } from './contenders/graphql.ts'
import { type Figures, inRounds, type Measured, timed } from './measure.ts'
import { cpuMsOf } from './processes.ts'

const servers = 10_000
const toolsPerServer = 10
const pageSize = 50

/** Writes them through the storage, as a refresh would, without the servers that nobody needs for reading. */
async function fill(path: string): Promise<void> {
  const storage = await sqliteStorage({ path }).open()
  const { tools: page }: { tools: { readonly name: string; readonly inputSchema: object }[] } = JSON.parse(
    pageText({ tools: toolsPerServer, outputSchemas: false }, undefined),
  )
  const definitions = page.slice(1)
  for (let start = 0; start < servers; start += 500) {
    const writes = Array.from({ length: 500 }, (_, index): Write[] => {
      const id = createId('server')
      const at = start + index
      return [
        {
          kind: 'insertServer',
          server: {
            id,
            name: `server-${String(at).padStart(5, '0')}`,
            description: null,
            enabled: true,
            labels: [],
            config: { transport: 'stdio', command: 'none', args: [], env: [], cwd: null },
            timeouts: { connectMs: 1, requestMs: 1, maxTotalMs: 1 },
            protocolEra: 'AUTO',
            refreshIntervalMs: null,
            revision: 1,
            createdAt: at,
            updatedAt: at,
            state: neverConnected,
          },
        },
        {
          kind: 'insertTools',
          tools: definitions.map((definition, n) => {
            const own = {
              ...definition,
              name: `${definition.name}_${(at * 7_919 + n) % 100_003}`,
              inputSchema: Object(definition.inputSchema),
            }
            return {
              id: createId('tool'),
              serverId: id,
              definition: own,
              definitionText: JSON.stringify(own),
              settings: { enabled: true, tags: [], returnCharLimit: null },
              firstSeenAt: at,
              updatedAt: at,
              removedAt: null,
            }
          }),
        },
      ]
    }).flat()
    await storage.commit(writes)
  }
  await storage.close()
}

const graphqlPage = `query ($after: String, $filter: McpToolFilter) {
  mcpTools(first: ${pageSize}, after: $after, filter: $filter) {
    nodes { id name qualifiedName description inputSchema enabled tags updatedAt }
    pageInfo { endCursor hasNextPage }
  }
}`
type Page = { mcpTools: { nodes: readonly unknown[]; pageInfo: { endCursor: string } } }

function reading(name: string, count: number, read: (n: number) => Promise<number>, pid?: number): Measured {
  return {
    name,
    async sample() {
      const cpuOf = () => (pid === undefined ? 0 : cpuMsOf(pid))
      const before = cpuOf()
      const own = process.cpuUsage()
      const latencies = await timed(count, 1, async (n) => {
        const rows = await read(n)
        if (rows !== pageSize) throw new Error(`${name}: expected ${pageSize} tools, got ${rows}`)
      })
      const { user, system } = process.cpuUsage(own)
      return { latencies, cpuMs: (user + system) / 1_000 + cpuOf() - before }
    },
  }
}

async function askPage(server: GraphqlServer, variables: object): Promise<number> {
  return (await server.ask<Page>(graphqlPage, variables)).mcpTools.nodes.length
}

/** Pages of 50 tools among 100,000, at the start and deep in the list. */
export async function benchReads(
  rounds: number,
  perRound: number,
  progress: (text: string) => void,
): Promise<readonly Figures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-bench-'))
  const path = join(folder, 'registry.db')
  progress(`reads: writing ${servers} servers and ${servers * toolsPerServer} tools`)
  await fill(path)
  try {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    await using server = await startGraphql(path)
    using plain = openPlain(path)
    let deep: string | undefined
    for (let n = 0; n < 200; n += 1)
      deep =
        (await registry.tools.list({ first: 100, ...(deep ? { after: deep } : {}) })).pageInfo.endCursor ?? undefined
    const after = deep ?? ''
    progress('reads: pages of 50')
    const list = async (cursor?: string) =>
      (await registry.tools.list({ first: pageSize, ...(cursor ? { after: cursor } : {}) })).edges.length
    return await inRounds(
      [
        reading('library, first page', perRound, () => list()),
        reading('library, behind 20,000', perRound, () => list(after)),
        reading('GraphQL, first page', perRound, () => askPage(server, {}), server.pid),
        reading('GraphQL, behind 20,000', perRound, () => askPage(server, { after }), server.pid),
        reading('plain SQL, OFFSET 50,000', perRound, async () => plain.offset()),
      ],
      rounds,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

function openPlain(path: string) {
  const database = new Sqlite(path, { readonly: true })
  const page = database.prepare(
    `select * from tools where removed_at is null order by name, id limit ${pageSize} offset 50000`,
  )
  return { offset: () => page.all().length, [Symbol.dispose]: () => database.close() }
}
