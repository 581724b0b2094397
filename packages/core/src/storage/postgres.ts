import { Kysely, PostgresDialect } from 'kysely'
import { isRegistryError, RegistryError } from '../errors.ts'
import type { MaintainedStorage } from './maintenance.ts'
import { type SqlConnection, untilClosed } from './sql/connection.ts'
import { postgresDialect } from './sql/dialect.ts'
import { migratePostgres } from './sql/migrations/postgres-migrate.ts'
import { createPostgresCommits, prepared } from './sql/postgres-commit.ts'
import { fromPostgres } from './sql/postgres-faults.ts'
import { listenForNews, type PostgresNews } from './sql/postgres-news.ts'
import {
  clientOptionsOf,
  openPool,
  type PostgresConnectionOptions,
  type PostgresPool,
  type PostgresPoolOptions,
} from './sql/postgres-pool.ts'
import { postgresTypes } from './sql/postgres-types.ts'
import { withoutJournal } from './sql/run-journal.ts'
import type { Database } from './sql/schema.ts'
import { openSqlStorage } from './sql/sql-storage.ts'
import type { SqlValue } from './sql/statement.ts'
import { createTenantTurns } from './sql/tenant-turns.ts'
import { createMaintenance } from './sql/transfer/maintenance.ts'
import { postgresDatabase } from './sql/transfer/postgres-database.ts'

export type PostgresStorageOptions = (PostgresConnectionOptions | PostgresPoolOptions) & {
  /** How long a connection may take, and a statement, in ms; then it fails with STORAGE_UNAVAILABLE. @default 10_000 */
  readonly timeoutMs?: number
}

function connect({ pool, end }: PostgresPool, news: PostgresNews, timeoutMs: number): SqlConnection {
  const commits = createPostgresCommits(pool, timeoutMs)
  return {
    dialect: postgresDialect,
    ownership: 'LEASE',
    foreignVersion: () => undefined,
    foreignCatalog: news.foreignCatalog,
    told: news.told,
    tellSoon: news.tellSoon,
    onNews: news.onNews,
    inTurn: createTenantTurns(pool.options.max, timeoutMs),
    checkpoints: () => undefined,
    async all<Row>(sql: string, parameters: readonly SqlValue[], plan?: 'PLAN_ANEW') {
      // The plan of a statement with a name is kept, and is one for any parameters by then.
      const { name, text } = prepared(sql)
      const config = { text, values: [...parameters], types: postgresTypes, ...(plan ? {} : { name }) }
      try {
        // The rows of a statement have the columns that its text names; the caller says which those are.
        return (await pool.query(config)).rows as Row[]
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    async transact(statements, owner, onUniqueViolation) {
      try {
        await commits.commit(statements, owner, onUniqueViolation)
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    async transactInPortions(portions, owner, onUniqueViolation) {
      try {
        await commits.commitInPortions(portions, owner, onUniqueViolation)
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    eraseClearText: async () => undefined,
    async close() {
      await news.close()
      // The next one that opens the database removes what stays.
      await commits.close().catch(() => undefined)
      await end()
    },
  }
}

/**
 * Keeps everything in the schema `toolyard` of a PostgreSQL database, through `pg` (an optional peer dependency, as is
 * kysely). Several nodes may have it open. There is no place for a master key beside it: `secretKey` is required.
 */
export function postgresStorage(options: PostgresStorageOptions): MaintainedStorage {
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
      // It writes statements for its dialect; they are executed here.
      const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: pool.pool }) })
      const connection = untilClosed(connect(pool, listenForNews(pool.clientOptions), timeoutMs))
      return openSqlStorage(db, connection, withoutJournal(postgresDialect))
    },
  }
}
