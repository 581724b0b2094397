import { invalidInput } from '../base/errors.ts'
import { kindOf } from '../base/json.ts'
import { assertKnownOptions } from '../base/known-options.ts'
import { keyFile } from '../secrets/key-file.ts'
import { loadedWhenUsed } from './load-storage.ts'
import type { MaintainedStorage } from './maintenance.ts'
import type { SqliteStorageOptions } from './sql/storage-options.ts'

export type { SqliteStorageOptions } from './sql/storage-options.ts'

const known: Readonly<Record<keyof SqliteStorageOptions, true>> = { path: true, busyTimeoutMs: true }

/**
 * Keeps everything in one SQLite file, through the optional peer dependencies `better-sqlite3` and `kysely`. Without the
 * option `secretKey` of the registry, the master key is kept in a file beside the database, named like it plus `.key`.
 *
 * @throws INVALID_INPUT for unknown options, or without a path.
 */
export function sqliteStorage(options: SqliteStorageOptions): MaintainedStorage {
  assertKnownOptions('sqliteStorage', options, Object.keys(known))
  const { path } = options
  if (typeof path !== 'string' || path === '') {
    throw invalidInput(
      ['sqliteStorage', 'path'],
      `sqliteStorage: expected path, a file or :memory:, got ${kindOf(path)}`,
    )
  }
  // A database in memory ends with the process, and so may its key.
  const keys = path === ':memory:' ? {} : { masterKeys: keyFile(`${path}.key`) }
  return loadedWhenUsed('sqliteStorage', ['better-sqlite3', 'kysely'], keys, async () => {
    const { createSqliteStorage } = await import('./sql/sqlite/sqlite-storage.ts')
    return createSqliteStorage(options, keys)
  })
}
