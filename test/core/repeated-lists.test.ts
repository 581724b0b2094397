import { createRegistry, type RefreshResult, type Registry, type ServerId } from '@toolyard/core'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { memoryStorage } from '../../packages/core/src/storage/memory/memory-storage.ts'
import { type Era, type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'

/** Long enough for pages that are worth to be remembered. */
const text = 'says at length what it does. '.repeat(40)

interface Entry {
  readonly name: number
  readonly version: number
  readonly form: 'SOUND' | 'TURNED' | 'BROKEN' | 'HIDDEN'
}

function toolOf({ name, version, form }: Entry): unknown {
  if (form === 'BROKEN') return { name: `t${name}`, description: text, inputSchema: 1 }
  const description = `${form === 'HIDDEN' ? '\u200b' : ''}${version} ${text}`
  const inputSchema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } }
  // The same in another order.
  return form === 'TURNED'
    ? { inputSchema: { properties: inputSchema.properties, type: 'object' }, description, name: `t${name}` }
    : { name: `t${name}`, description, inputSchema }
}

const promptOf = ({ name, version, form }: Entry): unknown =>
  form === 'BROKEN' ? { name: '', description: text } : { name: `p${name}`, description: `${version} ${text}` }

const entries = fc.array(
  fc.record({
    name: fc.nat(6),
    version: fc.nat(1),
    form: fc.constantFrom('SOUND', 'SOUND', 'SOUND', 'TURNED', 'BROKEN', 'HIDDEN'),
  }),
  { minLength: 1, maxLength: 8 },
)
/** A list that comes twice, then others, then again. */
const histories = fc
  .array(entries, { minLength: 2, maxLength: 3 })
  .chain((lists) =>
    fc
      .array(fc.constantFrom(...lists), { minLength: 1, maxLength: 4 })
      .map((some) => [lists[0] ?? [], lists[0] ?? [], ...some, lists[0] ?? [], ...lists]),
  )

let registry: Registry
let fixture: FeatureServer
beforeEach(async () => {
  registry = await createRegistry({ storage: memoryStorage() })
})
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

let pages = 0

/** Lists in pages of three. With `anew` in its URL, no page has the bytes of an earlier one. */
async function serve(era: Era): Promise<FeatureServer> {
  const server = await startFeatureServer(era, {
    capabilities: { tools: {}, prompts: {} },
    answer(asked) {
      const member = { 'tools/list': 'tools' as const, 'prompts/list': 'prompts' as const }[asked.method]
      if (!member) return false
      const start = Number(asked.params.cursor ?? 0)
      const all = server.features[member]
      const end = start + 3
      pages += 1
      asked.result({
        resultType: 'complete',
        ...(asked.request.url?.includes('anew') ? { _meta: { page: pages } } : {}),
        [member]: all.slice(start, end),
        ...(end < all.length ? { nextCursor: String(end) } : {}),
      })
      return true
    },
  })
  return server
}

async function register(name: string, query: string, policy: 'ACCEPT' | 'QUARANTINE'): Promise<ServerId> {
  const config = { transport: 'streamableHttp', serverUrl: `${fixture.url}${query}` } as const
  return (await registry.servers.create({ name, config, toolChangePolicy: policy, refresh: false })).id
}

const refreshOf = async (id: string): Promise<RefreshResult> => (await registry.servers.refresh(id)).result()

/** All of an outcome but ids and times. */
const said = ({ added, updated, deleted, unchangedCount, rejected, prompts }: RefreshResult) => ({
  added: added.map(({ name, description }) => [name, description]),
  updated: updated.map(({ tool, changes }) => [tool.name, changes]),
  deleted: deleted.map(({ name }) => name),
  unchangedCount,
  rejected,
  prompts,
})

async function toolsOf(id: ServerId) {
  const { edges } = await registry.tools.list({ filter: { serverId: [id] }, first: 50 })
  return edges.map(({ node: { name, description, warnings, quarantine } }) => ({
    name,
    description,
    warnings,
    quarantine,
  }))
}

it.each([
  ['LEGACY', 'ACCEPT'],
  ['MODERN', 'ACCEPT'],
  ['LEGACY', 'QUARANTINE'],
] as const)(
  'pages of a %s server that come again change nothing of what a refresh finds, by %s',
  async (era, policy) => {
    fixture = await serve(era)
    let count = 0
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        count += 1
        const id = await register(`again ${count}`, '', policy)
        const anew = await register(`anew ${count}`, '?anew', policy)
        for (const list of history) {
          fixture.features.tools = list.map(toolOf)
          fixture.features.prompts = list.map(promptOf)
          expect(said(await refreshOf(id))).toEqual(said(await refreshOf(anew)))
          expect(await toolsOf(id)).toEqual(await toolsOf(anew))
        }
        await registry.servers.delete(id)
        await registry.servers.delete(anew)
      }),
      { numRuns: 12 },
    )
  },
)

it('a page that comes again is read whole for a preview, and for a tool that was taken away meanwhile', async () => {
  fixture = await serve('LEGACY')
  const all = Array.from({ length: 7 }, (_, name) => toolOf({ name, version: 0, form: 'SOUND' }))
  const id = await register('server', '', 'ACCEPT')
  fixture.features.tools = all
  for (let times = 0; times < 3; times += 1) await refreshOf(id)
  fixture.features.tools = all.slice(0, 3)
  expect((await refreshOf(id)).deleted).toHaveLength(4)
  fixture.features.tools = all
  const { listed, added } = await registry.refreshes.preview(id)
  expect(listed.map(({ definition }) => definition)).toEqual(all)
  expect(added).toEqual(all.slice(3))
  const result = await refreshOf(id)
  expect(result.added.map(({ name }) => name)).toEqual(['t3', 't4', 't5', 't6'])
  expect(result.unchangedCount).toBe(3)
})
