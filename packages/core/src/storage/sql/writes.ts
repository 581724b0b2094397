import { RegistryError } from '../../errors.ts'
import type { ChildKey } from '../../sessions/stdio/child-record.ts'
import type { Write } from '../storage.ts'
import {
  definitionColumns,
  settingsColumns,
  toChildRow,
  toRefreshRow,
  toRunRow,
  toServerRow,
  toToolRow,
} from './rows.ts'

export type SqlValue = string | number | null

/** One statement as data; a dialect's adapter executes it. Parameters are marked `?`. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  /** The error of the commit where the statement changes no row. */
  readonly unlessChanged?: () => RegistryError
}

function insert(table: string, row: object): Statement {
  const columns = Object.keys(row)
  const sql = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
  // Rows hold texts, numbers and null alone (schema.ts).
  return { sql, parameters: Object.values(row) as SqlValue[] }
}

function update(table: string, row: object, id: string, what: string): Statement {
  const columns = Object.keys(row)
  return {
    sql: `update ${table} set ${columns.map((column) => `${column} = ?`).join(', ')} where id = ?`,
    // As above.
    parameters: [...(Object.values(row) as SqlValue[]), id],
    unlessChanged: notFound(what, id),
  }
}

function notFound(what: string, id: string) {
  return () => new RegistryError('NOT_FOUND', `No ${what} has the id ${id}`)
}

function without<Row extends object, Key extends keyof Row>(row: Row, ...keys: readonly Key[]): Omit<Row, Key> {
  const rest = { ...row }
  for (const key of keys) delete rest[key]
  return rest
}

function deleteChild({ host, boot, pid }: ChildKey): Statement {
  return { sql: 'delete from children where host = ? and boot = ? and pid = ?', parameters: [host, boot, pid] }
}

/** The statements of a write, in order. */
export function statementsOf(write: Write): readonly Statement[] {
  switch (write.kind) {
    case 'insertServer':
      return [insert('servers', toServerRow(write.server))]
    case 'updateServer': {
      const { id } = write.server
      const owned = without(toServerRow(write.server), 'id', 'status', 'state', 'created_at')
      const base = update('servers', owned, id, 'server')
      return [
        { sql: 'update servers set id = id where id = ?', parameters: [id], unlessChanged: notFound('server', id) },
        {
          sql: `${base.sql} and revision = ?`,
          parameters: [...base.parameters, write.ifRevision],
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
      return [update('servers', { status, state: JSON.stringify(state) }, write.serverId, 'server')]
    }
    case 'deleteServer':
      return [
        {
          sql: 'delete from servers where id = ?',
          parameters: [write.serverId],
          unlessChanged: notFound('server', write.serverId),
        },
      ]
    case 'insertTools':
      return write.tools.map((tool) => insert('tools', toToolRow(tool)))
    case 'redefineTools':
      return write.tools.map((tool) =>
        update('tools', { ...definitionColumns(tool), updated_at: write.at, removed_at: null }, tool.id, 'tool'),
      )
    case 'removeTools':
      return write.toolIds.map((id) => update('tools', { updated_at: write.at, removed_at: write.at }, id, 'tool'))
    case 'setTool':
      return [update('tools', { ...settingsColumns(write.settings), updated_at: write.at }, write.toolId, 'tool')]
    case 'insertRefresh':
      return [insert('refreshes', toRefreshRow(write.refresh))]
    case 'updateRefresh':
      return [update('refreshes', without(toRefreshRow(write.refresh), 'id'), write.refresh.id, 'refresh')]
    case 'insertRun':
      return [insert('runs', toRunRow(write.run))]
    case 'updateRun':
      return [update('runs', without(toRunRow(write.run), 'id'), write.run.id, 'run')]
    case 'appendJobEvents':
      return write.events.map((event) => ({
        sql: 'insert into job_events (job_id, seq, at, event) values (?, (select coalesce(max(seq), 0) + 1 from job_events where job_id = ?), ?, ?)',
        parameters: [write.jobId, write.jobId, write.at, JSON.stringify(event)],
      }))
    case 'appendServerEvents':
      return [
        ...write.events.map((event) => ({
          sql: 'insert into server_events (at, server_id, event) values (?, ?, ?)',
          parameters: [write.at, event.serverId, JSON.stringify(event)],
        })),
        {
          sql: 'delete from server_events where seq <= (select max(seq) from server_events) - ?',
          parameters: [write.keep],
        },
      ]
    case 'recordChild': {
      const { host, boot, pid } = write.child
      return [deleteChild({ host, boot, pid }), insert('children', toChildRow(write.child))]
    }
    case 'forgetChild':
      return [deleteChild(write.child)]
  }
}
