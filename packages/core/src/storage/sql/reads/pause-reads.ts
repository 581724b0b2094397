import type { PauseReads } from '../../storage.ts'
import { fromPauseRow } from '../rows/pause-rows.ts'
import type { RunPauseRow } from '../schema.ts'
import type { TenantRows } from './tenant-rows.ts'

export function createPauseReads(rows: TenantRows): PauseReads {
  return {
    get: (runId) => rows.one('run_pauses', 'run_id = ?', [runId], fromPauseRow),
    async getMany(runIds) {
      const found = await rows.select<RunPauseRow>('*', 'run_pauses', rows.isIn('run_id'), [JSON.stringify(runIds)])
      return found.map(fromPauseRow)
    },
    async runsOfServer(serverId) {
      const found = await rows.select<Pick<RunPauseRow, 'run_id'>>('run_id', 'run_pauses', 'server_id = ?', [serverId])
      return found.map(({ run_id }) => run_id)
    },
    async count() {
      const [row] = await rows.select<{ count: number }>('count(*) as count', 'run_pauses', '1 = 1', [])
      return row?.count ?? 0
    },
  }
}
