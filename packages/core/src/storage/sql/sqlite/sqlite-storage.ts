import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { isRegistryError, RegistryError } from '../../../base/errors.ts'
import type { MaintainedStorage } from '../../maintenance.ts'
import type { StorageAdapter } from '../../storage.ts'
import { untilClosed } from '../connection.ts'
import { sqliteDialect } from '../dialect.ts'
import { createRunLogTable, onTakenKey } from '../run-log-table.ts'
import { createRunWriteAheadLog } from '../run-write-ahead-log.ts'
import type { Database } from '../schema.ts'
import { openSqlStorage } from '../sql-storage.ts'
import type { SqlValue, Statement } from '../statement.ts'
import type { SqliteStorageOptions } from '../storage-options.ts'
import { createMaintenance } from '../transfer/maintenance.ts'
import { sqliteDatabase } from '../transfer/sqlite-database.ts'
import { createGroupCommit, execute, StatementError } from './group-commit.ts'
import { createLongCommits } from './long-commit.ts'
import { preparedOn } from './prepared-statements.ts'
import { createRunLogFiles } from './run-logs/run-log-files.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { fromSqlite, isBusy, unavailable } from './sqlite-faults.ts'
import { checkpointPages, defaultBusyTimeoutMs, migrateSqlite, openWhenFree } from './sqlite-file.ts'

/** Longest wait for a lock within SQLite, which blocks the process: the time of a small commit, in ms. */
const lockedMs = 3
/** Interval between attempts to take a lock that another process holds, in ms. */
const retryMs = 20

/** Throws STORAGE_UNAVAILABLE if another process blocked the checkpoint. */
function assertWhole(rows: unknown): void {
  const [row]: readonly unknown[] = Array.isArray(rows) ? rows : []
  const isBlocked = typeof row === 'object' && row !== null && 'busy' in row && row.busy !== 0
  if (isBlocked) throw unavailable('another process reads the pages that are being removed')
}

/** The error of a commit that was undone. */
async function commitError(error: unknown, onUniqueViolation: (statement: Statement) => Promise<Error>) {
  if (!(error instanceof StatementError)) return fromSqlite(error)
  const { statement, cause } = error
  const code = cause instanceof BetterSqlite3.SqliteError ? cause.code : undefined
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return onUniqueViolation(statement)
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new RegistryError('NOT_FOUND', 'The server of these tools was deleted meanwhile', { cause })
  }
  return fromSqlite(cause)
}

/** The automatic checkpoints of a connection. */
function createCheckpoints(database: BetterSqlite3.Database) {
  let how: keyof typeof checkpointPages = 'FEW'
  let holds = 0
  const apply = () => void database.pragma(`wal_autocheckpoint = ${holds > 0 ? 0 : checkpointPages[how]}`)
  return {
    checkpoints(wanted: keyof typeof checkpointPages) {
      how = wanted
      apply()
    },
    /** Switches checkpoints off and on again. Calls nest. */
    hold(isOn: boolean) {
      holds += isOn ? -1 : 1
      apply()
    },
  }
}

/** Rewrites every page, so that no plaintext of an earlier version stays in the file. */
async function purgePlaintext(database: BetterSqlite3.Database, busyTimeoutMs: number): Promise<void> {
  for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
    try {
      if (database.pragma('user_version', { simple: true }) !== 1) return
      // Pages are written from the tables alone; then the log goes into the file, and is truncated.
      database.exec('vacuum')
      assertWhole(database.pragma('wal_checkpoint(truncate)'))
      database.pragma('user_version = 0')
      return
    } catch (error) {
      const isBlocked = isBusy(error) || isRegistryError(error, 'STORAGE_UNAVAILABLE')
      if (!isBlocked || performance.now() > until) throw fromSqlite(error)
    }
  }
}

/** Reads the version that changes whenever another connection commits. */
function dataVersionOf(database: BetterSqlite3.Database): () => number {
  const statement = database.prepare('pragma data_version').pluck()
  return () => {
    try {
      return Number(statement.get())
    } catch (error) {
      throw fromSqlite(error)
    }
  }
}

function connect(database: BetterSqlite3.Database, path: string, busyTimeoutMs: number): SqliteConnection {
  database.pragma(`busy_timeout = ${lockedMs}`)
  const prepare = preparedOn(database)
  const commits = createGroupCommit(database, prepare, busyTimeoutMs)
  const { checkpoints, hold } = createCheckpoints(database)
  const long = createLongCommits({ path, database, commits, busyTimeoutMs, checkpoints: hold })
  const remoteVersion = dataVersionOf(database)
  return {
    dialect: sqliteDialect,
    ownership: 'PROCESS',
    async all<Row>(sql: string, parameters: readonly unknown[]) {
      if (long.readable) await long.readable
      for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
        try {
          // The rows of a statement have the columns that its text names; the caller says which those are.
          return prepare(sql).all(...parameters) as Row[]
        } catch (error) {
          if (!isBusy(error) || performance.now() > until) throw fromSqlite(error)
        }
      }
    },
    remoteVersion,
    remoteCatalog: remoteVersion,
    checkpoints,
    async transact(statements, _node, onUniqueViolation) {
      try {
        await commits.add(statements)
      } catch (error) {
        throw await commitError(error, onUniqueViolation)
      }
    },
    async transactInPortions(portions, _node, onUniqueViolation) {
      try {
        await long.commit(portions)
      } catch (error) {
        throw await commitError(error, onUniqueViolation)
      }
    },
    async exclusively(work, undone) {
      try {
        await commits.exclusively(
          () =>
            work({
              // The rows of a statement have the columns that its text names; the caller says which those are.
              all: <Row>(sql: string, parameters: readonly SqlValue[]) => prepare(sql).all(...parameters) as Row[],
              execute: (statements) => execute(prepare, statements),
            }),
          undone,
        )
      } catch (error) {
        throw await commitError(error, onTakenKey)
      }
    },
    purgePlaintext: () => purgePlaintext(database, busyTimeoutMs),
    close: async () => {
      await long.idle()
      commits.close()
      database.close()
    },
  }
}

/** `sqliteStorage`, once better-sqlite3 and kysely are loaded. */
export function createSqliteStorage(
  options: SqliteStorageOptions,
  keys: Pick<StorageAdapter, 'masterKeys'>,
): MaintainedStorage {
  const adapter: StorageAdapter = {
    ...keys,
    async open() {
      const database = await openWhenFree(options)
      const db = new Kysely<Database>({ dialect: new SqliteDialect({ database }) })
      try {
        await migrateSqlite(options.path, database, db)
        database.pragma('foreign_keys = on')
      } catch (error) {
        database.close()
        throw error
      }
      const connection = untilClosed(connect(database, options.path, options.busyTimeoutMs ?? defaultBusyTimeoutMs))
      const { path } = options
      const medium = path === ':memory:' ? createRunLogTable(connection) : createRunLogFiles(connection, path)
      return openSqlStorage(db, connection, createRunWriteAheadLog(medium))
    },
  }
  return { ...adapter, maintenance: createMaintenance(sqliteDatabase(options, adapter)) }
}
