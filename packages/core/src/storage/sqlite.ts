import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { isRegistryError, RegistryError } from '../errors.ts'
import { keyFile } from '../secrets/key-file.ts'
import type { SqlConnection } from './sql/connection.ts'
import { sqliteDialect } from './sql/dialect.ts'
import { createGroupCommit, StatementError } from './sql/group-commit.ts'
import { migrations } from './sql/migrations/migrations.ts'
import { createRunJournal } from './sql/run-journal.ts'
import type { Database } from './sql/schema.ts'
import { openSqlStorage } from './sql/sql-storage.ts'
import { fromSqlite, isBusy, unavailable } from './sql/sqlite-faults.ts'
import type { StorageAdapter } from './storage.ts'

export interface SqliteStorageOptions {
  /** Path of the database file, or `:memory:`. A file that is not there is made, readable by its owner alone. */
  readonly path: string
  /** How long a write waits for another process that holds the lock, in ms; then it fails with STORAGE_UNAVAILABLE. @default 5_000 */
  readonly busyTimeoutMs?: number
}

// "tool" in ASCII: what the file says of itself (`pragma application_id`).
const applicationId = 0x746f6f6c

/** Waiting within SQLite holds up the whole process: only as long as another one takes for a small commit, in ms. */
const lockedMs = 3
const retryMs = 20

/** By how the checkpoints come: a few of some 25 ms, or often, and then of some 6 ms. */
const checkpointPages = { FEW: 4_000, SMALL: 750 }
const defaultBusyTimeoutMs = 5_000

function invalid(path: string, expected: string, cause?: unknown): RegistryError {
  return new RegistryError('STORAGE_INVALID', `${path}: ${expected}`, { cause })
}

/** Makes a new file with its final mode: SQLite's own would be readable by everybody, and the WAL file takes it over. */
function prepareFile(path: string): void {
  if (path === ':memory:') return
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) throw invalid(path, `the directory ${folder} does not exist; make it first`)
  if (existsSync(path)) {
    if (!statSync(path).isFile()) throw invalid(path, 'expected a SQLite database file, got something that is no file')
    return
  }
  closeSync(openSync(path, 'a', 0o600))
}

