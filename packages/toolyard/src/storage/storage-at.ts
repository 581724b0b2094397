import type { MaintainedStorage } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import type { DatabaseLocation } from '../settings/database.ts'

export interface DatabaseOptions {
  /** Connections at a time. */
  readonly poolSize?: number
}

/** The storage of the database. */
export function storageAt(location: DatabaseLocation, { poolSize }: DatabaseOptions = {}): MaintainedStorage {
  if (location.kind === 'SQLITE') return sqliteStorage({ path: location.path })
  return postgresStorage({ connectionString: location.url, ...(poolSize === undefined ? {} : { poolSize }) })
}
