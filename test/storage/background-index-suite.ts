import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import { defaultTenant, type ServerId } from '../../packages/core/src/base/ids.ts'
import { parseSearch } from '../../packages/core/src/search/tool-search.ts'
import type { Storage, StorageAdapter } from '../../packages/core/src/storage/storage.ts'
import { resource } from './feature-records.ts'
import { server, tool } from './records.ts'

/** A database, and the counts of tables in it, read beside the storage. */
export interface CountedDatabase {
  readonly adapter: StorageAdapter
  counts(tables: readonly string[]): Promise<readonly number[]>
}

const marks = ['tools_to_index', 'features_to_index', 'unindexed_servers', 'unindexed_features']
const fail = (error: unknown) => {
  throw error
}

async function add(storage: Storage, serverId: ServerId, from: number, count: number): Promise<void> {
  const places = Array.from({ length: count }, (_, place) => from + place)
  await storage.tenant(defaultTenant).commit([
    { kind: 'insertTools', tools: places.map((place) => tool(serverId, `read_${place}`)) },
    { kind: 'insertFeatures', features: places.map((place) => resource(serverId, `file:///notes/${place}`)) },
  ])
}

async function found(storage: Storage, text: string): Promise<readonly number[]> {
  const { tools, features } = storage.tenant(defaultTenant)
  const asked = { query: parseSearch(text), match: 'ALL' } as const
  return [
    await tools.searchCount({ ...asked, filter: {} }),
    await features.searchCount({ ...asked, filter: { kind: 'RESOURCE' } }),
  ]
}

/** What a SQL storage does for searches beside them. */
export function describeBackgroundIndex(name: string, open: () => Promise<CountedDatabase>): void {
  describe(`the index of ${name} in the background`, () => {
    const indexed = (database: CountedDatabase, count: number) =>
      vi.waitFor(
        async () => {
          expect(await database.counts(marks)).toEqual([0, 0, 0, 0])
          expect(await database.counts(['tool_index', 'feature_index'])).toEqual([count, count])
        },
        { timeout: 60_000, interval: 50 },
      )

    it('has what was committed before and after it began, without a search, and new names of servers', async () => {
      const database = await open()
      const storage = await database.adapter.open()
      const one = server({ name: 'Library' })
      await storage.tenant(defaultTenant).commit([{ kind: 'insertServer', server: one }])
      await add(storage, one.id, 0, 300)
      const stop = storage.indexInBackground(fail)
      await indexed(database, 300)
      await add(storage, one.id, 300, 10)
      await indexed(database, 310)
      const renamed = { ...one, name: 'Archive', revision: 2 }
      await storage.tenant(defaultTenant).commit([{ kind: 'updateServer', server: renamed, ifRevision: 1 }])
      await indexed(database, 310)
      await stop()
      expect(await found(storage, 'archive')).toEqual([310, 310])
      expect(await found(storage, 'library')).toEqual([0, 0])
      await storage.close()
    }, 120_000)

    it('leaves nothing undone that another storage began, and loses nothing to searches and commits meanwhile', async () => {
      const database = await open()
      const storages = [await database.adapter.open(), await database.adapter.open()] as const
      const servers = [server({ name: 'one' }), server({ name: 'two' }), server({ name: 'three' })]
      for (const each of servers) {
        await storages[0].tenant(defaultTenant).commit([{ kind: 'insertServer', server: each }])
        await add(storages[0], each.id, 0, 200)
      }
      const stops = storages.map((storage) => storage.indexInBackground(fail))
      for (const [place, each] of servers.entries()) {
        await add(storages[place % 2 === 0 ? 0 : 1], each.id, 200, 50)
        expect(await found(storages[place % 2 === 0 ? 1 : 0], 'read')).toEqual([600 + 50 * (place + 1), 0])
      }
      await stops[0]?.()
      await storages[0].close()
      await indexed(database, 750)
      expect(await found(storages[1], 'read')).toEqual([750, 0])
      expect(await found(storages[1], 'notes')).toEqual([0, 750])
      await stops[1]?.()
      await storages[1].close()
    }, 120_000)

    it('ends with its owner, and reports what fails', async () => {
      const database = await open()
      const storage = await database.adapter.open()
      const errors: unknown[] = []
      const stop = storage.indexInBackground((error) => errors.push(error))
      await stop()
      const lost = storage.indexInBackground((error) => errors.push(error))
      await storage.close()
      await vi.waitFor(() => expect(errors).toMatchObject([{ code: 'CLOSED' }]), { timeout: 30_000 })
      await lost()
    })
  })
}

/** Counts rows of a SQLite file, over a connection of its own. */
export function sqliteCounts(path: string): CountedDatabase['counts'] {
  return async (tables) => {
    const database = new BetterSqlite3(path, { readonly: true })
    try {
      return tables.map((table) => Number(database.prepare(`select count(*) from ${table}`).pluck().get()))
    } finally {
      database.close()
    }
  }
}
