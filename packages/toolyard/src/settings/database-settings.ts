import { UsageError } from '../base/command-error.ts'
import { type DatabaseLocation, databaseForms, nameOfDatabase, parseDatabaseUrl, showDatabaseUrl } from './database.ts'
import { integer, keysOf } from './parse-setting.ts'
import { type ReadSetting, reader } from './read-setting.ts'
import type { Setting } from './setting.ts'

/** The place of the registry, and how it is used. */
export const databaseSettings = {
  database: {
    flag: 'database-url',
    variable: 'TOOLYARD_DATABASE_URL',
    placeholder: 'url',
    fallback: 'sqlite:toolyard.db',
    description: 'where the registry is kept; if it has a password, set the variable: flags are visible to other users',
    takes: databaseForms,
    parse: parseDatabaseUrl,
    show: showDatabaseUrl,
  } satisfies Setting<DatabaseLocation>,
  databasePool: {
    flag: 'database-pool',
    variable: 'TOOLYARD_DATABASE_POOL',
    placeholder: 'number',
    fallback: '10',
    description: 'connections to PostgreSQL at a time, beside the one that listens',
    takes: 'a whole number from 1 to 1000',
    parse: (text) => integer(1_000)(text) || undefined,
  } satisfies Setting<number>,
  databaseWaitMs: {
    flag: 'database-wait-ms',
    variable: 'TOOLYARD_DATABASE_WAIT_MS',
    placeholder: 'ms',
    fallback: '30000',
    description: 'how long to wait at the start for a database that cannot be reached',
    takes: 'a whole number of milliseconds from 0 to 3600000',
    parse: integer(3_600_000),
  } satisfies Setting<number>,
  nodeLeaseMs: {
    flag: 'lease-ms',
    variable: 'TOOLYARD_LEASE_MS',
    placeholder: 'ms',
    fallback: '15000',
    description: 'how long a node on PostgreSQL may miss its heartbeat until other nodes recover its jobs',
    takes: 'a whole number of milliseconds from 1000 to 3600000',
    parse(text) {
      const ms = integer(3_600_000)(text)
      return ms === undefined || ms < 1_000 ? undefined : ms
    },
  } satisfies Setting<number>,
  secretKey: {
    flag: undefined,
    variable: 'TOOLYARD_SECRET_KEY',
    placeholder: 'keys',
    fallback: '',
    description: 'protects the stored secrets; unset, a key file beside a SQLite database does; PostgreSQL needs it',
    takes: '32 bytes in base64, or NEW,OLD to rotate',
    parse: keysOf,
  } satisfies Setting<{ readonly keys: readonly Uint8Array[] | undefined }>,
}

/** A database, and the key of the secrets in it. */
export interface KeyedDatabase {
  readonly database: DatabaseLocation
  /** The new key first. Undefined: the key file beside the database. */
  readonly secretKey: readonly Uint8Array[] | undefined
}

export interface DatabaseSettings extends KeyedDatabase {
  /** Connections at a time. */
  readonly databasePool: number
  /** Time to wait for an unreachable database at the start. */
  readonly databaseWaitMs: number
  readonly nodeLeaseMs: number
}

const readWith = (read: ReadSetting): KeyedDatabase => ({
  database: read(databaseSettings.database),
  secretKey: read(databaseSettings.secretKey).keys,
})

/** Reads the place of the registry, and its key. Throws UsageError. */
export function readDatabase(databaseUrl: string | undefined, env: NodeJS.ProcessEnv): KeyedDatabase {
  const read = reader(databaseUrl === undefined ? {} : { databaseUrl }, env, true)
  return readWith(read)
}

/** Throws UsageError if the database needs a secret key and none is set: PostgreSQL has no place for a key file. */
export function assertKey({ database, secretKey }: KeyedDatabase): void {
  if (database.kind === 'SQLITE' || secretKey) return
  const advice = 'make one with "openssl rand -base64 32", and set it to the same for all that use the database'
  throw new UsageError(`${databaseSettings.secretKey.variable} is not set, and PostgreSQL needs it; ${advice}`)
}

/** Reads the settings of the database. Throws UsageError. */
export function readDatabaseSettings(read: ReadSetting): DatabaseSettings {
  const where = readWith(read)
  assertKey(where)
  return {
    ...where,
    databasePool: read(databaseSettings.databasePool),
    databaseWaitMs: read(databaseSettings.databaseWaitMs),
    nodeLeaseMs: read(databaseSettings.nodeLeaseMs),
  }
}

/** The error for a database that cannot be used. */
export function unusableDatabase(location: DatabaseLocation, problem: string): UsageError {
  return new UsageError(`${databaseSettings.database.variable} is "${nameOfDatabase(location)}": ${problem}`)
}
