import BetterSqlite3 from 'better-sqlite3'
import { RegistryError } from '../../../base/errors.ts'

/** Reasons of faults outside the database, such as locks and disks, by the start of their code. */
const reasons: readonly (readonly [string, string])[] = [
  ['SQLITE_BUSY', 'another process holds the lock'],
  ['SQLITE_FULL', 'the disk is full'],
  ['SQLITE_IOERR', 'the disk could not be read or written'],
  ['SQLITE_READONLY', 'the file may not be written'],
  ['SQLITE_CANTOPEN', 'its files cannot be opened'],
]

export function isBusy(error: unknown): boolean {
  return error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

export function unavailable(reason: string, cause?: unknown): RegistryError {
  const message = `The database is unavailable: ${reason}. Nothing was changed; retry later`
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true, cause })
}

/** STORAGE_UNAVAILABLE for a fault outside the database; any other error as it is. */
export function fromSqlite(error: unknown): unknown {
  if (!(error instanceof BetterSqlite3.SqliteError)) return error
  const { code } = error
  const reason = reasons.find(([start]) => code.startsWith(start))?.[1]
  return reason === undefined ? error : unavailable(`${reason} (${code})`, error)
}
