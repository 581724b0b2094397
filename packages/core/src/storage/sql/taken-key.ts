import { RegistryError } from '../../base/errors.ts'
import type { RefreshId, RunId, ServerId, TenantId } from '../../base/ids.ts'
import { refreshTaken } from '../errors.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import type { SqlConnection } from './connection.ts'

/** The id of the row that has a key. The caller names a table with ids of this kind. */
async function holderOf<Id extends string>(
  { all }: SqlConnection,
  table: string,
  column: string,
  tenant: TenantId,
  key: string,
): Promise<Id | undefined> {
  const [row] = await all<{ id: Id }>(`select id from ${table} where tenant = ? and ${column} = ?`, [tenant, key])
  return row?.id
}

/** The error of a write whose name or key is taken. It names the holder, which the driver does not. */
export async function takenKeyError(
  connection: SqlConnection,
  write: TenantWrite | SystemWrite | undefined,
): Promise<Error> {
  switch (write?.kind) {
    case 'insertServer':
    case 'updateServer': {
      const { name } = write.server
      const serverId = await holderOf<ServerId>(connection, 'servers', 'name', write.tenantId, name)
      const message = `The name "${name}" is taken by the server ${serverId ?? '(deleted meanwhile)'}`
      return new RegistryError('NAME_TAKEN', message, { path: ['name'], details: serverId ? { serverId } : {} })
    }
    case 'insertRun':
    case 'updateRun': {
      const key = write.run.idempotencyKey ?? ''
      const jobId = await holderOf<RunId>(connection, 'runs', 'idempotency_key', write.tenantId, key)
      const message = `The idempotency key belongs to the run ${jobId ?? '(pruned meanwhile)'}`
      return new RegistryError('IDEMPOTENCY_CONFLICT', message, {
        path: ['idempotencyKey'],
        details: jobId ? { jobId } : {},
      })
    }
    case 'insertRefresh': {
      const { serverId } = write.refresh
      const unfinished = "status in ('QUEUED', 'RUNNING') and server_id"
      return refreshTaken(
        serverId,
        await holderOf<RefreshId>(connection, 'refreshes', unfinished, write.tenantId, serverId),
      )
    }
    default:
      return new RegistryError('INTERNAL', `A key was taken twice by the write ${write?.kind}`)
  }
}
