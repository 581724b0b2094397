import { randomUUID } from 'node:crypto'
import type { ServerId, TenantId } from '../../../base/ids.ts'
import type { SqlDialect } from '../dialect.ts'
import type { EntryTable } from '../schema.ts'
import type { Statement } from '../statement.ts'

/**
 * The marks of servers whose entries an index lacks. The index is brought up to date after the commit, as indexing costs a
 * refresh more than all its other writes. A commit marks the server first, which locks the mark until its end: the work
 * that removes a mark sees all entries that it stands for.
 */
export const marksOf = { tools: 'tools_to_index', features: 'features_to_index' } as const satisfies Record<
  EntryTable,
  string
>

/** The marks of servers of which an index has earlier words: after a new name, or a commit of an earlier version. */
export const staleMarksOf = { tools: 'unindexed_servers', features: 'unindexed_features' } as const satisfies Record<
  EntryTable,
  string
>

const lockMark = 'on conflict (tenant, server_id) do update set server_id = excluded.server_id'

/** Marks the servers of new entries. */
export function markServers(table: EntryTable, tenant: TenantId, serverIds: readonly ServerId[]): Statement {
  return {
    sql: `insert into ${marksOf[table]} (tenant, server_id) values (?, ?) ${lockMark}`,
    rows: [...new Set(serverIds)].map((id) => [tenant, id]),
  }
}

/**
 * Marks the servers of entries, and removes from the index those whose words are others now. Goes before the update of the
 * entries, `words` by their ids.
 */
export function unindexChanged(
  table: EntryTable,
  tenant: TenantId,
  words: ReadonlyMap<string, string>,
  { isOneOf, indexing }: SqlDialect,
): readonly Statement[] {
  const ofEntries = `select distinct tenant, server_id from ${table} where ${isOneOf}`
  const mark = {
    sql: `insert into ${marksOf[table]} (tenant, server_id) ${ofEntries} ${lockMark}`,
    rows: [[tenant, JSON.stringify([...words.keys()])]],
  }
  const removed = JSON.stringify(Object.fromEntries(words))
  return [mark, ...indexing[table].removeChanged.map((sql) => ({ sql, rows: [[removed]] }))]
}

/** Marks a server if its words change, which its entries are found by too. Goes before the update of the server. */
export function markIfRenamed(tenant: TenantId, id: ServerId, words: string): readonly Statement[] {
  const renamed = 'from servers where tenant = ? and id = ? and words <> ?'
  return [
    {
      sql: `insert into unindexed_servers (tenant, server_id) select tenant, id ${renamed} ${lockMark}`,
      rows: [[tenant, id, words]],
    },
    {
      sql: `insert into unindexed_features (tenant, server_id, version) select tenant, id, ? ${renamed}
        on conflict (tenant, server_id) do update set version = excluded.version`,
      rows: [[randomUUID(), tenant, id, words]],
    },
  ]
}

/** Mark all servers that have entries. */
export const markAllStatements: readonly string[] = (['tools', 'features'] as const).map(
  (table) => `insert into ${marksOf[table]} (tenant, server_id) select distinct tenant, server_id from ${table}`,
)

/** Removes the marks of a server that is deleted. */
export function removeMarks(tenant: TenantId, id: ServerId): readonly Statement[] {
  return [...Object.values(marksOf), ...Object.values(staleMarksOf)].map((table) => ({
    sql: `delete from ${table} where tenant = ? and server_id = ?`,
    rows: [[tenant, id]],
  }))
}
