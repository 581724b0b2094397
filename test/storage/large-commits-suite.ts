import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNodeId, defaultTenant, type ServerId } from '../../packages/core/src/base/ids.ts'
import { definitionOf, type NewTool, type ToolRecord } from '../../packages/core/src/model/tool.ts'
import { parseSearch } from '../../packages/core/src/search/tool-search.ts'
import type {
  Storage,
  StorageAdapter,
  StoredDefinition,
  TenantStorage,
} from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { resource } from './feature-records.ts'
import { refresh, server, tool } from './records.ts'

const count = 2_500

/** As a refresh has the tools of a long list: with the texts of their definitions alone. */
function asText({ definition: _, ...rest }: ToolRecord): NewTool {
  return rest
}

async function definitionsOf(storage: TenantStorage, serverId: ServerId): Promise<readonly StoredDefinition[]> {
  const all: StoredDefinition[] = []
  for await (const page of storage.tools.definitionsOf(serverId)) all.push(...page)
  return all
}

const described = (one: ToolRecord, description: string) => {
  const definition = { ...one.definition, description }
  return { definition, definitionText: JSON.stringify(definition) }
}

/** What every storage must do with commits of thousands of tools, which it makes in portions. */
export function describeLargeCommits(name: string, makeAdapter: () => StorageAdapter): void {
  describe(`a commit of ${count} tools to ${name}`, () => {
    let opened: Storage
    let storage: TenantStorage
    const one = server({ name: 'a' })
    const tools = Array.from({ length: count }, (_, n) => tool(one.id, `tool_${n}`))
    const insertTools: Write = { kind: 'insertTools', tools: tools.map(asText) }
    beforeEach(async () => {
      opened = await makeAdapter().open()
      storage = opened.tenant(defaultTenant)
      await storage.commit([{ kind: 'insertServer', server: one }])
    })
    afterEach(() => opened.close())

    it('stores what a commit of fewer would, with its events in order', async () => {
      const job = refresh(one.id)
      const events = tools.map(({ id, definition }) => {
        return { type: 'RefreshToolChanged', change: 'ADDED', toolId: id, name: definition.name } as const
      })
      const before = storage.catalogVersion()
      await storage.commit([
        { kind: 'insertRefresh', refresh: job },
        insertTools,
        { kind: 'appendJobEvents', jobId: job.id, at: 1, events },
      ])
      expect(storage.catalogVersion()).not.toBe(before)
      expect(await storage.tools.getMany(tools.map(({ id }) => id))).toHaveLength(count)
      const last = tools.at(-1)
      expect(last && (await storage.tools.get(last.id))).toEqual(last)
      const logged = await storage.log.jobEvents(job.id, 0, count + 1)
      expect(logged.map(({ event }) => event)).toEqual(events)
      expect(logged.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    })

    it('changes, removes and brings back as many, and leaves their settings', async () => {
      const [first, ...others] = tools
      if (!first) throw new Error('There are some')
      await storage.commit([insertTools])
      await storage.commit([
        { kind: 'setTool', toolId: first.id, settings: { ...first.settings, enabled: false }, at: 2 },
        { kind: 'removeTools', toolIds: tools.map(({ id }) => id), at: 2 },
      ])
      expect(await storage.tools.count({})).toBe(0)
      const changed = described(first, 'new')
      const redefined = [{ id: first.id, ...changed, quarantine: null }]
      // Their definitions stay.
      const waiting = others.map((each) => {
        const quarantine = { kind: 'CHANGED', definitionText: described(each, 'new').definitionText } as const
        return { id: each.id, quarantine }
      })
      await storage.commit([{ kind: 'redefineTools', tools: [...redefined, ...waiting], at: 3 }])
      expect(await storage.tools.get(first.id)).toEqual({
        ...first,
        ...changed,
        settings: { ...first.settings, enabled: false },
        updatedAt: 3,
      })
      const [second] = others
      expect(second && (await storage.tools.get(second.id))).toEqual({ ...second, ...waiting[0], updatedAt: 3 })
      expect(await storage.tools.count({})).toBe(count)
    })

    it.each<[string, Write, string]>([
      ['a tool that is not there', { kind: 'removeTools', toolIds: [tool(one.id, 'none').id], at: 1 }, 'NOT_FOUND'],
      ['a server that is gone', { kind: 'insertTools', tools: [tool(server().id, 'none')] }, 'NOT_FOUND'],
      ['a name that is taken', { kind: 'insertServer', server: server({ name: 'a' }) }, 'NAME_TAKEN'],
    ])('fails for %s at its end, with everything as it was', async (_, last, code) => {
      // PostgreSQL tells it once the commit before is known to this node.
      await expect.poll(() => storage.catalogVersion()).toBeDefined()
      const before = storage.catalogVersion()
      await expect(storage.commit([insertTools, last])).rejects.toMatchObject({ code })
      expect(await storage.tools.count({ includeRemoved: true })).toBe(0)
      expect(storage.catalogVersion()).toBe(before)
      await storage.commit([insertTools])
      expect(await storage.tools.count({})).toBe(count)
    })

    it('lets other commits and reads go on, and is seen whole or not at all', async () => {
      let isOver = false
      const large = storage.commit([insertTools]).finally(() => {
        isOver = true
      })
      const seen = new Set<number>()
      const others: Promise<void>[] = []
      while (!isOver) {
        others.push(storage.commit([{ kind: 'insertServer', server: server() }]))
        seen.add(await storage.tools.count({}))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all([large, ...others])
      expect([...seen].filter((each) => each !== 0 && each !== count)).toEqual([])
      expect(await storage.tools.count({})).toBe(count)
      expect(await storage.servers.count({})).toBe(1 + others.length)
    })

    it('goes on beside another one as large', async () => {
      const other = server()
      await storage.commit([{ kind: 'insertServer', server: other }])
      await Promise.all([
        storage.commit([insertTools]),
        storage.commit([{ kind: 'insertTools', tools: tools.map((_, n) => tool(other.id, `tool_${n}`)) }]),
      ])
      expect(await storage.tools.count({})).toBe(2 * count)
    })

    it('is done before the storage is closed', async () => {
      const large = storage.commit([insertTools])
      await opened.close()
      await large
      opened = await makeAdapter().open()
    })

    it('is found by a search, and leaves it with its server', async () => {
      await storage.commit([insertTools])
      const search = { query: parseSearch('tool'), match: 'ALL', filter: {} } as const
      expect(await storage.tools.searchCount(search)).toBe(count)
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect(await storage.servers.count({})).toBe(0)
      expect(await storage.tools.count({ includeRemoved: true })).toBe(0)
      expect(await storage.tools.searchCount(search)).toBe(0)
      await expect(storage.commit([{ kind: 'deleteServer', serverId: one.id }])).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
    })

    it('is found and deleted by itself, however the tools of another server lie between', async () => {
      const other = server({ name: 'other' })
      await storage.commit([{ kind: 'insertServer', server: other }])
      const half = count / 2
      for (const some of [tools.slice(0, half), tools.slice(half)]) {
        const others = some.map(({ definition }) => tool(other.id, definition.name))
        await storage.commit([{ kind: 'insertTools', tools: some.map(asText) }])
        await storage.commit([{ kind: 'insertTools', tools: others }])
      }
      const search = { query: parseSearch('tool'), match: 'ALL' } as const
      expect(await storage.tools.searchCount({ ...search, filter: {} })).toBe(2 * count)
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect(await storage.tools.searchCount({ ...search, filter: {} })).toBe(count)
      expect(await storage.tools.count({ serverId: [other.id] })).toBe(count)
    })

    it('is like one of as many resources: found by a search, and deleted with its server', async () => {
      const other = server({ name: 'other' })
      await storage.commit([{ kind: 'insertServer', server: other }])
      const resources = Array.from({ length: count }, (_, n) => {
        // Two of them are long: a portion is cut by its bytes, too.
        const description = n % (count / 2) === 7 ? 'x '.repeat(300_000) : `number ${n}`
        return resource(one.id, `file:///report_${n}`, { description })
      })
      await storage.commit([{ kind: 'insertFeatures', features: resources }])
      await storage.commit([{ kind: 'insertFeatures', features: [resource(other.id, 'file:///report_7')] }])
      const search = { query: parseSearch('report'), match: 'ALL', filter: { kind: 'RESOURCE' } } as const
      expect(await storage.features.searchCount(search)).toBe(count + 1)
      const found = await storage.features.search({ ...search, query: parseSearch('number 1234') }, 10)
      expect(found.map(({ feature }) => feature)).toEqual([resources[1_234]])
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect(await storage.features.count({ kind: 'RESOURCE', includeRemoved: true })).toBe(1)
      expect(await storage.features.searchCount(search)).toBe(1)
    })

    it('is read again for a refresh, definitions of any length among them', async () => {
      const long = [3_000, 9_000, 900_000, 900_000].map((length, n) => {
        const each = tool(one.id, `tool_${n}_long`)
        return { ...each, ...described(each, 'x'.repeat(length)) }
      })
      const [first] = long
      const quarantine = { kind: 'CHANGED', definitionText: `"${'y'.repeat(9_000)}"` } as const
      const waiting = { ...tool(one.id, 'waiting'), quarantine }
      await storage.commit([insertTools, { kind: 'insertTools', tools: [...long, waiting] }])
      const stored = new Map((await definitionsOf(storage, one.id)).map((each) => [each.id, each]))
      expect(stored.size).toBe(count + 5)
      for (const { id, definition, definitionText } of [...tools, ...long]) {
        expect(stored.get(id)).toEqual({ id, name: definition.name, removedAt: null, definitionText, quarantine: null })
      }
      expect(stored.get(waiting.id)?.quarantine).toEqual(quarantine)
      expect(first && definitionOf(first)).toEqual(first?.definition)
    })

    it('is refused to a node whose lease is lost', async () => {
      if (opened.ownership !== 'LEASE') return
      await expect(storage.commit([insertTools], createNodeId())).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect(await storage.tools.count({})).toBe(0)
    })
  })
}
