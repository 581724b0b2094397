import pg from 'pg'
import { isRegistryError, RegistryError } from '../../../base/errors.ts'
import { postgresDialect } from '../dialect.ts'
import { markAllStatements } from '../indexing/index-marks.ts'
import { migratePostgres } from '../migrations/postgres-migrate.ts'
import { postgresMigrations } from '../migrations/postgres-migrations.ts'
import { fromPostgres, inDoubt, isConnectionLost } from '../postgres/postgres-faults.ts'
import { postgresTypes } from '../postgres/postgres-types.ts'
import type { DatabaseReader, DatabaseWriter, MaintainedDatabase } from './maintained-database.ts'
import { transferTables } from './tables.ts'

/** Rows per fetch: those of a log or result may be long. */
const rowsAtOnce = 200
/** Deadline of a statement, in ms: it may read all rows of a table. */
const statementMs = 600_000

function faultOf(error: unknown): unknown {
  const outside = fromPostgres(error)
  if (isRegistryError(outside)) return outside
  const reason = error instanceof Error ? error.message : String(error)
  return new RegistryError('STORAGE_INVALID', `The database is unusable: ${reason}`, { cause: error })
}

/** Reads within a transaction of `client`, which ends with the reader. */
function readerOf(client: pg.Client): DatabaseReader {
  async function query(text: string): Promise<readonly object[]> {
    try {
      return (await client.query<object>({ text, types: postgresTypes })).rows
    } catch (error) {
      throw faultOf(error)
    }
  }
  return {
    async tables() {
      const rows = await query("select tablename as name from pg_tables where schemaname = 'toolyard'")
      return new Set(rows.map((row) => String(Reflect.get(row, 'name'))))
    },
    async *rows(sql) {
      await query(`declare transfer no scroll cursor for ${sql}`)
      for (;;) {
        const rows = await query(`fetch ${rowsAtOnce} from transfer`)
        yield* rows
        if (rows.length < rowsAtOnce) break
      }
      await query('close transfer')
    },
    async [Symbol.asyncDispose]() {
      // The end of the connection undoes the transaction.
      await client.end()
    },
  }
}

function writerOf(client: pg.Client): DatabaseWriter {
  return {
    ...readerOf(client),
    async insert(table, columns, rows) {
      const names = columns.join(', ')
      // Keeps the order of the list, in which rows are numbered.
      const text = `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, $1)`
      try {
        await client.query(text, [JSON.stringify(rows)])
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    async markAll() {
      try {
        for (const statement of markAllStatements) await client.query(statement)
      } catch (error) {
        throw fromPostgres(error)
      }
    },
    async commit() {
      try {
        await client.query('commit')
      } catch (error) {
        throw isConnectionLost(error) ? inDoubt(error) : faultOf(error)
      }
    },
  }
}

export function postgresDatabase(options: pg.ClientConfig): MaintainedDatabase {
  const clientOptions = { ...options, query_timeout: statementMs, options: '-c search_path=toolyard' }

  async function begin(...statements: readonly string[]): Promise<pg.Client> {
    let client: pg.Client | undefined
    try {
      client = new pg.Client(clientOptions)
      // A fault fails the next query.
      client.on('error', () => undefined)
      await client.connect()
      for (const statement of statements) await client.query(statement)
      return client
    } catch (error) {
      await client?.end().catch(() => undefined)
      throw faultOf(error)
    }
  }

  return {
    dialect: 'POSTGRES',
    versions: Object.keys(postgresMigrations),
    now: postgresDialect.now,
    read: async () => readerOf(await begin('begin transaction isolation level repeatable read read only')),
    // A node that opens the database meanwhile waits, as it inserts its record.
    write: async () =>
      writerOf(await begin('begin', `lock table owners, ${transferTables.join(', ')} in exclusive mode`)),
    async migrate() {
      try {
        await migratePostgres(clientOptions)
      } catch (error) {
        throw faultOf(error)
      }
    },
    // There is no write-ahead log of runs.
    recover: async () => undefined,
    obstacle: async () => undefined,
  }
}
