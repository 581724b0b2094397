import { join } from 'node:path'
import { createRegistry, type ListOptions, type Registry, type ToolFilter, type ToolSort } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { type GraphqlService, startGraphql } from '../graphql-service.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { fillDatabase } from './reads-database.ts'
import { graphqlSearch, indexTools, librarySearches } from './search.ts'

export const pageLength = 50
type Where = Pick<ListOptions<ToolFilter, ToolSort>, 'after' | 'filter'>

const fields = 'id name qualifiedName title description enabled'

export function pageQuery(selection: string): string {
  return `query ($after: String, $filter: McpToolFilter) {
    mcpTools(first: ${pageLength}, after: $after, filter: $filter) {
      nodes { ${selection} } pageInfo { hasNextPage endCursor }
    }
  }`
}

interface PageData {
  readonly mcpTools: { readonly nodes: readonly { readonly name: string }[] }
}

export function expectPage(what: string, names: readonly string[], first: string): void {
  if (names.length !== pageLength || names[0] !== first) {
    throw new Error(`${what}: expected ${pageLength} tools from ${first}, got ${names.length} from ${names[0]}`)
  }
}

export async function libraryPage(registry: Registry, where: Where): Promise<readonly string[]> {
  const { edges } = await registry.tools.list({ first: pageLength, ...where })
  return edges.map(({ node }) => node.name)
}

/** The server, and that of another checkout. */
interface Services {
  readonly service: GraphqlService
  readonly before: GraphqlService | undefined
}

async function twoWays(
  name: string,
  registry: Registry,
  { service, before }: Services,
  where: Where,
): Promise<Subject[]> {
  const [first = ''] = await libraryPage(registry, where)
  const over = (label: string, selection: string, of: GraphqlService): Subject => ({
    name: `GraphQL, ${name}${label}`,
    cpu: of.cpu,
    async run() {
      const { mcpTools } = await of.request<PageData>(pageQuery(selection), where)
      expectPage(
        name,
        mcpTools.nodes.map((node) => node.name),
        first,
      )
    },
  })
  return [
    {
      name: `library, ${name}`,
      cpu: ownCpu,
      run: async () => expectPage(name, await libraryPage(registry, where), first),
    },
    over('', fields, service),
    ...(before ? [over(', before', fields, before)] : []),
    ...(name === 'first page' ? [over(' with schemas', `${fields} inputSchema`, service)] : []),
  ]
}

/** The cursor behind the first `count` tools. */
export async function cursorAt(registry: Registry, count: number): Promise<string> {
  let after: string | undefined
  for (let passed = 0; passed < count; passed += 100) {
    const page = await registry.tools.list({ first: 100, after })
    after = page.pageInfo.endCursor ?? undefined
  }
  if (after === undefined) throw new Error('There are no tools to walk over')
  return after
}

function byOffset(path: string, offset: number): Subject & { close(): void } {
  const database = new BetterSqlite3(path, { readonly: true })
  const page = database.prepare("select * from tools where tenant = 'default' order by name, id limit ? offset ?")
  return {
    name: `plain SQL, OFFSET ${offset}`,
    cpu: ownCpu,
    async run() {
      const rows = page.all(pageLength, offset)
      if (rows.length !== pageLength) throw new Error(`OFFSET ${offset}: expected a full page, got ${rows.length} rows`)
    },
    close: () => database.close(),
  }
}

/** Pages of 50 tools among 100,000 of 10,000 servers. */
export async function measureReads(settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 2 : 10 } = settings
  await using stack = new AsyncDisposableStack()
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const path = join(folder.path, 'bench.db')
  process.stderr.write('filling the database: ')
  const { servers, tools, largeServerId } = await fillDatabase(sqliteStorage({ path }), isQuick ? 1_000 : 10_000)
  process.stderr.write('\n')
  const registry = stack.use(await createRegistry({ storage: sqliteStorage({ path }) }))
  const [server] = (await registry.servers.getMany([largeServerId])).values()
  if (!server) throw new Error('The filled database has no large server')
  const service = await startGraphql(path)
  stack.defer(service.close)
  const before = settings.against === undefined ? undefined : await startGraphql(path, { checkout: settings.against })
  if (before) stack.defer(before.close)
  const services = { service, before }
  const offset = byOffset(path, tools / 2)
  stack.defer(offset.close)
  const subjects = [
    ...(await twoWays('first page', registry, services, {})),
    ...(await twoWays('deep cursor', registry, services, { after: await cursorAt(registry, tools / 2) })),
    ...(await twoWays('one server', registry, services, { filter: { serverId: [server.id] } })),
    offset,
  ]
  const plan = { rounds, sliceMs: isQuick ? 100 : 300, warmUpMs: isQuick ? 300 : 1_500, minRuns: 10 }
  const pages = await interleave(`a page of ${pageLength} tools among ${tools} of ${servers} servers`, subjects, plan)
  const notes = await indexTools(registry)
  const searches = [...librarySearches(registry, tools), graphqlSearch(service, tools)]
  return [pages, { ...(await interleave(`a search among ${tools} tools`, searches, plan)), notes }]
}
