import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultTenant, parseTenantId } from '../../packages/core/src/base/ids.ts'
import type { FeatureRecord } from '../../packages/core/src/model/feature.ts'
import type { FeatureFilter } from '../../packages/core/src/model/filters.ts'
import type { Storage, StorageAdapter, StoredFeature, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { prompt, resource, template } from './feature-records.ts'
import { server } from './records.ts'

const otherTenant = parseTenantId('other') ?? defaultTenant
const inserted = (...features: readonly FeatureRecord[]): Write => ({ kind: 'insertFeatures', features })

/** What every storage must do with resources, templates and prompts. */
export function describeFeatures(name: string, makeAdapter: () => StorageAdapter): void {
  describe(`resources, templates and prompts in ${name}`, () => {
    let opened: Storage
    let storage: TenantStorage
    let other: TenantStorage
    const [one, two] = [server(), server()]
    beforeEach(async () => {
      opened = await makeAdapter().open()
      storage = opened.tenant(defaultTenant)
      other = opened.tenant(otherTenant)
      await storage.commit([one, two].map((each) => ({ kind: 'insertServer', server: each }) as const))
    })
    afterEach(() => opened.close())

    const namesOf = async (filter: FeatureFilter) => {
      const rows = await storage.features.page({ filter, sort: 'NAME', direction: 'ASC', limit: 100 })
      expect(await storage.features.count(filter)).toBe(rows.length)
      return rows.map(({ definition }) => definition.name)
    }
    const storedOf = async (owner = one) => {
      const pages: StoredFeature[] = []
      for await (const page of storage.features.definitionsOf(owner.id)) pages.push(...page)
      return pages.toSorted((a, b) => a.kind.localeCompare(b.kind))
    }

    it('are returned as they were stored', async () => {
      const records = [
        resource(one.id, 'file:///a', { title: 'A', mimeType: 'text/plain', size: 3, annotations: { priority: 1 } }),
        template(one.id, 'file:///{path}', { icons: [{ src: 'https://icons.test/a.png' }], _meta: { a: [null] } }),
        prompt(one.id, 'greet', { arguments: [{ name: 'who', required: true }] }),
      ]
      await storage.commit([inserted(...records)])
      for (const record of records) expect(await storage.features.get(record.id)).toEqual(record)
      const many = await storage.features.getMany(records.map(({ id }) => id))
      expect(many).toHaveLength(3)
      expect(many).toEqual(expect.arrayContaining(records))
      const [first] = records
      expect(await storage.features.getByIdentifier(one.id, 'RESOURCE', 'file:///a')).toEqual(first)
      expect(await storage.features.getByIdentifier(one.id, 'PROMPT', 'file:///a')).toBeUndefined()
      expect(await storage.features.getByIdentifier(two.id, 'RESOURCE', 'file:///a')).toBeUndefined()
      expect(await storedOf()).toMatchObject([
        { kind: 'PROMPT', identifier: 'greet', removedAt: null },
        { kind: 'RESOURCE', identifier: 'file:///a', definitionText: first?.definitionText },
        { kind: 'RESOURCE_TEMPLATE', identifier: 'file:///{path}' },
      ])
    })

    it('are told apart by identifiers of any length and of any characters', async () => {
      const long = 'x:'.padEnd(65_536, 'y')
      const uris = [long, `${long.slice(0, -1)}z`, 'x:\ud800', 'x:\udfff', 'x:\ufffd', "x:'; drop table features"]
      await storage.commit([inserted(...uris.map((uri, index) => resource(one.id, uri, { name: `${index}` })))])
      for (const uri of uris) {
        const found = await storage.features.getByIdentifier(one.id, 'RESOURCE', uri)
        expect(found?.identifier).toBe(uri)
      }
      expect(new Set((await storedOf()).map(({ identifierHash }) => identifierHash)).size).toBe(uris.length)
    })

    it('are found by filters, in the order of their names', async () => {
      await storage.commit([
        inserted(
          resource(one.id, 'file:///b', { name: 'b', mimeType: 'text/plain' }),
          resource(one.id, 'file:///a', { name: 'a' }),
          resource(two.id, 'https://c.test/', { name: 'c', mimeType: 'image/png' }),
          prompt(one.id, 'a'),
        ),
      ])
      expect(await namesOf({ kind: 'RESOURCE' })).toEqual(['a', 'b', 'c'])
      expect(await namesOf({ kind: 'PROMPT' })).toEqual(['a'])
      expect(await namesOf({ kind: 'RESOURCE_TEMPLATE' })).toEqual([])
      expect(await namesOf({ kind: 'RESOURCE', identifier: { startsWith: 'file:' } })).toEqual(['a', 'b'])
      expect(await namesOf({ kind: 'RESOURCE', name: { in: ['c', 'a'] } })).toEqual(['a', 'c'])
      expect(await namesOf({ kind: 'RESOURCE', mimeType: { startsWith: 'image/' } })).toEqual(['c'])
      expect(await namesOf({ kind: 'RESOURCE', mimeType: {} })).toEqual(['b', 'c'])
      expect(await namesOf({ kind: 'RESOURCE', serverId: [two.id] })).toEqual(['c'])
      const query = { filter: { kind: 'RESOURCE' }, sort: 'NAME', direction: 'ASC', limit: 1 } as const
      const pages = await storage.features.pageByServer([one.id, two.id, server().id], query)
      expect([...pages].map(([id, [first]]) => [id, first?.identifier])).toEqual(
        expect.arrayContaining([
          [one.id, 'file:///a'],
          [two.id, 'https://c.test/'],
        ]),
      )
      expect(await storage.features.countByServer([one.id, two.id], { kind: 'RESOURCE' })).toEqual(
        new Map([
          [one.id, 2],
          [two.id, 1],
        ]),
      )
      const [first] = await storage.features.page(query)
      const beyond = { value: first?.definition.name ?? '', id: first?.id ?? '' }
      const next = await storage.features.page({ ...query, beyond, limit: 5 })
      expect(next.map(({ definition }) => definition.name)).toEqual(['b', 'c'])
    })

    it('are changed, removed, restored under their ids, and forgotten', async () => {
      const [a, b] = [resource(one.id, 'x:a'), resource(one.id, 'x:b')]
      await storage.commit([inserted(a, b), { kind: 'removeFeatures', ids: [a.id, b.id], at: 5 }])
      expect(await storage.features.get(a.id)).toMatchObject({ removedAt: 5, updatedAt: 5, firstSeenAt: 1 })
      expect(await storage.features.getByIdentifier(one.id, 'RESOURCE', 'x:a')).toBeUndefined()
      expect(await namesOf({ kind: 'RESOURCE' })).toEqual([])
      expect(await namesOf({ kind: 'RESOURCE', includeRemoved: true })).toEqual(['x:a', 'x:b'])
      const definition = { uri: 'x:a', name: 'renamed', mimeType: 'text/html' }
      const definitionText = JSON.stringify(definition)
      await storage.commit([
        { kind: 'redefineFeatures', features: [{ id: a.id, definition, definitionText }], at: 6 },
        { kind: 'forgetFeatures', ids: [a.id, b.id] },
      ])
      expect(await storage.features.get(a.id)).toEqual({ ...a, definition, definitionText, updatedAt: 6 })
      expect(await storage.features.get(b.id)).toBeUndefined()
      expect(await namesOf({ kind: 'RESOURCE', mimeType: { eq: 'text/html' } })).toEqual(['renamed'])
    })

    it('that were removed are found by their age', async () => {
      const records = ['a', 'b', 'c'].map((uri) => resource(one.id, `x:${uri}`))
      const [a, b] = records.map(({ id }) => id)
      if (!a || !b) throw new TypeError('There are three')
      await storage.commit([
        inserted(...records),
        { kind: 'removeFeatures', ids: [a], at: 9 },
        { kind: 'removeFeatures', ids: [b], at: 5 },
      ])
      const old = async (before: number, limit: number) =>
        (await opened.crossTenant.oldestRemovedFeatures(before, limit)).map(({ record }) => record.id)
      expect(await old(10, 5)).toEqual([b, a])
      expect(await old(10, 1)).toEqual([b])
      expect(await old(9, 5)).toEqual([b])
    })

    it('fail a commit whole that names a missing server or a missing one of them', async () => {
      const stray = resource(server().id, 'x:a')
      const [a, missing] = [resource(one.id, 'x:a'), resource(one.id, 'x:b')]
      const redefined = { id: missing.id, definition: missing.definition, definitionText: missing.definitionText }
      for (const write of [
        inserted(stray),
        { kind: 'removeFeatures', ids: [missing.id], at: 1 },
        { kind: 'redefineFeatures', features: [redefined], at: 1 },
      ] as const satisfies readonly Write[]) {
        await expect(storage.commit([inserted(a), write])).rejects.toMatchObject({ code: 'NOT_FOUND' })
        expect(await storage.features.get(a.id)).toBeUndefined()
      }
      await storage.commit([{ kind: 'forgetFeatures', ids: [missing.id] }])
    })

    it('are deleted with their server, and are of their tenant alone', async () => {
      const [a, b] = [resource(one.id, 'x:a'), prompt(two.id, 'b')]
      await storage.commit([inserted(a, b)])
      expect(await other.features.get(a.id)).toBeUndefined()
      expect(await other.features.getMany([a.id])).toEqual([])
      expect(await other.features.count({ kind: 'RESOURCE' })).toBe(0)
      await expect(other.commit([{ kind: 'removeFeatures', ids: [a.id], at: 2 }])).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
      await expect(other.commit([inserted(resource(one.id, 'x:c'))])).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect(await storage.features.get(a.id)).toBeUndefined()
      expect(await storage.features.get(b.id)).toEqual(b)
    })

    it('are counted against the quotas of their tenant', async () => {
      const atMost = (quota: 'featuresPerTenant' | 'featureBytesPerTenant', limit: number): Write => ({
        kind: 'assertQuota',
        quota,
        atMost: limit,
      })
      const a = resource(one.id, 'x:a')
      const recount: Write = { kind: 'recountFeatures', serverId: one.id }
      await storage.commit([inserted(a), recount, atMost('featuresPerTenant', 1)])
      await storage.commit([atMost('featureBytesPerTenant', a.definitionText.length)])
      const refused = { code: 'LIMIT_EXCEEDED' }
      await expect(storage.commit([atMost('featuresPerTenant', 0)])).rejects.toMatchObject(refused)
      const tooFew = atMost('featureBytesPerTenant', a.definitionText.length - 1)
      await expect(storage.commit([tooFew])).rejects.toMatchObject(refused)
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }, atMost('featuresPerTenant', 0)])
    })

    it('are committed by the thousand', async () => {
      const many = Array.from({ length: 2_500 }, (_, index) => resource(one.id, `x:${index}`))
      await storage.commit([inserted(...many)])
      const large = [3_000, 5_000, 70_000].map((length) =>
        resource(one.id, `x:${length}`, { description: 'ä'.repeat(length) }),
      )
      await storage.commit([inserted(...large)])
      const found = await storedOf()
      expect(found).toHaveLength(2_503)
      expect(new Set(found.map(({ id }) => id)).size).toBe(2_503)
      for (const { id, identifier, definitionText } of large) {
        expect(found.find((each) => each.id === id)).toMatchObject({ identifier, definitionText })
      }
      await storage.commit([
        { kind: 'removeFeatures', ids: large.map(({ id }) => id), at: 3 },
        { kind: 'forgetFeatures', ids: large.map(({ id }) => id) },
      ])
      await storage.commit([{ kind: 'removeFeatures', ids: many.map(({ id }) => id), at: 3 }])
      expect(await storage.features.count({ kind: 'RESOURCE' })).toBe(0)
      expect(await storage.features.count({ kind: 'RESOURCE', includeRemoved: true })).toBe(2_500)
    })
  })
}
