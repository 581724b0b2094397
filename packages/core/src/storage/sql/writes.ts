import { RegistryError } from '../../errors.ts'
import type { JobEvent } from '../../events/events.ts'
import type { JobId } from '../../ids.ts'
import type { RunRecord } from '../../jobs/job.ts'
import type { ChildKey } from '../../sessions/stdio/child-record.ts'
import type { Write } from '../storage.ts'
import {
  definitionColumns,
  runStateColumns,
  settingsColumns,
  toChildRow,
  toOwnerRow,
  toRefreshRow,
  toRunRow,
  toSecretKeyRow,
  toServerRow,
  toToolRow,
} from './rows.ts'

export type SqlValue = string | number | null

/** One statement as data, run once for each row; a dialect's adapter executes it. Parameters are marked `?`. */
export interface Statement {
  readonly sql: string
  readonly rows: readonly (readonly SqlValue[])[]
  /** The error of the commit where a row changes nothing. */
  readonly unlessChanged?: (row: readonly SqlValue[]) => RegistryError
}

const insertTexts = new Map<string, string>()
let upsertText: string | undefined

/** Rows of one table; they have the same members in the same order. */
function insert(table: string, rows: readonly object[]): Statement {
  let sql = insertTexts.get(table)
  if (sql === undefined) {
    const columns = Object.keys(rows[0] ?? {})
    sql = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
    insertTexts.set(table, sql)
  }
  // Rows hold texts, numbers and null alone (schema.ts).
  return { sql, rows: rows.map((row) => Object.values(row) as SqlValue[]) }
}

/** Rows of one table, by their id; they have the same members in the same order. */
function update(
  table: string,
  rows: readonly { readonly id: string; readonly row: object }[],
  what: string,
): Statement {
  const columns = Object.keys(rows[0]?.row ?? {})
  return {
    sql: `update ${table} set ${columns.map((column) => `${column} = ?`).join(', ')} where id = ?`,
    // As above.
    rows: rows.map(({ id, row }) => [...(Object.values(row) as SqlValue[]), id]),
    unlessChanged: (row) => notFound(what, String(row.at(-1))),
  }
}

function notFound(what: string, id: string): RegistryError {
  return new RegistryError('NOT_FOUND', `No ${what} has the id ${id}`)
}

function without<Row extends object, Key extends keyof Row>(row: Row, ...keys: readonly Key[]): Omit<Row, Key> {
  const rest = { ...row }
  for (const key of keys) delete rest[key]
  return rest
}

function deleteChild({ host, boot, pid }: ChildKey): Statement {
  return { sql: 'delete from children where host = ? and boot = ? and pid = ?', rows: [[host, boot, pid]] }
}

