import { RegistryError } from '../../../../base/errors.ts'
import type { NodeId } from '../../../../base/ids.ts'
import { fromJson, type Json } from '../../json-column.ts'
import type { Statement } from '../../statement.ts'
import type { LockedDatabase } from '../sqlite-connection.ts'

/** A row of `run_logs`: a file of the log, and how much of it the tables have. */
export interface RunLogFileRow {
  /** The end of the name of the file. */
  readonly name: string
  readonly node_id: NodeId | null
  /** Number of flushes of the file. */
  readonly flushes: number
  /** The length of the file at the last flush. Up to there the tables have every run but those that are `waiting`. */
  readonly flushed_to: number
  readonly waiting: Json<readonly string[]>
}

/** The row of a file; undefined if another process has taken the file over. */
export function markOf(all: LockedDatabase['all'], name: string): RunLogFileRow | undefined {
  const [row] = all<RunLogFileRow>('select * from run_logs where name = ?', [name])
  return row
}

/** The file of a row. A copy of the database has the rows, and never takes the files of the original for its own. */
export function pathOf(database: string, name: string): string {
  return `${database}-runs-${name}`
}

/** Of an empty file: nothing is flushed. */
export function insertMark(name: string, node: NodeId | null): Statement {
  return {
    sql: `insert into run_logs (name, node_id, flushes, flushed_to, waiting) values (?, ?, 0, 0, '[]')`,
    rows: [[name, node]],
  }
}

/** Marks what a flush writes, if it is the next one after `flushes`. Another process that flushed first wins. */
export function moveMark(name: string, flushes: number, flushedTo: number, waiting: readonly string[]): Statement {
  return {
    sql: 'update run_logs set flushes = flushes + 1, flushed_to = ?, waiting = ? where name = ? and flushes = ?',
    rows: [[flushedTo, JSON.stringify(waiting), name, flushes]],
    unlessChanged: () => new RegistryError('NOT_FOUND', `Another process has flushed the log of runs ${name}`),
  }
}

export function deleteMark(name: string): Statement {
  return { sql: 'delete from run_logs where name = ?', rows: [[name]] }
}

/** The text of a header: the number of flushes before which the file was emptied. */
export function headerText(flushes: number): string {
  return JSON.stringify({ flushes })
}

/** How much of a file with this header is flushed: what is before a length, but for the runs that wait. */
export function flushedOf(header: string, row: RunLogFileRow) {
  const { flushes } = fromJson(header as Json<{ readonly flushes: number }>)
  // The last flush was of what the file had before it was emptied.
  if (row.flushes <= flushes) return { length: 0, waiting: new Set<string>() }
  return { length: row.flushed_to, waiting: new Set(fromJson(row.waiting)) }
}
