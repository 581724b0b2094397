import type { StorageAdapter } from './storage.ts'

/** How the layout of a database stands to what this program needs. EMPTY: there is nothing of toolyard in it. */
export type DatabaseState = 'EMPTY' | 'OLDER' | 'CURRENT' | 'NEWER'

export interface DatabaseStatus {
  readonly dialect: 'SQLITE' | 'POSTGRES'
  readonly state: DatabaseState
  /** Of its layout; null where it is empty. */
  readonly version: string | null
  /** What this program needs, and brings it to. */
  readonly needed: string
  /** By table, of those that are there; several events of a job are one row. */
  readonly rows: RowCounts
}

export type RowCounts = Readonly<Record<string, number>>

export interface MigrationResult {
  /** Null where the database was empty. */
  readonly from: string | null
  readonly to: string
}

export interface ImportOptions {
  /** As that of a registry: the first wraps the data keys from now on. @default the one beside the storage */
  readonly secretKey?: readonly Uint8Array[]
  /** The master keys of the database that was exported, where they are others. @default none */
  readonly sourceKeys?: readonly Uint8Array[]
}

/**
 * What is done with a whole database, by people, while no registry works on it. All of it rejects with STORAGE_INVALID,
 * STORAGE_TOO_NEW and STORAGE_UNAVAILABLE.
 */
export interface StorageMaintenance {
  /** Changes nothing, whatever is in the database. */
  status(): Promise<DatabaseStatus>
  /** Brings the database to the layout of this program, as opening a registry does. */
  migrate(): Promise<MigrationResult>
  /**
   * Everything in the database at one moment, as lines of text, without what stands for processes that use it. Secrets stay
   * sealed, and need the master key. Fails where a registry has the database open, as what runs there would be missed.
   */
  exportLines(): AsyncGenerator<string, RowCounts>
  /**
   * Puts what was exported into an empty database of any kind: all of it, or nothing. The data keys are wrapped anew with the
   * master key of this one. Rejects with INVALID_INPUT for lines that are no whole export of this version, and with
   * SECRET_UNREADABLE where none of the keys unwraps a data key.
   */
  importLines(lines: AsyncIterable<string>, options?: ImportOptions): Promise<RowCounts>
}

/** A storage that a person can look after. */
export interface MaintainedStorage extends StorageAdapter {
  readonly maintenance: StorageMaintenance
}
