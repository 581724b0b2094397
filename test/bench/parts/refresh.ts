import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { connectSdk } from '../contenders/sdk.ts'
import type { Fixture } from '../fixture/start.ts'
import { createFloor, type Floor } from '../floor.ts'
import { type Inspector, inspectSelf } from '../inspect.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { measureManyServers } from './many-servers.ts'
import { floorOf, newTools, sdkList, unchangedTools } from './refresh-subjects.ts'

export interface RefreshBench {
  readonly fixture: Fixture
  readonly registry: Registry
  readonly floor: Floor
  readonly searchFloor: Floor
  /** That of this process, if the turns with new tools are to be profiled. */
  readonly inspector: Inspector | undefined
}

const plain = { server: 0, outputSchemas: false }

/** The subjects that the goals compare; the floor comes first. */
async function allSubjects(bench: RefreshBench, count: number, stack: AsyncDisposableStack): Promise<Subject[]> {
  const { fixture, registry, floor, searchFloor, inspector } = bench
  const url = fixture.urlOf({ ...plain, tools: count })
  const withOutput = fixture.urlOf({ server: 0, outputSchemas: true, tools: count })
  const client = await connectSdk({ transport: 'http', url })
  stack.defer(() => client.close())
  const outputClient = await connectSdk({ transport: 'http', url: withOutput })
  stack.defer(() => outputClient.close())
  return [
    floorOf('bare floor', floor, url, count),
    floorOf('bare floor with a search index', searchFloor, url, count),
    { ...newTools('toolyard, new tools', registry, url, count), inspector },
    await unchangedTools('toolyard, nothing changed', registry, url, count),
    newTools('toolyard, new with output schemas', registry, withOutput, count),
    floorOf('bare floor with output schemas', floor, withOutput, count),
    sdkList('SDK client, list alone', client, count),
    sdkList('SDK client, list alone with output schemas', outputClient, count),
  ]
}

/** A server with as many resources, resource templates and prompts, beside one with tools alone. */
async function kindSubjects({ fixture, registry }: RefreshBench, count: number): Promise<Subject[]> {
  const tools = fixture.urlOf({ ...plain, tools: count })
  const all = fixture.urlOf({ ...plain, tools: count, hasAllKinds: true })
  return [
    newTools('tools alone, new', registry, tools, count),
    newTools('all four kinds, new', registry, all, count),
    await unchangedTools('tools alone, nothing changed', registry, tools, count),
    await unchangedTools('all four kinds, nothing changed', registry, all, count),
  ]
}

async function fewSubjects({ fixture, registry, floor, inspector }: RefreshBench, count: number): Promise<Subject[]> {
  const url = fixture.urlOf({ ...plain, tools: count })
  return [
    floorOf('bare floor', floor, url, count),
    { ...newTools('toolyard, new tools', registry, url, count), inspector },
    await unchangedTools('toolyard, nothing changed', registry, url, count),
  ]
}

/** Refreshes of servers with 10 to 10,000 tools, and of 100 servers at once, against the bare floor. */
export async function measureRefresh(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 2 : 10 } = settings
  await using stack = new AsyncDisposableStack()
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const storage = sqliteStorage({ path: join(folder.path, 'bench.db') })
  const registry = stack.use(await createRegistry({ storage }))
  const { origin } = new URL(fixture.http.url)
  const floor = createFloor(folder.path, origin, { search: false })
  stack.defer(floor.close)
  const searchFloor = createFloor(folder.path, origin, { search: true })
  stack.defer(searchFloor.close)
  const inspector = settings.isProfiled ? inspectSelf() : undefined
  stack.defer(() => inspector?.close())
  const bench = { fixture, registry, floor, searchFloor, inspector }
  const groups: Group[] = []
  for (const count of isQuick ? [10, 100, 1_000] : [10, 100, 1_000, 10_000]) {
    const subjects = count === 1_000 ? await allSubjects(bench, count, stack) : await fewSubjects(bench, count)
    const plan = { rounds: count > 1_000 ? Math.ceil(rounds / 2) : rounds, sliceMs: isQuick ? 50 : 250 }
    groups.push(await interleave(`refresh of ${count} tools`, subjects, plan))
  }
  const kinds = await kindSubjects(bench, 1_000)
  groups.push(await interleave('refresh of 1000 of each kind', kinds, { rounds, sliceMs: isQuick ? 50 : 250 }))
  groups.push(await measureManyServers(bench, Math.ceil(rounds / 2)))
  return groups
}
