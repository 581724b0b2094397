import type { JobId, ServerId, TenantId, ToolId } from '../../base/ids.ts'
import type { JobEvent } from '../../model/events.ts'
import type { RunRecord } from '../../model/job.ts'
import type { Quota } from '../../model/quota.ts'
import type { ServerState } from '../../model/server.ts'
import { definitionOf } from '../../model/tool.ts'
import { notWaiting, otherState, QuotaExceeded, staleRevision } from '../errors.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import type { SqlDialect } from './dialect.ts'
import {
  definitionColumns,
  quarantineColumns,
  runStateColumns,
  settingsColumns,
  toAuditRow,
  toRefreshRow,
  toRunRow,
  toServerRow,
  toToolRow,
} from './rows.ts'
import { insert, notFound, type SqlValue, type Statement } from './statement.ts'
import { systemStatements } from './system-writes.ts'

let upsertText: string | undefined

/** A tenant's rows of one table, by their id; they have the same members in the same order. */
function update(
  table: string,
  tenant: TenantId,
  rows: readonly { readonly id: string; readonly row: object }[],
  what: string,
): Statement {
  const columns = Object.keys(rows[0]?.row ?? {})
  return {
    sql: `update ${table} set ${columns.map((column) => `${column} = ?`).join(', ')} where tenant = ? and id = ?`,
    // Rows hold texts, numbers and null alone (schema.ts).
    rows: rows.map(({ id, row }) => [...(Object.values(row) as SqlValue[]), tenant, id]),
    unlessChanged: (row) => notFound(what, String(row.at(-1))),
  }
}

const isUnindexed = 'on conflict (tenant, server_id) do update set server_id = excluded.server_id'

/**
 * That the index has something else of tools of the server than is to be found by now. Whoever searches brings it up to
 * date first (tool-search.ts), as that costs a refresh more than all else that it writes. The row is locked until the
 * commit, so that it cannot be taken away for what is not yet seen.
 */
function unindexed(tenant: TenantId, serverIds: readonly ServerId[]): Statement {
  return {
    sql: `insert into unindexed_servers (tenant, server_id) values (?, ?) ${isUnindexed}`,
    rows: [...new Set(serverIds)].map((id) => [tenant, id]),
  }
}

function unindexedOf(tenant: TenantId, toolIds: readonly ToolId[], { items }: SqlDialect): Statement {
  const ofTools = `select distinct tenant, server_id from tools where tenant = ? and id in (select value from ${items})`
  return {
    sql: `insert into unindexed_servers (tenant, server_id) ${ofTools} ${isUnindexed}`,
    rows: [[tenant, JSON.stringify(toolIds)]],
  }
}

/** Where the words of a server are to be others. */
function unindexedIfRenamed(tenant: TenantId, id: ServerId, words: string): Statement {
  const renamed = 'select tenant, id from servers where tenant = ? and id = ? and words <> ?'
  return {
    sql: `insert into unindexed_servers (tenant, server_id) ${renamed} ${isUnindexed}`,
    rows: [[tenant, id, words]],
  }
}

function without<Row extends object, Key extends keyof Row>(row: Row, ...keys: readonly Key[]): Omit<Row, Key> {
  const rest = { ...row }
  for (const key of keys) delete rest[key]
  return rest
}

function stateColumns({ status, ...state }: ServerState) {
  return { status, state: JSON.stringify(state) }
}

/** The change of one server, where it has this state. */
function onlyFrom({ sql, rows }: Statement, from: ServerState): Statement {
  const { status, state } = stateColumns(from)
  return { sql: `${sql} and status = ? and state = ?`, rows: rows.map((values) => [...values, status, state]) }
}

/** The change of one server, where it is at this revision. */
function ifRevision({ sql, rows }: Statement, tenant: TenantId, id: ServerId, revision: number): readonly Statement[] {
  return [
    {
      sql: 'update servers set id = id where tenant = ? and id = ?',
      rows: [[tenant, id]],
      unlessChanged: () => notFound('server', id),
    },
    {
      sql: `${sql} and revision = ?`,
      rows: rows.map((values) => [...values, revision]),
      unlessChanged: () => staleRevision(id, revision),
    },
  ]
}

/** A run as it is, whether it was stored before or not. */
export function upsertRun(tenant: TenantId, run: RunRecord): Statement {
  const { sql, rows } = insert('runs', [toRunRow(tenant, run)])
  upsertText ??= `${sql} on conflict (id) do update set ${Object.keys(runStateColumns(run))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`
  return { sql: upsertText, rows }
}

