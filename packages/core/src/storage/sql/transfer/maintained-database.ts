import type { MasterKeySource } from '../../../model/master-key-source.ts'
import type { DatabaseStatus } from '../../maintenance.ts'
import type { TransferRow } from './tables.ts'

/** A database as of one moment. The caller that opened it disposes of it. */
export interface DatabaseReader extends AsyncDisposable {
  /** The names of the tables of toolyard. */
  tables(): Promise<ReadonlySet<string>>
  /** Reads a few rows at a time. The rows of one statement are read before the next statement. */
  rows(sql: string): AsyncIterable<object>
}

/** A transaction during which no other process writes. Without `commit` it is undone. */
export interface DatabaseWriter extends DatabaseReader {
  /** Rejects with STORAGE_UNAVAILABLE, and with the error of the driver for a row that the database rejects. */
  insert(table: string, columns: readonly string[], rows: readonly TransferRow[]): Promise<void>
  /** Marks all that searches find, for the index. */
  markAll(): Promise<void>
  commit(): Promise<void>
}

/** A kind of database under maintenance. All methods reject with STORAGE_UNAVAILABLE and STORAGE_INVALID. */
export interface MaintainedDatabase {
  readonly dialect: DatabaseStatus['dialect']
  /** The oldest first; this program needs the last one. */
  readonly versions: readonly string[]
  /** The clock of the database, in epoch milliseconds. */
  readonly now: string
  readonly masterKeys?: MasterKeySource
  /** Changes nothing. */
  read(): Promise<DatabaseReader>
  write(): Promise<DatabaseWriter>
  /** Rejects with STORAGE_TOO_NEW too. */
  migrate(): Promise<void>
  /** Flushes what dead processes left in the write-ahead log. */
  recover(): Promise<void>
  /** The message of why its rows cannot be exported; undefined if they can. */
  obstacle(reader: DatabaseReader): Promise<string | undefined>
}
