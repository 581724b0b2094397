import type { StorageAdapter } from './storage.ts'

/** The version of a database compared with the one that this program needs. EMPTY: it has no tables of toolyard. */
export type DatabaseState = 'EMPTY' | 'OLDER' | 'CURRENT' | 'NEWER'

export interface DatabaseStatus {
  readonly dialect: 'SQLITE' | 'POSTGRES'
  readonly state: DatabaseState
  /** The version of its layout; null if it is empty. */
  readonly version: string | null
  /** The version that this program needs, and migrates to. */
  readonly needed: string
  /** By existing table; several events of a job are one row. */
  readonly rows: RowCounts
}

export type RowCounts = Readonly<Record<string, number>>

export interface MigrationResult {
  /** Null if the database was empty. */
  readonly from: string | null
  readonly to: string
}

export interface ImportOptions {
  /** Master keys as for a registry: the first wraps the data keys from now on. @default the key beside the storage */
  readonly secretKey?: readonly Uint8Array[]
  /** The master keys of the exported database, if they differ. @default none */
  readonly sourceKeys?: readonly Uint8Array[]
}

/**
 * Operations of an operator on a whole database, while no registry works on it.
 *
 * @throws STORAGE_INVALID, STORAGE_TOO_NEW and STORAGE_UNAVAILABLE, from every method.
 */
export interface StorageMaintenance {
  /** Changes nothing. */
  status(): Promise<DatabaseStatus>
  /** Migrates the database to the version of this program, as opening a registry does. */
  migrate(): Promise<MigrationResult>
  /**
   * Everything in the database at one moment, as lines of text, without the records of its processes. Secrets stay
   * sealed, and need the master key. Fails if a registry has the database open: its runs would be missed.
   */
  exportLines(): AsyncGenerator<string, RowCounts>
  /**
   * Inserts an export into an empty database of any kind: all of it, or nothing. The data keys are wrapped anew with the
   * master key of this database.
   *
   * @throws INVALID_INPUT unless the lines are a whole export of this version, and SECRET_UNREADABLE if none of the keys
   * unwraps a data key.
   */
  importLines(lines: AsyncIterable<string>, options?: ImportOptions): Promise<RowCounts>
}

/** A storage with operations for its operator. */
export interface MaintainedStorage extends StorageAdapter {
  readonly maintenance: StorageMaintenance
}