/** How many events of a job stand in one row: as many as a reader takes at a time. */
export const eventsPerRow = 100

/** An event with when it happened. */
export interface LoggedAt {
  readonly at: number
  readonly event: JobEvent
}

/** Many rows of one log, numbered behind what is there; `isWhole`: there is nothing, and this is all of it. */
export function insertEvents(tenant: TenantId, jobId: JobId, events: readonly LoggedAt[], isWhole = false): Statement {
  const rows: SqlValue[][] = []
  for (let start = 0; start < events.length; start += eventsPerRow) {
    const some = events.slice(start, start + eventsPerRow)
    const at = some.at(-1)?.at ?? 0
    // Those of another time than the row's say so themselves.
    const packed = JSON.stringify(some.map((each) => (each.at === at ? each.event : { ...each.event, at: each.at })))
    const place = isWhole ? [start + some.length] : [jobId, some.length]
    rows.push([tenant, jobId, ...place, at, packed])
  }
  const seq = isWhole ? '?' : '(select coalesce(max(seq), 0) from job_events where job_id = ?) + ?'
  return { sql: `insert into job_events (tenant, job_id, seq, at, events) values (?, ?, ${seq}, ?, ?)`, rows }
}

/** The statements of a write, in order. */
export function statementsOf(write: TenantWrite | SystemWrite, dialect: SqlDialect): readonly Statement[] {
  return 'tenantId' in write ? tenantStatements(write, dialect) : systemStatements(write, dialect)
}

function tenantStatements(write: TenantWrite, dialect: SqlDialect): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'insertServer':
      return [insert('servers', [toServerRow(tenant, write.server)])]
    case 'updateServer': {
      const { id } = write.server
      const row = without(toServerRow(tenant, write.server), 'id', 'tenant', 'status', 'state', 'created_at')
      return [
        unindexedIfRenamed(tenant, id, row.words),
        ...ifRevision(update('servers', tenant, [{ id, row }], 'server'), tenant, id, write.ifRevision),
      ]
    }
    case 'setServerState': {
      const { serverId, state, ifState } = write
      const updated = update('servers', tenant, [{ id: serverId, row: stateColumns(state) }], 'server')
      if (ifState) return [{ ...onlyFrom(updated, ifState), unlessChanged: () => otherState(serverId) }]
      return write.ifRevision === undefined ? [updated] : ifRevision(updated, tenant, serverId, write.ifRevision)
    }
    case 'deleteServer':
      return [
        {
          sql: 'delete from servers where tenant = ? and id = ?',
          rows: [[tenant, write.serverId]],
          unlessChanged: () => notFound('server', write.serverId),
        },
        { sql: 'delete from unindexed_servers where tenant = ? and server_id = ?', rows: [[tenant, write.serverId]] },
      ]
    case 'insertTools':
      return [
        insert(
          'tools',
          write.tools.map((tool) => toToolRow(tenant, tool)),
        ),
        unindexed(
          tenant,
          write.tools.map(({ serverId }) => serverId),
        ),
      ]
    case 'redefineTools':
      return redefine(tenant, write, dialect)
    case 'removeTools': {
      const row = { updated_at: write.at, removed_at: write.at }
      const rows = write.toolIds.map((id) => ({ id, row }))
      return [update('tools', tenant, rows, 'tool')]
    }
    case 'forgetTools': {
      const isMeant = `id in (select value from ${dialect.items}) and removed_at is not null`
      const sql = `delete from tools where tenant = ? and ${isMeant}`
      return [{ sql, rows: [[tenant, JSON.stringify(write.toolIds)]] }]
    }
    case 'recountTools':
      return [recount(tenant, write.serverId)]
    case 'assertQuota':
      return assertQuota(tenant, write)
    case 'approveTool': {
      const { toolId, definition, definitionText, at } = write
      const row = { ...definitionColumns(definition, definitionText, null), updated_at: at }
      const { sql, rows } = update('tools', tenant, [{ id: toolId, row }], 'tool')
      const waits = '((approved = 0 and definition = ?) or pending_definition = ?)'
      return [
        {
          sql: `${sql} and ${waits}`,
          rows: rows.map((values) => [...values, definitionText, definitionText]),
          unlessChanged: () => notWaiting(toolId),
        },
        unindexedOf(tenant, [toolId], dialect),
      ]
    }
    case 'setTool': {
      const row = { ...settingsColumns(write.settings), updated_at: write.at }
      return [update('tools', tenant, [{ id: write.toolId, row }], 'tool')]
    }
    case 'insertRefresh': {
      const { serverId } = write.refresh
      const unchanged = { sql: 'update servers set id = id where tenant = ? and id = ?', rows: [[tenant, serverId]] }
      return [
        ...(write.ifRevision === undefined ? [] : ifRevision(unchanged, tenant, serverId, write.ifRevision)),
        insert('refreshes', [toRefreshRow(tenant, write.refresh)]),
      ]
    }
    case 'updateRefresh': {
      const { id } = write.refresh
      return [
        update(
          'refreshes',
          tenant,
          [{ id, row: without(toRefreshRow(tenant, write.refresh), 'id', 'tenant') }],
          'refresh',
        ),
      ]
    }
    case 'insertRun':
      return [insert('runs', [toRunRow(tenant, write.run)])]
    case 'updateRun':
      return [update('runs', tenant, [{ id: write.run.id, row: runStateColumns(write.run) }], 'run')]
    case 'deleteJobs': {
      const rows = write.ids.map((id) => [id, tenant])
      return ['job_events where job_id', 'runs where id', 'refreshes where id'].map((ofJob) => ({
        sql: `delete from ${ofJob} = ? and tenant = ?`,
        rows,
      }))
    }
    case 'appendJobEvents': {
      const events = write.events.map((event) => ({ at: write.at, event }))
      return [insertEvents(tenant, write.jobId, events)]
    }
    case 'requestCancel': {
      const { jobId, canceledBy, reason, at } = write.request
      const { sql, rows } = insert('cancel_requests', [{ job_id: jobId, tenant, reason, at, canceled_by: canceledBy }])
      return [{ sql: `${sql} on conflict (job_id) do nothing`, rows }]
    }
    case 'forgetCancel':
      return [{ sql: 'delete from cancel_requests where job_id = ? and tenant = ?', rows: [[write.jobId, tenant]] }]
    case 'appendAudit':
      return [insert('audit_events', [toAuditRow(tenant, write.event)])]
    case 'deleteAudit': {
      const rows = write.events.map(({ at, id }) => [tenant, at, id])
      return [{ sql: 'delete from audit_events where tenant = ? and at = ? and id = ?', rows }]
    }
    case 'appendServerEvents':
      return appendToFeed(tenant, write)
  }
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

