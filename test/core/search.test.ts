import { createRegistry, type Registry, type ToolSearchOptions } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'

let fixture: Awaited<ReturnType<typeof startFixture>>
let registry: Registry
beforeEach(async () => {
  fixture = await startFixture()
  registry = await createRegistry({ storage: sqliteStorage({ path: ':memory:' }) })
})
afterEach(async () => {
  await registry.close()
  await fixture.close()
})

const list = (...names: string[]) => names.map((name) => ({ name, inputSchema: { type: 'object' } }))
const over = () => ({ transport: 'streamableHttp', serverUrl: fixture.url }) as const
async function names(query: string, options?: ToolSearchOptions): Promise<string[]> {
  return (await registry.tools.search(query, options)).edges.map(({ node }) => node.name)
}
async function refresh(id: string): Promise<void> {
  await (await registry.servers.refresh(id)).result()
}

describe('a search', () => {
  it('sees what a refresh added, changed and removed, and the new name of a server', async () => {
    fixture.setTools(list('read_file', 'write_file'))
    const server = await registered(registry, 'disk', over())
    expect(await names('file')).toEqual(['read_file', 'write_file'])
    fixture.setTools([
      ...list('readFile'),
      { name: 'write_file', description: 'To disk', inputSchema: { type: 'object' } },
    ])
    await refresh(server.id)
    expect(await names('read file')).toEqual(['readFile'])
    expect(await names('to write')).toEqual(['write_file'])
    expect(await names('read', { filter: { includeRemoved: true } })).toEqual(['readFile', 'read_file'])
    await registry.servers.update(server.id, { name: 'attic' })
    expect(await names('attic read')).toEqual(['readFile'])
    expect(await names('disk')).toEqual(['write_file'])
    await registry.servers.delete(server.id)
    expect(await names('attic')).toEqual([])
  })

  it('goes by the definition in force, until another one is approved', async () => {
    fixture.setTools(list('read'))
    const server = await registered(registry, 'careful', over(), { toolChangePolicy: 'QUARANTINE' })
    expect(await names('read', { filter: { quarantined: true } })).toEqual(['read'])
    const approve = async () => {
      const { edges } = await registry.tools.list()
      const { id, quarantine } = edges[0]?.node ?? {}
      await registry.tools.approve(id ?? '', quarantine?.digest ?? '')
    }
    await approve()
    fixture.setTools([{ name: 'read', description: 'Lends books', inputSchema: { type: 'object' } }])
    await refresh(server.id)
    expect(await names('books')).toEqual([])
    await approve()
    expect(await names('books')).toEqual(['read'])
  })

  it('answers tools with some of the words where none has all', async () => {
    fixture.setTools(list('read_file', 'read_folder', 'write'))
    await registered(registry, 'disk', over())
    expect(await names('please read a file from my disk')).toEqual(['read_file', 'read_folder', 'write'])
    expect(await registry.tools.searchCount('please read a file from my disk')).toBe(3)
    expect(await names('read file')).toEqual(['read_file'])
    expect(await registry.tools.searchCount('read file')).toBe(1)
    expect(await names('nothing')).toEqual([])
  })

  it.each(['find it', 'find something'])('pages forwards for "%s"', async (query) => {
    fixture.setTools(list(...Array.from({ length: 25 }, (_, index) => `find_it${index}`)))
    await registered(registry, 'many', over())
    const all = await registry.tools.search(query, { first: 100 })
    expect(all.edges).toHaveLength(25)
    expect(all.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    const first = await registry.tools.search(query)
    expect(first.edges).toEqual(all.edges.slice(0, 10))
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.edges[0]?.cursor,
      endCursor: first.edges[9]?.cursor,
    })
    const second = await registry.tools.search(query, { first: 15, after: first.pageInfo.endCursor ?? '' })
    expect(second.edges).toEqual(all.edges.slice(10))
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    const none = await registry.tools.search(query, { first: 0 })
    expect(none).toMatchObject({ edges: [], pageInfo: { hasNextPage: true, startCursor: null } })
  })

  it('for nothing finds nothing', async () => {
    fixture.setTools(list('read'))
    await registered(registry, 'some', over())
    for (const query of ['', '   ', '"', '*', '(', '-- ;', '\0', '\ud800']) {
      expect(await registry.tools.search(query)).toMatchObject({ edges: [], pageInfo: { hasNextPage: false } })
      expect(await registry.tools.searchCount(query)).toBe(0)
    }
  })

  it('refuses what it cannot take', async () => {
    const page = await registry.tools.search('read')
    expect(page.pageInfo.endCursor).toBeNull()
    const invalid = (path: string) => ({ code: 'INVALID_INPUT', path: [path] })
    await expect(registry.tools.search('x'.repeat(10_000))).rejects.toMatchObject(invalid('query'))
    await expect(registry.tools.searchCount('x'.repeat(10_000))).rejects.toMatchObject(invalid('query'))
    for (const first of [-1, 101, 1.5]) {
      await expect(registry.tools.search('read', { first })).rejects.toMatchObject(invalid('first'))
    }
    fixture.setTools(list('read', 'read_file'))
    await registered(registry, 'some', over())
    const { pageInfo } = await registry.tools.search('read', { first: 1 })
    const listed = await registry.tools.list({ first: 1 })
    for (const after of ['', 'nonsense', listed.pageInfo.endCursor ?? '']) {
      await expect(registry.tools.search('read', { after })).rejects.toMatchObject(invalid('after'))
    }
    const ofAnother = registry.tools.search('file', { after: pageInfo.endCursor ?? '' })
    await expect(ofAnother).rejects.toMatchObject(invalid('after'))
    await expect(registry.tools.list({ after: pageInfo.endCursor ?? '' })).rejects.toMatchObject(invalid('after'))
  })

  it('of a tenant finds its own tools alone', async () => {
    fixture.setTools(list('read'))
    await registered(registry, 'mine', over())
    const other = registry.tenant('other')
    expect((await other.tools.search('read')).edges).toEqual([])
    expect(await other.tools.searchCount('read')).toBe(0)
  })
})
