import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRegistry, type Registry, type RegistryEvent, type ServerId } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import pg from 'pg'
import { startPostgres, type TestPostgres } from '../../fixtures/postgres/postgres.ts'
import { startNode, type TestNode } from '../../fixtures/process/nodes.ts'
import { childrenOf } from '../../fixtures/process/processes.ts'
import type { Fixture } from '../fixture/start.ts'
import { type Group, interleave, type Plan, type Subject } from '../measure.ts'
import { cpuOf, ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { percentile } from '../statistics.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { cursorAt, expectPage, libraryPage, pageLength } from './reads.ts'
import { fillDatabase } from './reads-database.ts'
import { newTools, unchangedTools } from './refresh-subjects.ts'
import { indexTools, librarySearches } from './search.ts'

const add = { server: 'math', tool: 'add' }

function expectThree(answer: unknown): void {
  if (answer !== '3') throw new Error(`A run answered ${JSON.stringify(answer)} for 1 + 2`)
}

async function runsOf(name: string, registry: Registry, serverUrl: string): Promise<Subject> {
  const config = { transport: 'streamableHttp', serverUrl } as const
  const { id } = await registry.servers.create({ name: add.server, config, refresh: false })
  await (await registry.servers.refresh(id)).result()
  return {
    name,
    cpu: ownCpu,
    async run() {
      const { result } = await registry.tools.run(add, { a: 1, b: 2 })
      expectThree(result?.funcReturn)
    },
  }
}

/** From the call of an update on one node to its event on another one. */
async function eventSubject(one: Registry, other: Registry): Promise<Subject & { end(): Promise<void> }> {
  const config = { transport: 'stdio', command: 'x' } as const
  const { id } = await one.servers.create({ name: 'told of', config, refresh: false })
  const feed = other.events({ serverId: id })
  let times = 0
  const isIt = (event: RegistryEvent | undefined) =>
    event?.type === 'McpServerUpdated' && event.server.description === `${times}`
  return {
    name: 'from a node to a subscriber of another',
    cpu: ownCpu,
    async run() {
      times += 1
      const heard = (async () => {
        while (!isIt((await feed.next()).value)) {
          // One that came before.
        }
      })()
      await Promise.all([one.servers.update(id, { description: `${times}` }), heard])
    },
    async end() {
      await feed.return?.()
    },
  }
}

/** CPU time of the database so far: of all of its processes. */
async function databaseCpu(connectionString: string): Promise<() => number> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const stat = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8')
  await client.end()
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  return () => childrenOf(parent).reduce((sum, pid) => sum + cpuOf(pid), 0)
}

/** As the database does by itself, a minute after many rows were written. */
export async function analyze(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('analyze')
  await client.end()
}

/** Runs before the statistics of a new database say more than that it is empty. */
const firstRuns = 300

/**
 * Gives the database statistics of its tables, as it gets by itself within a minute or so. Until then connections keep the plans
 * that they made while there was nothing to look up.
 */
async function replan(connectionString: string, subjects: readonly Subject[]): Promise<void> {
  for (const { run } of subjects) for (let n = 0; n < firstRuns; n += 1) await run()
  await analyze(connectionString)
}

async function nodeSubjects(connectionString: string, serverUrl: string, stack: AsyncDisposableStack) {
  const [alone, one, two] = [0, 1, 2].map(() =>
    startNode(connectionString, { leaseMs: 15_000, timeoutMs: 10_000, poolSize: 8 }),
  )
  const nodes = [stack.use(await alone), stack.use(await one), stack.use(await two)].filter(
    (node) => node !== undefined,
  )
  const config = { transport: 'streamableHttp', serverUrl }
  const id = await nodes[0]?.idOf('servers.create', { name: 'shared', config, refresh: false })
  await nodes[0]?.call('refreshes.wait', await nodes[0].idOf('servers.refresh', id))
  const ofDatabase = await databaseCpu(connectionString)
  const subject = (name: string, some: readonly TestNode[]): Subject => {
    let turn = 0
    return {
      name,
      cpu: () => ofDatabase() + nodes.reduce((sum, { pid }) => sum + cpuOf(pid), 0),
      async run() {
        turn += 1
        const run = await some[turn % some.length]?.call('tools.run', { server: 'shared', tool: 'add' }, { a: 1, b: 2 })
        expectThree((run as { readonly result: { readonly funcReturn: unknown } }).result.funcReturn)
      },
    }
  }
  const subjects = [subject('one node', nodes.slice(0, 1)), subject('two nodes', nodes.slice(1))]
  await replan(connectionString, subjects)
  return subjects
}

interface Page {
  readonly name: string
  readonly subject: Subject
  /** The statement that reads it, as the database gets it. */
  readonly text: string
  readonly values: readonly unknown[]
}

