import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { RegistryError } from '../../../base/errors.ts'
import type { Database } from '../schema.ts'
import { postgresMigrations } from './postgres-migrations.ts'

/** The key of the lock with which nodes that start at once wait for each other. */
const lock = "hashtext('toolyard migrations')"

const known = Object.keys(postgresMigrations)

/** The last migration of a database; undefined if it has none. */
async function versionOf(client: pg.ClientBase): Promise<string | undefined> {
  const { rows: tables } = await client.query<{ found: boolean }>(
    "select to_regclass('toolyard.kysely_migration') is not null as found",
  )
  if (!tables[0]?.found) return undefined
  const { rows } = await client.query<{ name: string }>(
    'select name from toolyard.kysely_migration order by name desc limit 1',
  )
  return rows[0]?.name
}

function assertKnown(version: string | undefined): void {
  if (version === undefined || known.includes(version)) return
  const message = `The database is at version ${version}, this program knows versions up to ${known.at(-1)}; use a newer toolyard`
  throw new RegistryError('STORAGE_TOO_NEW', message)
}

async function migrateToLatest(client: pg.Client): Promise<void> {
  await client.query('create schema if not exists toolyard')
  // A pool of one open connection, for Kysely.
  const connect = async () => Object.assign(client, { release: () => undefined })
  const pool = { connect, end: async () => undefined, options: {} }
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const provider = { getMigrations: async () => ({ ...postgresMigrations }) }
  const { error } = await new Migrator({ db, provider, migrationTableSchema: 'toolyard' }).migrateToLatest()
  if (error !== undefined) throw error
}

/**
 * Migrates the schema to the current version, on its own connection. If several nodes start at once, one migrates and the
 * others wait. Rejects with STORAGE_TOO_NEW, and with errors of the driver.
 */
export async function migratePostgres(clientOptions: pg.ClientConfig): Promise<void> {
  // No timeout: a migration may take long.
  const client = new pg.Client({ ...clientOptions, query_timeout: 0, options: '-c search_path=toolyard' })
  // A fault fails the next query.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const before = await versionOf(client)
    assertKnown(before)
    if (before === known.at(-1)) return
    await client.query(`select pg_advisory_lock(${lock})`)
    assertKnown(await versionOf(client))
    await migrateToLatest(client)
  } finally {
    // The end of the connection releases the lock.
    await client.end()
  }
}
