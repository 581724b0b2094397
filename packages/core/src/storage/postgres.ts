import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { isRegistryError, RegistryError } from '../errors.ts'
import type { SqlConnection } from './sql/connection.ts'
import { postgresDialect } from './sql/dialect.ts'
import { postgresMigrations } from './sql/migrations/postgres-migrations.ts'
import { fromPostgres, isRepeatable } from './sql/postgres-faults.ts'
import { listenForNews, type PostgresNews } from './sql/postgres-news.ts'
import { withoutJournal } from './sql/run-journal.ts'
import type { Database } from './sql/schema.ts'
import { openSqlStorage } from './sql/sql-storage.ts'
import type { SqlValue, Statement } from './sql/writes.ts'
import type { StorageAdapter } from './storage.ts'

export interface PostgresStorageOptions {
  /** `postgres://user:password@host:port/database`; everything is kept in its schema `toolyard`. */
  readonly connectionString: string
  /** Connections at a time. @default 10 */
  readonly poolSize?: number
  /** How long a connection may take, and a statement, in ms; then it fails with STORAGE_UNAVAILABLE. @default 10_000 */
  readonly timeoutMs?: number
}

const int8 = 20

function createPool({ connectionString, poolSize = 10, timeoutMs = 10_000 }: PostgresStorageOptions): pg.Pool {
  const types: pg.CustomTypesConfig = {
    // Counts, and times in ms: far below what a number holds exactly.
    getTypeParser: (id, format) => (id === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(id, format)),
  }
  const pool = new pg.Pool({
    connectionString,
    max: poolSize,
    types,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    options: '-c search_path=toolyard',
  })
  // A connection that breaks while nobody uses it: the next use makes another, and fails by itself where it cannot.
  return pool.on('error', () => undefined)
}

/** Brings the schema to the current version. Of nodes that begin at once one does so, and the others wait for it. */
async function migrate(db: Kysely<Database>): Promise<void> {
  const known = Object.keys(postgresMigrations)
  await sql`create schema if not exists toolyard`.execute(db)
  const provider = { getMigrations: async () => ({ ...postgresMigrations }) }
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (tables.some(({ name, schema }) => name === 'kysely_migration' && schema === 'toolyard')) {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
    const newer = rows.map(({ name }) => name).filter((name) => !known.includes(name))
    if (newer.length > 0) {
      const message = `The database is at version ${newer.at(-1)}, this program knows versions up to ${known.at(-1)}; use a newer toolyard`
      throw new RegistryError('STORAGE_TOO_NEW', message)
    }
  }
  // Under an advisory lock, and in one transaction.
  const { error } = await new Migrator({ db, provider, migrationTableSchema: 'toolyard' }).migrateToLatest()
  if (error !== undefined) throw error
}

const texts = new Map<string, string>()

/** Parameters are `?` in what is written for every dialect; no text has one that is none. */
function numbered(text: string): string {
  const known = texts.get(text)
  if (known !== undefined) return known
  let count = 0
  const result = text.replaceAll('?', () => `$${++count}`)
  texts.set(text, result)
  return result
}

const maxTries = 5

/** Statements in one transaction on one connection. Rejects with the statement at fault beside the error. */
async function transactOn(client: pg.PoolClient, statements: readonly Statement[]): Promise<void> {
  let current: Statement | undefined
  try {
    await client.query('begin')
    for (const statement of statements) {
      current = statement
      for (const row of statement.rows) {
        const { rowCount } = await client.query(numbered(statement.sql), [...row])
        if (rowCount === 0 && statement.unlessChanged) throw statement.unlessChanged(row)
      }
    }
    current = undefined
    await client.query('commit')
  } catch (error) {
    throw new StatementFault(current, error)
  }
}

class StatementFault extends Error {
  override readonly name = 'StatementFault'
  readonly statement: Statement | undefined
  constructor(statement: Statement | undefined, cause: unknown) {
    super('A statement of the commit failed', { cause })
    this.statement = statement
  }
}

function connect(pool: pg.Pool, news: PostgresNews): SqlConnection {
  async function attempt(statements: readonly Statement[]): Promise<void> {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await transactOn(client, statements)
    } catch (fault) {
      // A connection that does not roll back is of no use any more.
      await client.query('rollback').catch((error: Error) => {
        broken = error
      })
      throw fault
    } finally {
      client.release(broken)
    }
  }

  return {
    dialect: postgresDialect,
    foreignVersion: () => undefined,
    foreignCatalog: news.foreignCatalog,
    told: news.told,
    onNews: news.onNews,
    checkpoints: () => undefined,
    async all<Row>(text: string, parameters: readonly SqlValue[]) {
      try {
        // The rows of a statement have the columns that its text names; the caller says which those are.
        return (await pool.query(numbered(text), [...parameters])).rows as Row[]
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    async transact(statements, onUniqueViolation) {
      for (let tries = 1; ; tries += 1) {
        try {
          await attempt(statements)
          return
        } catch (fault) {
          const { statement, cause } = fault instanceof StatementFault ? fault : { statement: undefined, cause: fault }
          // Two that wait for each other: one was undone, and is repeated.
          if (isRepeatable(cause) && tries < maxTries) continue
          const code = cause instanceof pg.DatabaseError ? cause.code : undefined
          if (code === '23505' && statement) throw await onUniqueViolation(statement)
          if (code === '23503') throw new RegistryError('NOT_FOUND', 'The server of these tools is gone', { cause })
          throw fromPostgres(cause)
        }
      }
    },
    eraseClearText: async () => undefined,
    async close() {
      await news.close()
      await pool.end()
    },
  }
}

/** Keeps everything in the schema `toolyard` of a PostgreSQL database, through `pg`. For one node as yet. */
export function postgresStorage(options: PostgresStorageOptions): StorageAdapter {
  return {
    async open() {
      const pool = createPool(options)
      const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
      try {
        await migrate(db)
      } catch (error) {
        await pool.end()
        const outside = fromPostgres(error)
        if (isRegistryError(outside)) throw outside
        const reason = error instanceof Error ? error.message : String(error)
        throw new RegistryError('STORAGE_INVALID', `The database cannot be opened: ${reason}`, { cause: error })
      }
      return openSqlStorage(db, connect(pool, listenForNews(options.connectionString)), withoutJournal)
    },
  }
}
