import { existsSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { isRegistryError, RegistryError } from '../../../base/errors.ts'
import type { StorageAdapter } from '../../storage.ts'
import { sqliteDialect } from '../dialect.ts'
import { markAllStatements } from '../indexing/index-marks.ts'
import { migrations } from '../migrations/migrations.ts'
import type { Database } from '../schema.ts'
import { fromSqlite } from '../sqlite/sqlite-faults.ts'
import { assertOwnDatabase, defaultBusyTimeoutMs, migrateSqlite, openWhenFree } from '../sqlite/sqlite-file.ts'
import type { SqliteStorageOptions } from '../storage-options.ts'
import type { DatabaseReader, DatabaseWriter, MaintainedDatabase } from './maintained-database.ts'

function faultOf(path: string, error: unknown): unknown {
  const outside = fromSqlite(error)
  if (isRegistryError(outside)) return outside
  const reason = error instanceof Error ? error.message : String(error)
  return new RegistryError('STORAGE_INVALID', `${path}: the database cannot be read: ${reason}`, { cause: error })
}

/** Reads within a transaction of `database`, which ends with the reader. */
function readerOf(path: string, database: BetterSqlite3.Database): DatabaseReader {
  return {
    async tables() {
      try {
        const names = database.prepare("select name from sqlite_master where type = 'table'").pluck().all()
        return new Set(names.map(String))
      } catch (error) {
        throw faultOf(path, error)
      }
    },
    async *rows(sql) {
      try {
        for (const row of database.prepare(sql).iterate()) yield Object(row)
      } catch (error) {
        throw faultOf(path, error)
      }
    },
    async [Symbol.asyncDispose]() {
      if (database.inTransaction) database.exec('rollback')
      database.close()
    },
  }
}

function writerOf(path: string, database: BetterSqlite3.Database): DatabaseWriter {
  return {
    ...readerOf(path, database),
    async insert(table, columns, rows) {
      const statement = database.prepare(
        `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      )
      try {
        for (const row of rows) statement.run(columns.map((column) => row[column]))
      } catch (error) {
        throw fromSqlite(error)
      }
    },
    async markAll() {
      try {
        for (const statement of markAllStatements) database.exec(statement)
      } catch (error) {
        throw fromSqlite(error)
      }
    },
    async commit() {
      try {
        database.exec('commit')
      } catch (error) {
        throw faultOf(path, error)
      }
    },
  }
}

async function openReader({ path, busyTimeoutMs = defaultBusyTimeoutMs }: SqliteStorageOptions) {
  // A missing file is read as an empty database, and not created.
  const isThere = path !== ':memory:' && existsSync(path)
  let database: BetterSqlite3.Database | undefined
  try {
    database = isThere
      ? new BetterSqlite3(path, { timeout: busyTimeoutMs, fileMustExist: true })
      : new BetterSqlite3(':memory:')
    assertOwnDatabase(path, database)
    database.pragma('query_only = on')
    database.exec('begin')
    return readerOf(path, database)
  } catch (error) {
    database?.close()
    throw isRegistryError(error) ? error : faultOf(path, error)
  }
}

async function openWriter(options: SqliteStorageOptions): Promise<DatabaseWriter> {
  const database = await openWhenFree(options)
  try {
    database.pragma('foreign_keys = on')
    database.exec('begin immediate')
    return writerOf(options.path, database)
  } catch (error) {
    database.close()
    throw faultOf(options.path, error)
  }
}

/** The first value of the rows of a statement with one column `n`. */
async function numberOf(reader: DatabaseReader, sql: string): Promise<unknown> {
  for await (const row of reader.rows(sql)) return Reflect.get(row, 'n')
  return undefined
}

async function obstacle(reader: DatabaseReader): Promise<string | undefined> {
  if (
    (await numberOf(reader, 'select (select count(*) from run_journal) + (select count(*) from run_logs) as n')) !== 0
  )
    return 'The database is in use: a run has just started. Stop its process, and retry'
  if ((await numberOf(reader, 'select user_version as n from pragma_user_version')) !== 0)
    return 'The database may hold plaintext secrets of an earlier version: start a server on it once, which seals them'
  return undefined
}

export function sqliteDatabase(options: SqliteStorageOptions, adapter: StorageAdapter): MaintainedDatabase {
  return {
    dialect: 'SQLITE',
    versions: Object.keys(migrations),
    now: sqliteDialect.now,
    ...(adapter.masterKeys ? { masterKeys: adapter.masterKeys } : {}),
    read: () => openReader(options),
    write: () => openWriter(options),
    async migrate() {
      const database = await openWhenFree(options)
      try {
        const db = new Kysely<Database>({ dialect: new SqliteDialect({ database }) })
        await migrateSqlite(options.path, database, db)
      } finally {
        database.close()
      }
    },
    async recover() {
      const storage = await adapter.open()
      const damages: RegistryError[] = []
      try {
        await storage.recover(
          () => true,
          (damage) => damages.push(damage),
        )
      } finally {
        await storage.close()
      }
      const [first] = damages
      if (first) throw first
    },
    obstacle,
  }
}
