import type { RunId } from '../../../base/ids.ts'
import type { RefreshReads, RunReads } from '../../storage.ts'
import { fromRefreshRow, fromRunRow } from '../rows/job-rows.ts'
import type { RunWriteAheadLog } from '../run-write-ahead-log.ts'
import type { RefreshRow } from '../schema.ts'
import { createFlushed } from './flushed.ts'
import { groupRows, recordsOf, type TenantRows } from './tenant-rows.ts'

export function createRefreshReads(rows: TenantRows): RefreshReads {
  const { connection, pages, tenantId } = rows
  return {
    get: (id) => rows.one('refreshes', 'id = ?', [id], fromRefreshRow),
    getMany: (ids) => rows.many('refreshes', ids, fromRefreshRow),
    async latestByServer(ids) {
      // Ids sort by time, so the index on (tenant, server_id, id) has the newest at its end.
      const sql = `select refreshes.* from ${connection.dialect.items} as wanted join refreshes
        on refreshes.id = (select max(id) from refreshes where tenant = ? and server_id = wanted.value)`
      const found = await connection.all<RefreshRow>(sql, [JSON.stringify(ids), tenantId])
      return new Map(found.map(fromRefreshRow).map((refresh) => [refresh.serverId, refresh]))
    },
    async pageByServer(ids, query) {
      const [only] = ids
      if (only === undefined || ids.length > 1) {
        return groupRows(await pages.refreshesByServer(ids, query), fromRefreshRow, (refresh) => refresh.serverId)
      }
      const page = await recordsOf(await pages.refreshesOf(only, query), 'refreshes', fromRefreshRow)
      return new Map(page.length === 0 ? [] : [[only, page]])
    },
    countByServer: (ids) => pages.refreshCounts(ids),
    async beyondBytes(serverId, bytes) {
      const events = '(select sum(octet_length(events)) from job_events where job_id = refreshes.id)'
      const sizes = `select id, status, row_number() over newest_first as place,
          sum(octet_length(outcome) + coalesce(${events}, 0)) over newest_first as taken
        from refreshes where tenant = ? and server_id = ? window newest_first as (order by id desc rows unbounded preceding)`
      const sql = `select id from (${sizes}) as sized
        where place > 1 and taken > ? and status not in ('QUEUED', 'RUNNING')`
      const found = await connection.all<Pick<RefreshRow, 'id'>>(sql, [tenantId, serverId, bytes])
      return found.map(({ id }) => id)
    },
  }
}

export function createRunReads(rows: TenantRows, writeAheadLog: RunWriteAheadLog): RunReads {
  const { pages } = rows
  const flushed = createFlushed(writeAheadLog)
  return {
    get: flushed(
      (id: RunId) => rows.one('runs', 'id = ?', [id], fromRunRow),
      (id) => [id],
    ),
    getMany: flushed(
      (ids: readonly RunId[]) => rows.many('runs', ids, fromRunRow, true),
      (ids) => ids,
    ),
    getByIdempotencyKey: flushed((key) => rows.one('runs', 'idempotency_key = ?', [key], fromRunRow)),
    page: flushed(async (query) => recordsOf(await pages.runs(query), 'runs', fromRunRow)),
    count: flushed((filter) => pages.runCount(filter)),
    pageByServer: flushed(async (ids, query) =>
      groupRows(await pages.runsBy('server_id', ids, query), fromRunRow, (run) => run.serverId),
    ),
    countByServer: flushed((ids, filter) => pages.runCounts('server_id', ids, filter)),
    pageByTool: flushed(async (ids, query) =>
      groupRows(await pages.runsBy('tool_id', ids, query), fromRunRow, (run) => run.toolId),
    ),
    countByTool: flushed((ids, filter) => pages.runCounts('tool_id', ids, filter)),
  }
}
