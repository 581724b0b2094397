import type { ServerId, TenantId } from '../../../base/ids.ts'
import { featureKinds } from '../../../model/feature.ts'
import type { Quota } from '../../../model/quota.ts'
import { QuotaExceeded } from '../../errors.ts'
import type { QuotaWrite, TenantWrite } from '../../write.ts'
import type { Statement } from '../statement.ts'

export function quotaStatements(write: TenantWrite<QuotaWrite>): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'recountTools':
      return [recount(tenant, write.serverId, tools)]
    case 'recountFeatures':
      return [recount(tenant, write.serverId, features)]
    case 'assertQuota':
      return assertQuota(tenant, write)
  }
}

interface Counted {
  readonly table: string
  readonly count: string
  readonly bytes: string
  /** The bytes of one row. */
  readonly size: string
  /** Excludes nothing. */
  readonly always: string
}

const tools: Counted = {
  table: 'tools',
  count: 'tool_count',
  bytes: 'tool_bytes',
  size: 'octet_length(definition) + coalesce(octet_length(pending_definition), 0)',
  always: "name >= ''",
}

const features: Counted = {
  table: 'features',
  count: 'feature_count',
  bytes: 'feature_bytes',
  size: 'octet_length(definition)',
  // By names, as rows lie much in their order: by hashes, a row is somewhere else each time.
  always: `kind in (${featureKinds.map((kind) => `'${kind}'`).join(', ')}) and name >= ''`,
}

function recount(tenant: TenantId, serverId: ServerId, { table, count, bytes, size, always }: Counted): Statement {
  const ofServer = `from ${table} where tenant = ? and server_id = ? and ${always}`
  return {
    sql: `update servers set ${count} = (select count(*) ${ofServer}),
      ${bytes} = (select coalesce(sum(${size}), 0) ${ofServer}) where tenant = ? and id = ?`,
    rows: [[tenant, serverId, tenant, serverId, tenant, serverId]],
  }
}

const used: Readonly<Record<Quota, string>> = {
  serversPerTenant: 'count(*)',
  toolsPerTenant: 'coalesce(sum(tool_count), 0)',
  toolBytesPerTenant: 'coalesce(sum(tool_bytes), 0)',
  featuresPerTenant: 'coalesce(sum(feature_count), 0)',
  featureBytesPerTenant: 'coalesce(sum(feature_bytes), 0)',
}

/** Locks the row of the feed first, which every such commit needs, so that rows of concurrent commits are counted. */
function assertQuota(
  tenant: TenantId,
  { quota, atMost }: Extract<QuotaWrite, { readonly kind: 'assertQuota' }>,
): readonly Statement[] {
  return [
    {
      sql: 'insert into feeds (tenant, last) values (?, 0) on conflict (tenant) do update set last = feeds.last',
      rows: [[tenant]],
    },
    {
      sql: `update feeds set last = last where tenant = ? and (select ${used[quota]} from servers where tenant = ?) <= ?`,
      rows: [[tenant, tenant, atMost]],
      unlessChanged: () => new QuotaExceeded(quota, atMost),
    },
  ]
}
