import type { ServerId, TenantId, ToolId } from '../../../base/ids.ts'
import type { SqlDialect } from '../dialect.ts'
import type { Statement } from '../statement.ts'

const isUnindexed = 'on conflict (tenant, server_id) do update set server_id = excluded.server_id'

/**
 * Marks servers whose tools the index does not have as they are now. The next search brings it up to date first
 * (tool-search.ts), as indexing costs a refresh more than all its other writes. The row is locked until the commit, so
 * that no search removes a mark whose tools it cannot see yet.
 */
export function unindexed(tenant: TenantId, serverIds: readonly ServerId[]): Statement {
  return {
    sql: `insert into unindexed_servers (tenant, server_id) values (?, ?) ${isUnindexed}`,
    rows: [...new Set(serverIds)].map((id) => [tenant, id]),
  }
}

export function unindexedOf(tenant: TenantId, toolIds: readonly ToolId[], { isOneOf }: SqlDialect): Statement {
  const ofTools = `select distinct tenant, server_id from tools where ${isOneOf}`
  return {
    sql: `insert into unindexed_servers (tenant, server_id) ${ofTools} ${isUnindexed}`,
    rows: [[tenant, JSON.stringify(toolIds)]],
  }
}

/** Marks a server if its words change. */
export function unindexedIfRenamed(tenant: TenantId, id: ServerId, words: string): Statement {
  const renamed = 'select tenant, id from servers where tenant = ? and id = ? and words <> ?'
  return {
    sql: `insert into unindexed_servers (tenant, server_id) ${renamed} ${isUnindexed}`,
    rows: [[tenant, id, words]],
  }
}
