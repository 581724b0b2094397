import type { MasterKeySource } from '../../../model/master-key-source.ts'
import type { DatabaseStatus } from '../../maintenance.ts'
import type { TransferRow } from './tables.ts'

/** A database as it is at one moment. Whoever opened it disposes of it. */
export interface DatabaseReader extends AsyncDisposable {
  /** The tables of toolyard. */
  tables(): Promise<ReadonlySet<string>>
  /** A few at a time, however many there are; those of one statement before the next. */
  rows(sql: string): AsyncIterable<object>
}

/** A transaction while which nobody else writes. What is not committed is undone. */
export interface DatabaseWriter extends DatabaseReader {
  /** Rejects with STORAGE_UNAVAILABLE, and with what the driver says of a row that is not taken. */
  insert(table: string, columns: readonly string[], rows: readonly TransferRow[]): Promise<void>
  /** Makes all tools searchable. */
  indexTools(): Promise<void>
  commit(): Promise<void>
}

/** What maintenance needs of a kind of database. All of it rejects with STORAGE_UNAVAILABLE and STORAGE_INVALID. */
export interface MaintainedDatabase {
  readonly dialect: DatabaseStatus['dialect']
  /** The oldest first; the last one is what this program needs. */
  readonly versions: readonly string[]
  /** The clock of the database, in epoch milliseconds. */
  readonly now: string
  readonly masterKeys?: MasterKeySource
  /** Changes nothing. */
  read(): Promise<DatabaseReader>
  write(): Promise<DatabaseWriter>
  /** STORAGE_TOO_NEW */
  migrate(): Promise<void>
  /** Puts in its place what processes that are gone had committed elsewhere. */
  recover(): Promise<void>
  /** What keeps its rows from being exported, in words; undefined: nothing. */
  obstacle(reader: DatabaseReader): Promise<string | undefined>
}
