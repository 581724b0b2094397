import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createRegistry, type ListOptions, type Registry, type RunFilter, type RunSort } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { startGraphql } from '../graphql-service.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { fillHistory } from './history-database.ts'

const pageLength = 50
type Where = Pick<ListOptions<RunFilter, RunSort>, 'after' | 'filter'>

async function pageOf(registry: Registry, where: Where): Promise<readonly string[]> {
  const { edges } = await registry.runs.list({ first: pageLength, ...where })
  return edges.map(({ node }) => node.id)
}

function expectPage(what: string, ids: readonly string[], first: string): void {
  if (ids.length !== pageLength || ids[0] !== first) {
    throw new Error(`${what}: expected ${pageLength} runs from ${first}, got ${ids.length} from ${ids[0]}`)
  }
}

/** The cursor behind the first `count` runs. */
async function cursorAt(registry: Registry, count: number): Promise<string> {
  let after: string | undefined
  for (let passed = 0; passed < count; passed += 100) {
    after = (await registry.runs.list({ first: 100, after })).pageInfo.endCursor ?? undefined
  }
  if (after === undefined) throw new Error('There are no runs to walk over')
  return after
}

/** Pages of 50 runs among 1,000,000. */
export async function measureHistory(settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 2 : 10 } = settings
  await using stack = new AsyncDisposableStack()
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const path = join(folder.path, 'bench.db')
  process.stderr.write('filling the history: ')
  const { runs, serverId, toolId, createdAt } = await fillHistory(path, isQuick ? 40_000 : 1_000_000)
  process.stderr.write('\n')
  const bytes = (await stat(path)).size
  const everything = { maxAgeMs: Number.POSITIVE_INFINITY, maxCount: Number.POSITIVE_INFINITY }
  const registry = stack.use(await createRegistry({ storage: sqliteStorage({ path }), history: everything }))
  const service = await startGraphql(path, { flags: ['--history-days', 'all', '--history-count', 'all'] })
  stack.defer(service.close)
  const [server] = (await registry.runs.list({ first: 1 })).edges
  if (!server) throw new Error('The history is empty')
  // Ids that were made by the function that makes them.
  const one = { serverId: [serverId], toolId: [toolId] } as unknown as Required<Pick<RunFilter, 'serverId' | 'toolId'>>
  const pages: readonly [string, Where][] = [
    ['first page', {}],
    ['deep cursor', { after: await cursorAt(registry, runs / 2) }],
    ['one in a hundred, by status', { filter: { status: ['FAILED'] } }],
    ['one server', { filter: { serverId: one.serverId } }],
    ['one tool', { filter: { toolId: one.toolId } }],
    ['one second', { filter: { createdAt } }],
  ]
  const subjects: Subject[] = []
  for (const [name, where] of pages) {
    const [first = ''] = await pageOf(registry, where)
    const run = async () => expectPage(name, await pageOf(registry, where), first)
    subjects.push({ name: `library, ${name}`, cpu: ownCpu, run })
  }
  const [newest = ''] = await pageOf(registry, {})
  const query = `{ toolRuns(first: ${pageLength}) { nodes { id status toolName args durationMs } } }`
  subjects.push({
    name: 'GraphQL, first page',
    cpu: service.cpu,
    async run() {
      const { toolRuns } = await service.request<{ toolRuns: { nodes: { id: string }[] } }>(query)
      const ids = toolRuns.nodes.map(({ id }) => id)
      expectPage('GraphQL, first page', ids, newest)
    },
  })
  const plan = { rounds, sliceMs: isQuick ? 100 : 300, warmUpMs: isQuick ? 300 : 1_000, minRuns: 10 }
  const group = await interleave(`a page of ${pageLength} runs among ${runs}`, subjects, plan)
  return [{ ...group, notes: { 'bytes of the database a run, with its events': bytes / runs } }]
}
