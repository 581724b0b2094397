import { randomUUID } from 'node:crypto'
import type { ServerId, TenantId } from '../../../base/ids.ts'
import type { FeatureId } from '../../../model/feature.ts'
import type { SqlDialect } from '../dialect.ts'
import type { Statement } from '../statement.ts'

// A new version each time: an index that was read before this commit leaves the mark in place.
const anew = 'on conflict (tenant, server_id) do update set version = excluded.version'

/**
 * Marks servers whose resources, templates and prompts the index does not have as they are now. The next search brings it up
 * to date first (index-features.ts): few refreshes are followed by a search.
 */
export function unindexedFeatures(tenant: TenantId, serverIds: readonly ServerId[]): Statement {
  return {
    sql: `insert into unindexed_features (tenant, server_id, version) values (?, ?, ?) ${anew}`,
    rows: [...new Set(serverIds)].map((id) => [tenant, id, randomUUID()]),
  }
}

export function unindexedFeaturesOf(tenant: TenantId, ids: readonly FeatureId[], { isOneOf }: SqlDialect): Statement {
  const ofFeatures = `select distinct tenant, server_id, ? from features where ${isOneOf}`
  return {
    sql: `insert into unindexed_features (tenant, server_id, version) ${ofFeatures} ${anew}`,
    rows: [[randomUUID(), tenant, JSON.stringify(ids)]],
  }
}

/** Marks a server if its words change. */
export function unindexedFeaturesIfRenamed(tenant: TenantId, id: ServerId, words: string): Statement {
  const renamed = 'select tenant, id, ? from servers where tenant = ? and id = ? and words <> ?'
  return {
    sql: `insert into unindexed_features (tenant, server_id, version) ${renamed} ${anew}`,
    rows: [[randomUUID(), tenant, id, words]],
  }
}