/** Pages as the library reads them, each with what it asks the database. */
async function pagesOf(
  large: string,
  tools: number,
  largeServerId: ServerId,
  stack: AsyncDisposableStack,
): Promise<Page[]> {
  const pool = new pg.Pool({ connectionString: large })
  stack.defer(() => pool.end())
  const registry = stack.use(
    await createRegistry({ storage: postgresStorage({ pool }), secretKey: new Uint8Array(32) }),
  )
  const wheres = {
    'first page': {},
    'deep cursor': { after: await cursorAt(registry, tools / 2) },
    'one server': { filter: { serverId: [largeServerId] } },
  }
  const pages: Page[] = []
  for (const [name, where] of Object.entries(wheres)) {
    const asked: pg.QueryConfig<unknown[]>[] = []
    const query = pool.query.bind(pool)
    // The storage asks by an object alone.
    const listen = (config: pg.QueryConfig<unknown[]>) => {
      asked.push(config)
      return query(config)
    }
    Object.assign(pool, { query: listen })
    const [first = ''] = await libraryPage(registry, where)
    Object.assign(pool, { query })
    const { text = '', values } = asked.at(-1) ?? {}
    const run = async () => expectPage(name, await libraryPage(registry, where), first)
    pages.push({ name, subject: { name, cpu: ownCpu, run }, text, values: values ?? [] })
  }
  return pages
}

/** How long the database itself takes for each, in ms: the 99th of a hundred. */
async function timesInside(
  connectionString: string,
  pages: readonly Page[],
  times: number,
): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString, options: '-c search_path=toolyard' })
  await client.connect()
  const notes: Record<string, number> = {}
  for (const { name, text, values } of pages) {
    const took: number[] = []
    for (let n = 0; n < times; n += 1) {
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { 'Execution Time': number }[] }>(
        `explain (analyze, timing off, format json) ${text}`,
        [...values],
      )
      took.push(rows[0]?.['QUERY PLAN'][0]?.['Execution Time'] ?? Number.NaN)
    }
    notes[`${name}, in the database, p99, ms`] = percentile(took, 99)
  }
  await client.end()
  return notes
}

/** Searches as the library makes them. */
async function searchesOf(large: string, tools: number, plan: Plan): Promise<Group> {
  const storage = postgresStorage({ connectionString: large })
  await using registry = await createRegistry({ storage, secretKey: new Uint8Array(32) })
  const notes = await indexTools(registry)
  await analyze(large)
  const title = `PostgreSQL, a search among ${tools} tools`
  return { ...(await interleave(title, librarySearches(registry, tools), plan)), notes }
}

async function measureOn(postgres: TestPostgres, fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 2 : 12 } = settings
  const plan = { rounds, sliceMs: isQuick ? 100 : 300, warmUpMs: isQuick ? 300 : 1_500, minRuns: 3 }
  await using stack = new AsyncDisposableStack()
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const secretKey = new Uint8Array(32)
  const connectionString = await postgres.create()
  const open = async (url: string) =>
    stack.use(await createRegistry({ storage: postgresStorage({ connectionString: url }), secretKey }))
  const sqlite = stack.use(await createRegistry({ storage: sqliteStorage({ path: join(folder.path, 'bench.db') }) }))
  const one = await open(connectionString)
  const other = await open(connectionString)
  const { url } = fixture.http
  const thousand = fixture.urlOf({ server: 0, outputSchemas: false, tools: 1_000 })
  const event = await eventSubject(one, other)
  stack.defer(event.end)
  const runs = [await runsOf('SQLite', sqlite, url), await runsOf('PostgreSQL', one, url)]
  await replan(connectionString, runs)
  const groups = [
    await interleave('runs, by storage', runs, plan),
    await interleave('an event of another node', [event], plan),
    await interleave(
      'refresh of 1000 tools, by storage',
      [
        newTools('SQLite, new tools', sqlite, thousand, 1_000),
        newTools('PostgreSQL, new tools', one, thousand, 1_000),
        await unchangedTools('SQLite, nothing changed', sqlite, thousand, 1_000),
        await unchangedTools('PostgreSQL, nothing changed', one, thousand, 1_000),
      ],
      plan,
    ),
    await interleave(
      'runs of nodes on one PostgreSQL, 16 at a time',
      await nodeSubjects(await postgres.create(), url, stack),
      {
        ...plan,
        sliceMs: isQuick ? 300 : 1_000,
        concurrency: 16,
      },
    ),
  ]
  const large = await postgres.create()
  process.stderr.write('filling the database: ')
  const contents = await fillDatabase(postgresStorage({ connectionString: large }), isQuick ? 1_000 : 10_000)
  process.stderr.write('\n')
  // As the database does by itself within a minute or so.
  await analyze(large)
  const pages = await pagesOf(large, contents.tools, contents.largeServerId, stack)
  const title = `PostgreSQL, a page of ${pageLength} tools among ${contents.tools} of ${contents.servers} servers`
  const group = await interleave(
    title,
    pages.map(({ subject }) => subject),
    plan,
  )
  const searches = await searchesOf(large, contents.tools, plan)
  return [...groups, { ...group, notes: await timesInside(large, pages, isQuick ? 100 : 2_000) }, searches]
}

/** What several nodes cost on one PostgreSQL that waits for its disk, beside one node on SQLite. */
export async function measurePostgres(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const postgres = await startPostgres({ isDurable: true })
  if (typeof postgres === 'string') {
    process.stderr.write(`${postgres}; its figures are left out\n`)
    return []
  }
  try {
    return await measureOn(postgres, fixture, settings)
  } finally {
    await postgres[Symbol.asyncDispose]()
  }
}
