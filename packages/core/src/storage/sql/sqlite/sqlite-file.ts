import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { isRegistryError, RegistryError } from '../../../base/errors.ts'
import { migrations } from '../migrations/migrations.ts'
import type { Database } from '../schema.ts'
import type { SqliteStorageOptions } from '../storage-options.ts'
import { fromSqlite } from './sqlite-faults.ts'

// "tool" in ASCII, the mark of a database of toolyard (`pragma application_id`).
const applicationId = 0x746f6f6c

/** Interval between attempts to open a file that another process holds, in ms. */
const retryMs = 20

/** Pages between two checkpoints: FEW take some 16 ms each, SMALL ones some 6 ms. */
export const checkpointPages = { FEW: 2_500, SMALL: 750 }
export const defaultBusyTimeoutMs = 5_000

function invalid(path: string, expected: string, cause?: unknown): RegistryError {
  return new RegistryError('STORAGE_INVALID', `${path}: ${expected}`, { cause })
}

/** Creates a file with its final mode, which the WAL file inherits: SQLite would make it readable by all users. */
function prepareFile(path: string): void {
  if (path === ':memory:') return
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) throw invalid(path, `the directory ${folder} does not exist; make it first`)
  if (existsSync(path)) {
    if (!statSync(path).isFile()) throw invalid(path, 'expected a SQLite database file, got a path that is not a file')
    return
  }
  closeSync(openSync(path, 'a', 0o600))
}

/** Throws STORAGE_INVALID for a database of another program. */
export function assertOwnDatabase(path: string, database: BetterSqlite3.Database): void {
  const found = database.pragma('application_id', { simple: true })
  const tables = database.prepare('select count(*) as n from sqlite_master').get()
  const isEmpty = typeof tables === 'object' && tables !== null && 'n' in tables && tables.n === 0
  if (found === applicationId || (found === 0 && isEmpty)) return
  throw invalid(path, 'expected a database of toolyard, got a SQLite database of another program')
}

function openDatabase({ path, busyTimeoutMs = defaultBusyTimeoutMs }: SqliteStorageOptions): BetterSqlite3.Database {
  let database: BetterSqlite3.Database | undefined
  try {
    prepareFile(path)
    database = new BetterSqlite3(path, { timeout: busyTimeoutMs })
    assertOwnDatabase(path, database)
    database.pragma('journal_mode = wal')
    // A commit survives the death of this process. A crash of the machine may lose the last commits, but never damages
    // the file: a sync at each commit would cost a run more than its call.
    database.pragma('synchronous = normal')
    // A checkpoint waits for the disk, and all commits for it: a refresh of thousands of tools writes 10 MB between two.
    database.pragma(`wal_autocheckpoint = ${checkpointPages.FEW}`)
    database.pragma(`application_id = ${applicationId}`)
    return database
  } catch (cause) {
    database?.close()
    const outside = fromSqlite(cause)
    if (isRegistryError(outside)) throw outside
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw invalid(path, `expected a SQLite database of toolyard, could not open it: ${reason}`, cause)
  }
}

/** Opens the file when it is free: if several processes open a new file, SQLite fails all but one without waiting. */
export async function openWhenFree(options: SqliteStorageOptions): Promise<BetterSqlite3.Database> {
  const { busyTimeoutMs = defaultBusyTimeoutMs } = options
  for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
    try {
      return openDatabase(options)
    } catch (error) {
      if (!isRegistryError(error, 'STORAGE_UNAVAILABLE') || performance.now() > until) throw error
    }
  }
}

/** Whether the database has every migration. Throws STORAGE_TOO_NEW if it has one that is unknown. */
async function isCurrent(path: string, db: Kysely<Database>): Promise<boolean> {
  const known = Object.keys(migrations)
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === 'kysely_migration')) return false
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const done = rows.map(({ name }) => name)
  const newer = done.filter((name) => !known.includes(name))
  if (newer.length === 0) return done.length === known.length
  const message = `${path}: the database is at version ${newer.at(-1)}, this program knows versions up to ${known.at(-1)}; use a newer toolyard`
  throw new RegistryError('STORAGE_TOO_NEW', message)
}

/** Migrates the database to the current version. One process does so, and others that start with it wait. */
export async function migrateSqlite(
  path: string,
  database: BetterSqlite3.Database,
  db: Kysely<Database>,
): Promise<void> {
  if (await isCurrent(path, db)) return
  const provider = { getMigrations: async () => ({ ...migrations }) }
  // One transaction around all, which is begun here: that of Kysely would not wait for another process.
  const migrator = new Migrator({ db, provider, disableTransactions: true })
  // A migration may drop a table and create it anew, which must not delete the rows that refer to it.
  database.pragma('foreign_keys = off')
  try {
    database.exec('begin immediate')
    if (!(await isCurrent(path, db))) {
      const { error } = await migrator.migrateToLatest()
      if (error !== undefined) throw invalid(path, 'the database could not be migrated to the current version', error)
    }
    database.exec('commit')
  } catch (error) {
    if (database.inTransaction) database.exec('rollback')
    throw fromSqlite(error)
  }
}
