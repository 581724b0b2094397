import { basename } from 'node:path'
import { isRegistryError, RegistryError } from '../../../../base/errors.ts'
import type { TenantWrite } from '../../../write.ts'
import type { SqlConnection } from '../../connection.ts'
import { fromJson, type Json } from '../../json-column.ts'
import { completed, jobOf, type LoggedRun, withEntry } from '../../run-log-entry.ts'
import type { OnDamage } from '../../run-log-medium.ts'
import { onTakenKey, tableStatements } from '../../run-log-table.ts'
import { fromFile } from './file-faults.ts'
import { readFrames } from './frames.ts'
import { readFenced, removeFile } from './log-file.ts'
import { deleteMark, flushedOf, moveMark, pathOf, type RunLogFileRow } from './mark.ts'

/** Attempts to take over a file whose owner flushes it meanwhile: it is alive. */
const maxAttempts = 5

interface LeftBehind {
  readonly runs: ReadonlyMap<string, LoggedRun>
  readonly damage: RegistryError | undefined
}

/** The runs of a file that the tables do not have, as its frames say. */
export function leftIn(bytes: Buffer, row: RunLogFileRow, name: string): LeftBehind {
  const { frames, damagedAt } = readFrames(bytes)
  const [header, ...entries] = frames
  const runs = new Map<string, LoggedRun>()
  if (header) {
    const { length, waiting } = flushedOf(header.text, row)
    for (const { text, end } of entries) {
      // Written by `entryText`, and found undamaged.
      const writes = fromJson(text as Json<readonly TenantWrite[]>).map(completed)
      const id = writes[0] && jobOf(writes[0])
      if (id === undefined || (end <= length && !waiting.has(id))) continue
      const before = runs.get(id)
      const run = withEntry(before, writes, (before?.place ?? 0) + 1)
      if (run) runs.set(id, run)
    }
  }
  return { runs, damage: damagedAt === undefined ? undefined : damageOf(name, damagedAt, bytes.length) }
}

function damageOf(name: string, at: number, length: number): RegistryError {
  const message = `The log of runs ${name} is damaged: ${length - at} bytes from byte ${at} on cannot be read, and are dropped. Runs of the moment before the process ended may be missing`
  return new RegistryError('STORAGE_INVALID', message)
}

function fencedBytes(path: string): Buffer | undefined {
  try {
    return readFenced(path)
  } catch (error) {
    throw fromFile(error)
  }
}

/** The runs without those that the tables have. The mark excludes them, unless the database is an older copy. */
async function missing({ all, dialect }: SqlConnection, runs: LeftBehind['runs']): Promise<LeftBehind['runs']> {
  if (runs.size === 0) return runs
  const sql = `select id from runs where id in (select value from ${dialect.items})`
  const found = await all<{ id: string }>(sql, [JSON.stringify([...runs.keys()])])
  const present = new Set(found.map(({ id }) => id))
  return new Map([...runs].filter(([id]) => !present.has(id)))
}

/** One attempt; false if the owner, or another process, has flushed meanwhile. */
async function flushLeft(connection: SqlConnection, row: RunLogFileRow, bytes: Buffer, runs: LeftBehind['runs']) {
  const statements = [...(await missing(connection, runs)).values()].flatMap(tableStatements)
  try {
    const mark = moveMark(row.name, row.flushes, bytes.length, [])
    await connection.transact([mark, ...statements], undefined, onTakenKey)
    return true
  } catch (error) {
    if (isRegistryError(error, 'NOT_FOUND')) return false
    throw error
  }
}

/**
 * Writes the runs that are only in the file of the row `name` to their tables, each exactly once, and removes the file. Its
 * owner, if it is alive, finds the fence. Resolves with false if other processes keep flushing the file, and rejects with
 * STORAGE_UNAVAILABLE: then it may be repeated.
 */
export async function takeOver(
  connection: SqlConnection,
  database: string,
  name: string,
  onDamage: OnDamage,
): Promise<boolean> {
  const path = pathOf(database, name)
  for (let attempt = 1; ; attempt += 1) {
    const [row] = await connection.all<RunLogFileRow>('select * from run_logs where name = ?', [name])
    // Another process has taken it over.
    if (!row) return true
    const bytes = fencedBytes(path)
    const left = bytes && leftIn(bytes, row, basename(path))
    if (bytes && left) {
      if (!(await flushLeft(connection, row, bytes, left.runs))) {
        if (attempt === maxAttempts) return false
        continue
      }
      if (left.damage) onDamage(left.damage)
      removeOrThrow(path)
    }
    // A crash before this leaves a row without a file, which the next process deletes.
    await connection.transact([deleteMark(name)], undefined, onTakenKey)
    return true
  }
}

function removeOrThrow(path: string): void {
  try {
    removeFile(path)
  } catch (error) {
    throw fromFile(error)
  }
}