/** A run as it is, whether it was stored before or not. */
export function upsertRun(run: RunRecord): Statement {
  const { sql, rows } = insert('runs', [toRunRow(run)])
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
export function insertEvents(jobId: JobId, events: readonly LoggedAt[], isWhole = false): Statement {
  const rows: SqlValue[][] = []
  for (let start = 0; start < events.length; start += eventsPerRow) {
    const some = events.slice(start, start + eventsPerRow)
    const at = some.at(-1)?.at ?? 0
    // Those of another time than the row's say so themselves.
    const packed = JSON.stringify(some.map((each) => (each.at === at ? each.event : { ...each.event, at: each.at })))
    rows.push(isWhole ? [jobId, start + some.length, at, packed] : [jobId, jobId, some.length, at, packed])
  }
  const seq = isWhole ? '?' : '(select coalesce(max(seq), 0) from job_events where job_id = ?) + ?'
  return { sql: `insert into job_events (job_id, seq, at, events) values (?, ${seq}, ?, ?)`, rows }
}

/** The statements of a write, in order. */
export function statementsOf(write: Write): readonly Statement[] {
  switch (write.kind) {
    case 'insertServer':
      return [insert('servers', [toServerRow(write.server)])]
    case 'updateServer': {
      const { id } = write.server
      const row = without(toServerRow(write.server), 'id', 'status', 'state', 'created_at')
      const { sql, rows } = update('servers', [{ id, row }], 'server')
      return [
        { sql: 'update servers set id = id where id = ?', rows: [[id]], unlessChanged: () => notFound('server', id) },
        {
          sql: `${sql} and revision = ?`,
          rows: rows.map((values) => [...values, write.ifRevision]),
          unlessChanged: () =>
            new RegistryError('REVISION_CONFLICT', `The server ${id} is no longer at revision ${write.ifRevision}`, {
              path: ['expectedRevision'],
              details: { serverId: id },
            }),
        },
      ]
    }
    case 'setServerState': {
      const { status, ...state } = write.state
      return [update('servers', [{ id: write.serverId, row: { status, state: JSON.stringify(state) } }], 'server')]
    }
    case 'deleteServer':
      return [
        {
          sql: 'delete from servers where id = ?',
          rows: [[write.serverId]],
          unlessChanged: () => notFound('server', write.serverId),
        },
      ]
    case 'insertTools':
      return [insert('tools', write.tools.map(toToolRow))]
    case 'redefineTools': {
      const rows = write.tools.map((tool) => ({
        id: tool.id,
        row: { ...definitionColumns(tool), updated_at: write.at, removed_at: null },
      }))
      return [update('tools', rows, 'tool')]
    }
    case 'removeTools': {
      const row = { updated_at: write.at, removed_at: write.at }
      const rows = write.toolIds.map((id) => ({ id, row }))
      return [update('tools', rows, 'tool')]
    }
    case 'setTool': {
      const row = { ...settingsColumns(write.settings), updated_at: write.at }
      return [update('tools', [{ id: write.toolId, row }], 'tool')]
    }
    case 'insertRefresh':
      return [insert('refreshes', [toRefreshRow(write.refresh)])]
    case 'updateRefresh': {
      const { id } = write.refresh
      return [update('refreshes', [{ id, row: without(toRefreshRow(write.refresh), 'id') }], 'refresh')]
    }
    case 'insertRun':
      return [insert('runs', [toRunRow(write.run)])]
    case 'updateRun':
      return [update('runs', [{ id: write.run.id, row: runStateColumns(write.run) }], 'run')]
    case 'deleteJobs': {
      const ids = write.ids.map((id) => [id])
      return ['job_events where job_id', 'runs where id', 'refreshes where id'].map((rows) => ({
        sql: `delete from ${rows} = ?`,
        rows: ids,
      }))
    }
    case 'appendJobEvents':
      return [
        insertEvents(
          write.jobId,
          write.events.map((event) => ({ at: write.at, event })),
        ),
      ]
    case 'appendServerEvents':
      return [
        {
          sql: 'insert into server_events (at, server_id, event) values (?, ?, ?)',
          rows: write.events.map((event) => [write.at, event.serverId, JSON.stringify(event)]),
        },
        {
          sql: 'delete from server_events where seq <= (select max(seq) from server_events) - ?',
          rows: [[write.keep]],
        },
      ]
    case 'recordChild': {
      const { host, boot, pid } = write.child
      return [deleteChild({ host, boot, pid }), insert('children', [toChildRow(write.child)])]
    }
    case 'forgetChild':
      return [deleteChild(write.child)]
    case 'insertSecretKey':
      return [insert('secret_keys', [toSecretKeyRow(write.key)])]
    case 'rewrapSecretKey': {
      const { id, masterKeyId, wrapped } = write.key
      const sql = 'update secret_keys set master_key_id = ?, wrapped = ? where id = ? and master_key_id = ?'
      return [{ sql, rows: [[masterKeyId, wrapped, id, write.ifMasterKeyId]] }]
    }
    case 'insertOwner':
      return [insert('owners', [toOwnerRow(write.owner)])]
    case 'deleteOwner':
      return [
        {
          sql: 'delete from owners where id = ?',
          rows: [[write.ownerId]],
          unlessChanged: () => notFound('owner', write.ownerId),
        },
      ]
  }
}
