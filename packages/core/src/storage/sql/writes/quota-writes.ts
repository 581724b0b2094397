import type { ServerId, TenantId } from '../../../base/ids.ts'
import type { Quota } from '../../../model/quota.ts'
import { QuotaExceeded } from '../../errors.ts'
import type { QuotaWrite, TenantWrite } from '../../write.ts'
import type { Statement } from '../statement.ts'

export function quotaStatements(write: TenantWrite<QuotaWrite>): readonly Statement[] {
  const { tenantId: tenant } = write
  return write.kind === 'recountTools' ? [recount(tenant, write.serverId)] : assertQuota(tenant, write)
}

const ofServer = 'from tools where tenant = ? and server_id = ?'

function recount(tenant: TenantId, serverId: ServerId): Statement {
  const bytes = 'octet_length(definition) + coalesce(octet_length(pending_definition), 0)'
  return {
    sql: `update servers set tool_count = (select count(*) ${ofServer}),
      tool_bytes = (select coalesce(sum(${bytes}), 0) ${ofServer}) where tenant = ? and id = ?`,
    rows: [[tenant, serverId, tenant, serverId, tenant, serverId]],
  }
}

const used: Readonly<Record<Quota, string>> = {
  serversPerTenant: 'count(*)',
  toolsPerTenant: 'coalesce(sum(tool_count), 0)',
  toolBytesPerTenant: 'coalesce(sum(tool_bytes), 0)',
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
