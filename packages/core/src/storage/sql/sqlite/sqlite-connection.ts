import type { SqlConnection } from '../connection.ts'
import type { SqlValue, Statement } from '../statement.ts'

/** The database while no other process can write to it. */
export interface LockedDatabase {
  all<Row>(sql: string, parameters: readonly SqlValue[]): readonly Row[]
  execute(statements: readonly Statement[]): void
}

export interface SqliteConnection extends SqlConnection {
  /**
   * Does the work once, in one transaction, while no other process can write: what the work does to files is then also
   * kept apart from what other processes do to them in theirs. Rejects with what it throws, and with STORAGE_UNAVAILABLE if
   * the lock cannot be had. If the transaction is undone, `undone` is called in the same moment.
   */
  exclusively(work: (database: LockedDatabase) => void, undone?: () => void): Promise<void>
}
