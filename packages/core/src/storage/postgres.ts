import { invalidInput } from '../base/errors.ts'
import { kindOf } from '../base/json.ts'
import { assertKnownOptions } from '../base/known-options.ts'
import { loadedWhenUsed } from './load-storage.ts'
import type { MaintainedStorage } from './maintenance.ts'
import type { PostgresConnectionOptions, PostgresPoolOptions, PostgresStorageOptions } from './sql/storage-options.ts'

export type { PgPool, PostgresStorageOptions } from './sql/storage-options.ts'

type OptionName = keyof PostgresConnectionOptions | keyof PostgresPoolOptions | keyof PostgresStorageOptions
const known: Readonly<Record<OptionName, true>> = {
  connectionString: true,
  poolSize: true,
  pool: true,
  timeoutMs: true,
}

/**
 * Keeps everything in the schema `toolyard` of a PostgreSQL database, through the optional peer dependencies `pg` and
 * `kysely`. Several nodes may have it open. It keeps no master key: the registry needs the option `secretKey`.
 *
 * @throws INVALID_INPUT for unknown options, or without a connection string or pool.
 */
export function postgresStorage(options: PostgresStorageOptions): MaintainedStorage {
  assertKnownOptions('postgresStorage', options, Object.keys(known))
  const given = 'pool' in options ? options.pool : options.connectionString
  if (typeof given !== ('pool' in options ? 'object' : 'string')) {
    const message = `postgresStorage: expected connectionString, or a pool of pg, got ${kindOf(given)}`
    throw invalidInput(['postgresStorage'], message)
  }
  return loadedWhenUsed('postgresStorage', ['pg', 'kysely'], {}, async () => {
    const { createPostgresStorage } = await import('./sql/postgres/postgres-storage.ts')
    return createPostgresStorage(options)
  })
}
