import { otherPause } from '../../errors.ts'
import type { PauseWrite, TenantWrite } from '../../write.ts'
import { toJson } from '../json-column.ts'
import { toPauseRow } from '../rows/pause-rows.ts'
import { insert, type Statement } from '../statement.ts'

export function pauseStatements(write: TenantWrite<PauseWrite>): readonly Statement[] {
  const { tenantId: tenant } = write
  if (write.kind === 'insertPause') return [insert('run_pauses', [toPauseRow(tenant, write.pause)])]
  return [
    {
      sql: 'delete from run_pauses where tenant = ? and run_id = ? and version = ?',
      rows: [[tenant, write.runId, write.version]],
      unlessChanged: () => otherPause(write.runId),
    },
    ...(write.args
      ? [
          {
            sql: 'update runs set args = ? where tenant = ? and id = ?',
            rows: [[toJson(write.args), tenant, write.runId]],
          },
        ]
      : []),
  ]
}
