import { basename } from 'node:path'
import { RegistryError } from '../../../../base/errors.ts'
import type { TenantWrite } from '../../../write.ts'
import { sqliteDialect } from '../../dialect.ts'
import { fromJson, type Json } from '../../json-column.ts'
import { completed, jobOf, type LoggedRun, withEntry } from '../../run-log-entry.ts'
import type { OnDamage } from '../../run-log-medium.ts'
import { onTakenKey, tableStatements } from '../../run-log-table.ts'
import type { LockedDatabase, SqliteConnection } from '../sqlite-connection.ts'
import { fromFile } from './file-faults.ts'
import { readFrames } from './frames.ts'
import { readFenced, removeFile } from './log-file.ts'
import { deleteMark, flushedOf, markOf, moveMark, pathOf, type RunLogFileRow } from './mark.ts'

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
function missing({ all }: LockedDatabase, runs: LeftBehind['runs']): LeftBehind['runs'] {
  if (runs.size === 0) return runs
  const sql = `select id from runs where id in (select value from ${sqliteDialect.items})`
  const found = all<{ id: string }>(sql, [JSON.stringify([...runs.keys()])])
  const present = new Set(found.map(({ id }) => id))
  return new Map([...runs].filter(([id]) => !present.has(id)))
}

/** Writes the runs that are only in the file to their tables, and answers what of it cannot be read. */
function flushLeft(database: LockedDatabase, path: string, name: string): RegistryError | undefined {
  const row = markOf(database.all, name)
  if (!row) return undefined
  const bytes = fencedBytes(path)
  if (!bytes) {
    // Its owner was killed, or is about to make the file; then it finds out.
    database.execute([deleteMark(name)])
    return undefined
  }
  const { runs, damage } = leftIn(bytes, row, basename(path))
  const statements = [...missing(database, runs).values()].flatMap(tableStatements)
  database.execute([moveMark(name, row.flushes, bytes.length, []), ...statements])
  return damage
}

/**
 * Writes the runs that are only in the file of the row `name` to their tables, each exactly once, and removes the file. Its
 * owner, if it is alive, finds the fence. Rejects with STORAGE_UNAVAILABLE: then it may be repeated.
 */
export async function takeOver(
  connection: SqliteConnection,
  database: string,
  name: string,
  onDamage: OnDamage,
): Promise<void> {
  const path = pathOf(database, name)
  let damage: RegistryError | undefined
  // The owner empties the file only while it has the lock: it cannot cut off a fence that was put there meanwhile.
  await connection.exclusively((locked) => {
    damage = flushLeft(locked, path, name)
  })
  if (damage) onDamage(damage)
  removeOrThrow(path)
  // A crash before this leaves a row without a file, which the next process deletes.
  await connection.transact([deleteMark(name)], undefined, onTakenKey)
}

function removeOrThrow(path: string): void {
  try {
    removeFile(path)
  } catch (error) {
    throw fromFile(error)
  }
}
