import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import type { StorageAdapter } from '../../../packages/core/src/storage/storage.ts'
import { startPostgres } from '../../fixtures/postgres/postgres.ts'
import { type GraphqlService, startGraphql } from '../graphql-service.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { analyze } from './postgres.ts'
import { fillWithResources } from './reads-database.ts'

const pageLength = 50
const secretKey = new Uint8Array(32)
type Kind = 'tools' | 'resources'
const kinds: readonly Kind[] = ['tools', 'resources']

async function namesOf(registry: Registry, kind: Kind, after: string | undefined) {
  const { edges, pageInfo } = await registry[kind].list({ first: pageLength, after })
  return { names: edges.map(({ node }) => node.name), endCursor: pageInfo.endCursor ?? undefined }
}

function expectFull(what: string, { length }: readonly unknown[]): void {
  if (length !== pageLength) throw new Error(`${what}: expected ${pageLength} entries, got ${length}`)
}

/** The cursor behind half of the entries. */
async function middle(registry: Registry, kind: Kind, entries: number): Promise<string | undefined> {
  let after: string | undefined
  for (let passed = 0; passed < entries / 2; passed += pageLength) {
    after = (await namesOf(registry, kind, after)).endCursor
  }
  return after
}

async function libraryPages(registry: Registry, entries: number): Promise<Subject[]> {
  const subjects: Subject[] = []
  for (const kind of kinds) {
    const deep = await middle(registry, kind, entries)
    for (const [place, after] of [
      ['first page', undefined],
      ['deep cursor', deep],
    ] as const) {
      const name = `library, ${kind}, ${place}`
      const run = async () => expectFull(name, (await namesOf(registry, kind, after)).names)
      subjects.push({ name, cpu: ownCpu, run })
    }
  }
  return subjects
}

function graphqlPages(service: GraphqlService): Subject[] {
  return kinds.map((kind) => {
    const field = kind === 'tools' ? 'mcpTools' : 'mcpResources'
    const query = `{ ${field}(first: ${pageLength}) { nodes { id name title description } pageInfo { endCursor } } }`
    const name = `GraphQL, ${kind}, first page`
    return {
      name,
      cpu: service.cpu,
      async run() {
        const data = await service.request<Record<string, { readonly nodes: readonly unknown[] }>>(query)
        expectFull(name, data[field]?.nodes ?? [])
      },
    }
  })
}

/** Searches for another entry each time, and for what all have. */
function searches(registry: Registry, entries: number): Subject[] {
  return kinds.flatMap((kind) =>
    (
      [
        ['two words', (n: number) => `number ${n}`],
        ['a word of every entry', () => 'number'],
      ] as const
    ).map(([what, query]) => {
      let number = 0
      const name = `library, ${kind}, ${what}`
      return {
        name,
        cpu: ownCpu,
        async run() {
          number = (number + 7_919) % entries
          const { edges } = await registry.search(query(number), {
            filter: { kinds: [kind === 'tools' ? 'TOOL' : 'RESOURCE'] },
          })
          if (edges.length === 0) throw new Error(`${name}: ${query(number)} finds nothing`)
        },
      }
    }),
  )
}

async function measureOn(
  storageName: 'SQLite' | 'PostgreSQL',
  adapter: StorageAdapter,
  database: string,
  { isQuick, rounds = isQuick ? 2 : 10 }: Settings,
): Promise<Group[]> {
  const servers = isQuick ? 100 : 1_000
  const entries = await fillWithResources(adapter, servers)
  if (storageName === 'PostgreSQL') await analyze(database)
  await using stack = new AsyncDisposableStack()
  const registry = stack.use(await createRegistry({ storage: adapter, secretKey }))
  const notes: Record<string, number> = {}
  for (const [kind, filter] of [
    ['tools', 'TOOL'],
    ['resources', 'RESOURCE'],
  ] as const) {
    const begunAt = performance.now()
    await registry.search('number', { filter: { kinds: [filter] } })
    notes[`the first search of ${kind}, which indexes them, ms`] = performance.now() - begunAt
  }
  const key = { TOOLYARD_SECRET_KEY: Buffer.from(secretKey).toString('base64') }
  const service = await startGraphql(database, { env: key })
  stack.defer(service.close)
  const plan = { rounds, sliceMs: isQuick ? 100 : 300, warmUpMs: isQuick ? 300 : 1_500, minRuns: 10 }
  const subjects = [...(await libraryPages(registry, entries)), ...graphqlPages(service)]
  const title = `${storageName}: a page of ${pageLength} among ${entries} tools and ${entries} resources of ${servers} servers`
  const pages = await interleave(title, subjects, plan)
  const found = `${storageName}: a search among ${entries} tools and ${entries} resources`
  return [pages, { ...(await interleave(found, searches(registry, entries), plan)), notes }]
}

/** Resources beside tools, on both databases. */
export async function measureResources(settings: Settings): Promise<Group[]> {
  await using stack = new AsyncDisposableStack()
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const path = join(folder.path, 'bench.db')
  const groups = await measureOn('SQLite', sqliteStorage({ path }), path, settings)
  const postgres = await startPostgres()
  if (typeof postgres === 'string') {
    process.stderr.write(`Without PostgreSQL: ${postgres}\n`)
    return groups
  }
  stack.use(postgres)
  const url = await postgres.create()
  return [...groups, ...(await measureOn('PostgreSQL', postgresStorage({ connectionString: url }), url, settings))]
}
