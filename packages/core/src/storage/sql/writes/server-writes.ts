import type { TenantId } from '../../../base/ids.ts'
import type { ServerState } from '../../../model/server.ts'
import { otherState } from '../../errors.ts'
import type { ServerWrite, TenantWrite } from '../../write.ts'
import { markIfRenamed, removeMarks } from '../indexing/index-marks.ts'
import { stateColumns, toServerRow } from '../rows/server-rows.ts'
import { insert, notFound, type Statement } from '../statement.ts'
import { ifRevision, update, without } from './update.ts'

/** Changes one server only if it is in this state. */
function ifState({ sql, rows }: Statement, expected: ServerState): Statement {
  const { status, state } = stateColumns(expected)
  return { sql: `${sql} and status = ? and state = ?`, rows: rows.map((values) => [...values, status, state]) }
}

function setServerState(
  tenant: TenantId,
  write: Extract<ServerWrite, { readonly kind: 'setServerState' }>,
): readonly Statement[] {
  const { serverId, state } = write
  const updated = update('servers', tenant, [{ id: serverId, row: stateColumns(state) }], 'server')
  if (write.ifState) return [{ ...ifState(updated, write.ifState), unlessChanged: () => otherState(serverId) }]
  return write.ifRevision === undefined ? [updated] : ifRevision(updated, tenant, serverId, write.ifRevision)
}

export function serverStatements(write: TenantWrite<ServerWrite>): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'insertServer':
      return [insert('servers', [toServerRow(tenant, write.server)])]
    case 'updateServer': {
      const { id } = write.server
      const row = without(toServerRow(tenant, write.server), 'id', 'tenant', 'status', 'state', 'created_at')
      return [
        ...markIfRenamed(tenant, id, row.words),
        ...ifRevision(update('servers', tenant, [{ id, row }], 'server'), tenant, id, write.ifRevision),
      ]
    }
    case 'setServerState':
      return setServerState(tenant, write)
    case 'deleteServer':
      return [
        {
          sql: 'delete from servers where tenant = ? and id = ?',
          rows: [[tenant, write.serverId]],
          unlessChanged: () => notFound('server', write.serverId),
        },
        ...removeMarks(tenant, write.serverId),
      ]
  }
}
