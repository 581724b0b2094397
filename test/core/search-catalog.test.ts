import { createRegistry, type McpEntry, type Registry, type SearchOptions, type SearchPage } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'

let registry: Registry
let fixture: FeatureServer
let serverId: string
beforeEach(async () => {
  fixture = await startFeatureServer('LEGACY', {
    tools: ['weather', 'report'].map((name) => ({ name, inputSchema: { type: 'object' } })),
    resources: Array.from({ length: 12 }, (_, n) => ({ uri: `file:///weather/${n}`, name: `day ${n}` })),
    resourceTemplates: [{ uriTemplate: 'weather://{city}', name: 'weather' }],
    prompts: [{ name: 'weather', description: 'Asks about it' }],
  })
  registry = await createRegistry({ storage: sqliteStorage({ path: ':memory:' }) })
  serverId = await register(registry)
})
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

async function register({ servers }: Pick<Registry, 'servers'>): Promise<string> {
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await servers.create({ name: 'fixture', config, refresh: false })
  await (await servers.refresh(id)).result()
  return id
}

const nameOf = ({ kind, node }: McpEntry) => `${kind} ${node.name}`
const namesOf = ({ edges }: SearchPage) => edges.map(nameOf)
const find = async (query: string, options?: SearchOptions) => namesOf(await registry.search(query, options))

describe('a search over all that servers list', () => {
  it('answers every kind in one order, by scores that compare', async () => {
    const { edges, pageInfo } = await registry.search('weather', { first: 100 })
    expect(edges.slice(0, 3).map(nameOf).toSorted()).toEqual([
      'PROMPT weather',
      'RESOURCE_TEMPLATE weather',
      'TOOL weather',
    ])
    expect(edges).toHaveLength(15)
    const scores = edges.map(({ score }) => score)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    expect(await registry.searchCount('weather')).toBe(15)
    expect((await registry.tools.search('weather')).edges.map(({ node }) => node.name)).toEqual(['weather'])
  })

  it('answers entries with some of the words only if no kind has all', async () => {
    expect(await find('weather report')).toContain('TOOL report')
    expect(await find('asks weather')).toEqual(['PROMPT weather'])
    expect(await registry.searchCount('asks weather')).toBe(1)
  })

  it('is of these kinds and servers alone', async () => {
    expect(await find('weather', { filter: { kinds: ['PROMPT', 'TOOL', 'PROMPT'] } })).toHaveLength(2)
    expect(await find('weather', { filter: { kinds: [] } })).toEqual([])
    expect(await find('weather', { filter: { serverId: [serverId], kinds: ['PROMPT'] } })).toHaveLength(1)
    expect(await find('weather', { filter: { serverId: ['mcps_none'] } })).toEqual([])
    expect(await registry.searchCount('weather', { kinds: ['RESOURCE'] })).toBe(12)
  })

  it.each(['weather', 'weather unheard'])('pages forwards for "%s", each entry once', async (query) => {
    const all = await find(query, { first: 100 })
    const walked: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await registry.search(query, { first: 4, after })
      walked.push(...namesOf(page))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor ?? undefined
    }
    expect(walked).toEqual(all)
  })

  it('shows a tenant nothing of another one', async () => {
    const other = registry.tenant('other')
    expect(await other.searchCount('weather')).toBe(0)
    await register(other)
    expect(await other.searchCount('weather')).toBe(15)
    const found = new Set((await other.search('weather', { first: 100 })).edges.map(({ node }) => node.serverId))
    expect([...found]).not.toContain(serverId)
    expect(await registry.searchCount('weather')).toBe(15)
  })

  it('finds disabled tools and those that wait for approval, as the search of tools does', async () => {
    const [edge] = (await registry.tools.search('weather')).edges
    await registry.tools.set(edge?.node.id ?? '', { enabled: false })
    const filter = { kinds: ['TOOL'] } as const
    const [found] = (await registry.search('weather', { filter })).edges
    expect(found).toMatchObject({ kind: 'TOOL', node: { name: 'weather', enabled: false } })
  })

  it.each([
    ['x'.repeat(1_001), {}, ['query']],
    ['read', { first: 101 }, ['first']],
    ['read', { after: 'nonsense' }, ['after']],
    ['read', { filter: { kinds: ['TOOL', 'SERVER'] } }, ['kinds', '1']],
  ])('refuses %.10s with %o at %j', async (query, options, path) => {
    // As a caller without types.
    await expect(registry.search(query, options as SearchOptions)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path,
    })
    const { pageInfo } = await registry.tools.search('weather')
    const ofTools = registry.search('weather', { after: pageInfo.endCursor ?? '' })
    await expect(ofTools).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['after'] })
  })
})
