import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultTenant, parseTenantId } from '../../packages/core/src/base/ids.ts'
import type { FeatureKind, FeatureRecord } from '../../packages/core/src/model/feature.ts'
import type { FeatureFilter } from '../../packages/core/src/model/filters.ts'
import type { Rank } from '../../packages/core/src/model/rank.ts'
import type { SearchMatch } from '../../packages/core/src/model/tool-search.ts'
import { parseSearch } from '../../packages/core/src/search/tool-search.ts'
import { memoryStorage } from '../../packages/core/src/storage/memory/memory-storage.ts'
import type { Storage, StorageAdapter, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { prompt, resource, template } from './feature-records.ts'
import { server } from './records.ts'

const otherTenant = parseTenantId('other') ?? defaultTenant
const inserted = (...features: readonly FeatureRecord[]): Write => ({ kind: 'insertFeatures', features })

function searchFor(text: string, filter: FeatureFilter, match: SearchMatch = 'ALL') {
  return { query: parseSearch(text), match, filter }
}

async function find(storage: TenantStorage, text: string, kind: FeatureKind, filter: Partial<FeatureFilter> = {}) {
  const search = searchFor(text, { ...filter, kind })
  const found = await storage.features.search(search, 100)
  expect(await storage.features.searchCount(search)).toBe(found.length)
  return found.map(({ feature }) => feature.identifier)
}

/** What a search of resources, templates and prompts must find, whatever the storage is made of. */
export function describeFeatureSearch(name: string, makeAdapter: () => StorageAdapter): void {
  describe(`a search of resources, templates and prompts in ${name}`, () => {
    let opened: Storage
    let storage: TenantStorage
    const one = server({ name: 'Archive' })
    beforeEach(async () => {
      opened = await makeAdapter().open()
      storage = opened.tenant(defaultTenant)
      await storage.commit([{ kind: 'insertServer', server: one }])
    })
    afterEach(() => opened.close())

    it('goes by name, title, description, URI, arguments and server, and by the kind', async () => {
      await storage.commit([
        inserted(
          resource(one.id, 'file:///notes/today.md', {
            name: 'diary',
            title: 'Day Book',
            description: 'Written daily',
          }),
          template(one.id, 'logs://{service}/lines', { name: 'log' }),
          prompt(one.id, 'summarise', { arguments: [{ name: 'bookTitle' }] }),
        ),
      ])
      for (const words of ['diary', 'day', 'written', 'notes today', 'archive diary', 'DIÁRY', 'dia']) {
        expect(await find(storage, words, 'RESOURCE')).toEqual(['file:///notes/today.md'])
      }
      expect(await find(storage, 'service', 'RESOURCE_TEMPLATE')).toEqual(['logs://{service}/lines'])
      expect(await find(storage, 'book', 'PROMPT')).toEqual(['summarise'])
      expect(await find(storage, 'diary', 'PROMPT')).toEqual([])
      expect(await find(storage, 'nothing', 'RESOURCE')).toEqual([])
    })

    it('finds what is in force: added, changed, removed and forgotten, and the new name of a server', async () => {
      const [a, b] = [resource(one.id, 'x:a', { name: 'alpha' }), resource(one.id, 'x:b', { name: 'beta' })]
      await storage.commit([inserted(a, b)])
      expect(await find(storage, 'alpha', 'RESOURCE')).toEqual(['x:a'])
      const definition = { uri: 'x:a', name: 'gamma' }
      const features = [{ id: a.id, definition, definitionText: JSON.stringify(definition) }]
      await storage.commit([{ kind: 'redefineFeatures', features, at: 2 }])
      expect(await find(storage, 'alpha', 'RESOURCE')).toEqual([])
      expect(await find(storage, 'gamma', 'RESOURCE')).toEqual(['x:a'])
      await storage.commit([{ kind: 'removeFeatures', ids: [b.id], at: 3 }])
      expect(await find(storage, 'beta', 'RESOURCE')).toEqual([])
      expect(await find(storage, 'beta', 'RESOURCE', { includeRemoved: true })).toEqual(['x:b'])
      await storage.commit([{ kind: 'forgetFeatures', ids: [b.id] }])
      expect(await find(storage, 'beta', 'RESOURCE', { includeRemoved: true })).toEqual([])
      const renamed = { ...one, name: 'Attic', revision: one.revision + 1 }
      await storage.commit([{ kind: 'updateServer', server: renamed, ifRevision: one.revision }])
      expect(await find(storage, 'attic gamma', 'RESOURCE')).toEqual(['x:a'])
      expect(await find(storage, 'archive', 'RESOURCE')).toEqual([])
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect(await find(storage, 'gamma', 'RESOURCE')).toEqual([])
    })

    it('shows a tenant nothing of another one', async () => {
      const other = opened.tenant(otherTenant)
      const theirs = server({ name: 'Archive' })
      await other.commit([{ kind: 'insertServer', server: theirs }, inserted(resource(theirs.id, 'x:secret'))])
      await storage.commit([inserted(resource(one.id, 'x:secret'))])
      const [mine] = await storage.features.search(searchFor('secret', { kind: 'RESOURCE' }), 10)
      expect(mine?.feature.serverId).toBe(one.id)
      expect(await find(storage, 'secret', 'RESOURCE')).toHaveLength(1)
      expect(await find(storage, 'secret', 'RESOURCE', { serverId: [theirs.id] })).toEqual([])
      expect(await find(other, 'secret', 'RESOURCE')).toHaveLength(1)
    })

    it('is brought up to date once, while many search and many write', async () => {
      const many = (from: number) =>
        Array.from({ length: 250 }, (_, n) => resource(one.id, `x:${from + n}`, { name: `entry ${from + n}` }))
      const searches = async () => {
        for (let n = 0; n < 5; n += 1) await storage.features.search(searchFor('entry', { kind: 'RESOURCE' }), 10)
      }
      const writes = async (from: number) => await storage.commit([inserted(...many(from))])
      await Promise.all([writes(0), searches(), writes(1_000), searches(), writes(2_000)])
      expect(await storage.features.searchCount(searchFor('entry', { kind: 'RESOURCE' }))).toBe(750)
      for (const n of [0, 249, 1_100, 2_249]) expect(await find(storage, `${n}`, 'RESOURCE')).toEqual([`x:${n}`])
    })

    it('finds nothing of a server with many of them once it is deleted, and all of another one', async () => {
      const two = server({ name: 'Library' })
      const many = Array.from({ length: 1_500 }, (_, n) => resource(one.id, `x:${n}`, { name: `entry ${n}` }))
      await storage.commit([
        { kind: 'insertServer', server: two },
        inserted(...many, prompt(one.id, 'entry'), resource(two.id, 'x:1', { name: 'entry' })),
      ])
      expect(await storage.features.searchCount(searchFor('entry', { kind: 'RESOURCE' }))).toBe(1_501)
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect(await find(storage, 'entry', 'RESOURCE', { includeRemoved: true })).toEqual(['x:1'])
      expect(await find(storage, 'entry', 'PROMPT', { includeRemoved: true })).toEqual([])
      expect(await storage.features.count({ kind: 'RESOURCE', includeRemoved: true })).toBe(1)
    })

    it('ranks and pages as the memory storage does', async () => {
      const model = (await memoryStorage().open()).tenant(defaultTenant)
      await model.commit([{ kind: 'insertServer', server: one }])
      const records = ['read', 'read_file', 'readFile', 'file reader', 'x'].flatMap((text, index) => [
        resource(one.id, `x:${text}/${index}`, { name: text, description: index % 2 === 0 ? 'to read a file' : '' }),
        prompt(one.id, `${text} ${index}`, { title: 'Reads files' }),
      ])
      for (const each of [model, storage]) await each.commit([inserted(...records)])
      for (const kind of ['RESOURCE', 'PROMPT'] as const) {
        for (const match of ['ALL', 'ANY'] as const) {
          for (const text of ['read', 'read file', 'fil', 'readfile', 'to x']) {
            const search = searchFor(text, { kind }, match)
            const all = await model.features.search(search, 100)
            const walked: (typeof all)[number][] = []
            for (let beyond: Rank | undefined; ; ) {
              const page = await storage.features.search(search, 2, beyond)
              walked.push(...page)
              const last = page.at(-1)
              if (!last) break
              beyond = { score: last.score, name: last.feature.definition.name, id: last.feature.id }
            }
            expect(walked).toEqual(all)
            expect(await storage.features.searchCount(search)).toBe(await model.features.searchCount(search))
          }
        }
      }
    })
  })
}
