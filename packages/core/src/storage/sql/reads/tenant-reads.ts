import type { TenantId } from '../../../base/ids.ts'
import type { AuditReads, ServerReads, TenantReads, ToolReads } from '../../storage.ts'
import type { SqlConnection } from '../connection.ts'
import type { SearchIndex } from '../indexing/search-index.ts'
import { fromAuditRow } from '../rows/audit-rows.ts'
import { fromServerRow } from '../rows/server-rows.ts'
import { fromToolRow } from '../rows/tool-rows.ts'
import type { RunWriteAheadLog } from '../run-write-ahead-log.ts'
import type { ServerRow, ToolRow } from '../schema.ts'
import { definitionPages } from './definition-pages.ts'
import { createFeatureReads } from './feature-reads.ts'
import { createRefreshReads, createRunReads } from './job-reads.ts'
import { createLogReads } from './log-reads.ts'
import { createOAuthReads } from './oauth-reads.ts'
import type { PagesDeps } from './pages.ts'
import { createPauseReads } from './pause-reads.ts'
import { groupRows, recordsOf, TenantRows } from './tenant-rows.ts'
import { createToolSearch } from './tool-search.ts'

export interface TenantReadDeps extends PagesDeps {
  readonly connection: SqlConnection
  readonly writeAheadLog: RunWriteAheadLog
  readonly searchIndex: SearchIndex
  readonly definitionOf: Parameters<typeof fromToolRow>[1]
}

function createServerReads(rows: TenantRows): ServerReads {
  const { pages } = rows
  return {
    get: (id) => rows.one('servers', 'id = ?', [id], fromServerRow),
    getByName: (name) => rows.one('servers', 'name = ?', [name], fromServerRow),
    getMany: (ids) => rows.many('servers', ids, fromServerRow),
    async namesOf(ids) {
      const found = await rows.select<ServerRow>('id, name', 'servers', rows.isIn('id'), [JSON.stringify(ids)])
      return new Map(found.map(({ id, name }) => [id, name]))
    },
    page: async (query) => recordsOf(await pages.servers(query), 'servers', fromServerRow),
    count: (filter) => pages.serverCount(filter),
  }
}

function createToolReads(rows: TenantRows, { definitionOf, searchIndex }: TenantReadDeps): ToolReads {
  const { connection, pages, tenantId } = rows
  const toTool = (row: ToolRow) => fromToolRow(row, definitionOf)
  return {
    get: (id) => rows.one('tools', 'id = ?', [id], toTool),
    getByName: (serverId, name) =>
      rows.one('tools', 'server_id = ? and name = ? and removed_at is null', [serverId, name], toTool),
    getMany: (ids, { isBounded } = { isBounded: false }) => rows.many('tools', ids, toTool, isBounded),
    definitionsOf: (serverId) => definitionPages(connection, tenantId, serverId),
    page: async (query) => recordsOf(await pages.tools(query), 'tools', toTool),
    count: (filter) => pages.toolCount(filter),
    pageByServer: async (ids, query) =>
      groupRows(await pages.toolsByServer(ids, query), toTool, (tool) => tool.serverId),
    countByServer: (ids, filter) => pages.toolCounts(ids, filter),
    ...createToolSearch(rows, searchIndex, (ids) => rows.many('tools', ids, toTool, true)),
  }
}

function createAuditReads({ pages }: TenantRows): AuditReads {
  return {
    page: async (query) => (await pages.audit(query)).map(fromAuditRow),
    count: (filter) => pages.auditCount(filter),
  }
}

export function createTenantReads(deps: TenantReadDeps, tenantId: TenantId): TenantReads {
  const rows = new TenantRows(deps, tenantId)
  return {
    servers: createServerReads(rows),
    tools: createToolReads(rows, deps),
    features: createFeatureReads(rows, deps.searchIndex),
    refreshes: createRefreshReads(rows),
    runs: createRunReads(rows, deps.writeAheadLog),
    pauses: createPauseReads(rows),
    log: createLogReads(rows, deps.writeAheadLog),
    audit: createAuditReads(rows),
    oauth: createOAuthReads(rows),
  }
}
