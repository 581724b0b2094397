import { Kysely, PostgresDialect } from 'kysely'
import { isRegistryError, RegistryError } from '../../../base/errors.ts'
import type { MaintainedStorage } from '../../maintenance.ts'
import { type SqlConnection, untilClosed } from '../connection.ts'
import { postgresDialect } from '../dialect.ts'
import { migratePostgres } from '../migrations/postgres-migrate.ts'
import { withoutWriteAheadLog } from '../run-write-ahead-log.ts'
import type { Database } from '../schema.ts'
import { openSqlStorage } from '../sql-storage.ts'
import type { SqlValue } from '../statement.ts'
import type { PostgresStorageOptions } from '../storage-options.ts'
import { createMaintenance } from '../transfer/maintenance.ts'
import { postgresDatabase } from '../transfer/postgres-database.ts'
import { createPostgresCommits } from './postgres-commit.ts'
import { fromPostgres } from './postgres-faults.ts'
import { createPostgresNotifier, type PostgresNotifier } from './postgres-notifier.ts'
import { clientOptionsOf, openPool, type PostgresPool } from './postgres-pool.ts'
import { prepared } from './postgres-queries.ts'
import { postgresTypes } from './postgres-types.ts'
import { createTenantTurns } from './tenant-turns.ts'

function connect({ pool, end }: PostgresPool, notifier: PostgresNotifier, timeoutMs: number): SqlConnection {
  const commits = createPostgresCommits(pool, timeoutMs)
  return {
    dialect: postgresDialect,
    ownership: 'LEASE',
    remoteVersion: () => undefined,
    remoteCatalog: () => notifier.remoteCatalog(),
    notifyInCommit: (writes) => notifier.notifyInCommit(writes),
    notifyAfterCommit: (writes) => notifier.notifyAfterCommit(writes),
    onChange: (listener) => notifier.onChange(listener),
    inTurn: createTenantTurns(pool.options.max, timeoutMs),
    checkpoints: () => undefined,
    async all<Row>(sql: string, parameters: readonly SqlValue[], plan?: 'PLAN_ANEW') {
      // PostgreSQL keeps one plan for a named statement, whatever its parameters.
      const { name, text } = prepared(sql)
      const config = { text, values: [...parameters], types: postgresTypes, ...(plan ? {} : { name }) }
      try {
        // The rows of a statement have the columns that its text names; the caller says which those are.
        return (await pool.query(config)).rows as Row[]
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    async transact(statements, node, onUniqueViolation, mayShare) {
      try {
        if (mayShare) await commits.commitStep(statements, node, onUniqueViolation)
        else await commits.commit(statements, node, onUniqueViolation)
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    async transactInPortions(portions, node, onUniqueViolation) {
      try {
        await commits.commitInPortions(portions, node, onUniqueViolation)
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    purgePlaintext: async () => undefined,
    async close() {
      await notifier.close()
      // If it fails, the next node that opens the database deletes the marks.
      await commits.close().catch(() => undefined)
      await end()
    },
  }
}

/** `postgresStorage`, once pg and kysely are loaded. */
export function createPostgresStorage(options: PostgresStorageOptions): MaintainedStorage {
  const { timeoutMs = 10_000 } = options
  return {
    maintenance: createMaintenance(postgresDatabase(clientOptionsOf({ ...options, timeoutMs }))),
    async open() {
      const pool = openPool({ ...options, timeoutMs })
      try {
        await migratePostgres(pool.clientOptions)
      } catch (error) {
        await pool.end()
        const outside = fromPostgres(error)
        if (isRegistryError(outside)) throw outside
        const reason = error instanceof Error ? error.message : String(error)
        throw new RegistryError('STORAGE_INVALID', `The database cannot be opened: ${reason}`, { cause: error })
      }
      // Kysely only compiles statements; the connection executes them.
      const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: pool.pool }) })
      const connection = untilClosed(connect(pool, createPostgresNotifier(pool.clientOptions), timeoutMs))
      return openSqlStorage(db, connection, withoutWriteAheadLog)
    },
  }
}