/** With the feed's row locked first, which every such commit needs: what others commit meanwhile is counted. */
function assertQuota(
  tenant: TenantId,
  { quota, atMost }: Extract<TenantWrite, { kind: 'assertQuota' }>,
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

/** Where the definition in force stays, its columns are not written: nothing else is found of the tool either. */
function redefine(
  tenant: TenantId,
  { tools, at }: Extract<TenantWrite, { kind: 'redefineTools' }>,
  dialect: SqlDialect,
): readonly Statement[] {
  const back = { updated_at: at, removed_at: null }
  const redefined: { readonly id: ToolId; readonly row: object }[] = []
  const waiting: { readonly id: ToolId; readonly row: object }[] = []
  for (const { id, quarantine, definitionText, definition } of tools) {
    if (definitionText === undefined) {
      waiting.push({ id, row: { ...quarantineColumns(quarantine), ...back } })
      continue
    }
    const made = definitionOf({ definitionText, ...(definition ? { definition } : {}) })
    redefined.push({ id, row: { ...definitionColumns(made, definitionText, quarantine), ...back } })
  }
  const ids = redefined.map(({ id }) => id)
  return [
    ...(redefined.length > 0 ? [update('tools', tenant, redefined, 'tool'), unindexedOf(tenant, ids, dialect)] : []),
    ...(waiting.length > 0 ? [update('tools', tenant, waiting, 'tool')] : []),
  ]
}

/** The feed's row is locked first: numbers are given in the order in which the transactions commit. */
function appendToFeed(
  tenant: TenantId,
  { at, events, keep }: Extract<TenantWrite, { kind: 'appendServerEvents' }>,
): readonly Statement[] {
  const last = '(select last from feeds where tenant = ?)'
  return [
    {
      sql: 'insert into feeds (tenant, last) values (?, ?) on conflict (tenant) do update set last = feeds.last + excluded.last',
      rows: [[tenant, events.length]],
    },
    {
      sql: `insert into server_events (tenant, seq, at, server_id, event) values (?, ${last} - ?, ?, ?, ?)`,
      rows: events.map((event, index) => [
        tenant,
        tenant,
        events.length - 1 - index,
        at,
        event.serverId,
        JSON.stringify(event),
      ]),
    },
    { sql: `delete from server_events where tenant = ? and seq <= ${last} - ?`, rows: [[tenant, tenant, keep]] },
  ]
}