function openDatabase({ path, busyTimeoutMs = defaultBusyTimeoutMs }: SqliteStorageOptions): BetterSqlite3.Database {
  let database: BetterSqlite3.Database | undefined
  try {
    prepareFile(path)
    database = new BetterSqlite3(path, { timeout: busyTimeoutMs })
    const found = database.pragma('application_id', { simple: true })
    const tables = database.prepare('select count(*) as n from sqlite_master').get()
    const isEmpty = typeof tables === 'object' && tables !== null && 'n' in tables && tables.n === 0
    if (found !== applicationId && !(found === 0 && isEmpty)) {
      throw invalid(path, 'expected a database of toolyard, got a SQLite database of another program')
    }
    database.pragma('journal_mode = wal')
    // A commit survives the end of this process however it comes. The end of the whole machine may take the last
    // commits along, but never damages the file: a sync at each commit would cost a run more than its call.
    database.pragma('synchronous = normal')
    // A checkpoint waits for the disk, and everybody for it: 16 MB between two of them is a refresh of thousands of tools.
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

/** Several processes may open a new file at once, and SQLite lets one alone make it a database with a log; it does not wait. */
async function openWhenFree(options: SqliteStorageOptions): Promise<BetterSqlite3.Database> {
  const { busyTimeoutMs = defaultBusyTimeoutMs } = options
  for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
    try {
      return openDatabase(options)
    } catch (error) {
      if (!isRegistryError(error, 'STORAGE_UNAVAILABLE') || performance.now() > until) throw error
    }
  }
}

/** Whether the database has every migration. STORAGE_TOO_NEW where it has one more. */
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

/** Brings the database to the current version: one process does so, and those that begin at the same time wait for it. */
async function migrate(path: string, database: BetterSqlite3.Database, db: Kysely<Database>): Promise<void> {
  if (await isCurrent(path, db)) return
  const provider = { getMigrations: async () => ({ ...migrations }) }
  // All of it is one transaction, which is begun here, as Kysely's own would not wait for that of another process.
  const migrator = new Migrator({ db, provider, disableTransactions: true })
  // A table that a migration makes anew is dropped meanwhile, which must not take along what refers to it.
  database.pragma('foreign_keys = off')
  try {
    database.exec('begin immediate')
    if (!(await isCurrent(path, db))) {
      const { error } = await migrator.migrateToLatest()
      if (error !== undefined) throw invalid(path, 'the database could not be brought to the current version', error)
    }
    database.exec('commit')
  } catch (error) {
    if (database.inTransaction) database.exec('rollback')
    throw fromSqlite(error)
  }
}

/** A checkpoint that others stood in the way of says so in its row. */
function assertWhole(rows: unknown): void {
  const [row]: readonly unknown[] = Array.isArray(rows) ? rows : []
  const isBlocked = typeof row === 'object' && row !== null && 'busy' in row && row.busy !== 0
  if (isBlocked) throw unavailable('another process reads what is to be removed from it')
}

function connect(database: BetterSqlite3.Database, busyTimeoutMs: number): SqlConnection {
  database.pragma(`busy_timeout = ${lockedMs}`)
  const prepared = new Map<string, BetterSqlite3.Statement>()
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
  const commits = createGroupCommit(database, prepare, busyTimeoutMs)
  const dataVersion = database.prepare('pragma data_version').pluck()
  function foreignVersion(): number {
    try {
      return Number(dataVersion.get())
    } catch (error) {
      throw fromSqlite(error)
    }
  }
  return {
    dialect: sqliteDialect,
    ownership: 'PROCESS',
    async all<Row>(sql: string, parameters: readonly unknown[]) {
      for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
        try {
          // The rows of a statement have the columns that its text names; the caller says which those are.
          return prepare(sql).all(...parameters) as Row[]
        } catch (error) {
          if (!isBusy(error) || performance.now() > until) throw fromSqlite(error)
        }
      }
    },
    foreignVersion,
    foreignCatalog: foreignVersion,
    checkpoints: (how) => void database.pragma(`wal_autocheckpoint = ${checkpointPages[how]}`),
    async transact(statements, _owner, onUniqueViolation) {
      try {
        await commits.add(statements)
      } catch (error) {
        if (!(error instanceof StatementError)) throw fromSqlite(error)
        const { statement, cause } = error
        const code = cause instanceof BetterSqlite3.SqliteError ? cause.code : undefined
        if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
          throw await onUniqueViolation(statement)
        }
        if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
          throw new RegistryError('NOT_FOUND', 'The server of these tools is gone', { cause })
        }
        throw fromSqlite(cause)
      }
    },
    async eraseClearText() {
      for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
        try {
          if (database.pragma('user_version', { simple: true }) !== 1) return
          // Every page is written anew, of what is in the tables alone; then the log goes into the file, and is cut.
          database.exec('vacuum')
          assertWhole(database.pragma('wal_checkpoint(truncate)'))
          database.pragma('user_version = 0')
          return
        } catch (error) {
          const isBlocked = isBusy(error) || isRegistryError(error, 'STORAGE_UNAVAILABLE')
          if (!isBlocked || performance.now() > until) throw fromSqlite(error)
        }
      }
    },
    close: async () => {
      commits.close()
      database.close()
    },
  }
}

/**
 * Keeps everything in one SQLite file, and the master key, where none is given, in a file beside it that is called as the
 * database with `.key` behind it; through better-sqlite3 (an optional peer dependency, as is kysely). */
export function sqliteStorage(options: SqliteStorageOptions): StorageAdapter {
  const { path } = options
  return {
    // What is gone with the process is sealed with a key that is gone with it too.
    ...(path === ':memory:' ? {} : { masterKeys: keyFile(`${path}.key`) }),
    async open() {
      const database = await openWhenFree(options)
      const db = new Kysely<Database>({ dialect: new SqliteDialect({ database }) })
      try {
        await migrate(options.path, database, db)
        database.pragma('foreign_keys = on')
      } catch (error) {
        database.close()
        throw error
      }
      const connection = connect(database, options.busyTimeoutMs ?? defaultBusyTimeoutMs)
      return openSqlStorage(db, connection, createRunJournal(connection))
    },
  }
}
