import { RegistryError } from '../../../base/errors.ts'
import type { ServerId } from '../../../base/ids.ts'
import { entryPortions } from '../entry-portions.ts'
import type { TenantRows } from './tenant-rows.ts'

const serversAtOnce = 100
const ofServer = 'tools.tenant = ? and tools.server_id = ?'

/** Removes the mark of a server before its tools are read, so that no change between the two is missed. */
async function indexServer({ connection, tenantId }: TenantRows, serverId: ServerId): Promise<void> {
  const { transact, transactInPortions, dialect } = connection
  const rows = [[tenantId, serverId]]
  const unmark = { sql: 'delete from unindexed_servers where tenant = ? and server_id = ?', rows }
  // Indexed tools are replaced: no key can be taken.
  const taken = async () => new RegistryError('INTERNAL', `A tool of ${serverId} is indexed twice`)
  const portions = await entryPortions(connection, 'tools', tenantId, serverId)
  if (!portions) {
    await transact([unmark, { sql: dialect.indexTools(ofServer), rows }], undefined, taken)
    return
  }
  const { condition, rows: each, added } = portions
  const sql = dialect.indexTools(condition)
  const rest = { sql: dialect.indexTools(added.condition), rows: [added.row] }
  await transactInPortions([[unmark], ...each.map((row) => [{ sql, rows: [row] }]), [rest]], undefined, taken)
}

/** Brings the index up to date with all commits. Concurrent calls repeat some work, and miss nothing. */
export async function indexChangedTools(rows: TenantRows): Promise<void> {
  const unindexed = 'select server_id from unindexed_servers where tenant = ? limit ?'
  for (;;) {
    const servers = await rows.connection.all<{ server_id: ServerId }>(unindexed, [rows.tenantId, serversAtOnce])
    for (const { server_id } of servers) await indexServer(rows, server_id)
    if (servers.length < serversAtOnce) return
  }
}
