import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { RegistryError } from '../../../base/errors.ts'
import type { Database } from '../schema.ts'
import { postgresMigrations } from './postgres-migrations.ts'

/** "toolyard" and what for, as the key of the lock under which nodes that begin at once wait for each other. */
const lock = "hashtext('toolyard migrations')"

const known = Object.keys(postgresMigrations)

/** What stands of the migrations in a database; undefined: nothing. */
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

async function bringUp(client: pg.Client): Promise<void> {
  await client.query('create schema if not exists toolyard')
  // One connection, already open: whatever Kysely asks of its pool, it gets this one.
  const connect = async () => Object.assign(client, { release: () => undefined })
  const pool = { connect, end: async () => undefined, options: {} }
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const provider = { getMigrations: async () => ({ ...postgresMigrations }) }
  const { error } = await new Migrator({ db, provider, migrationTableSchema: 'toolyard' }).migrateToLatest()
  if (error !== undefined) throw error
}

/**
 * Brings the schema to the current version, on a connection of its own. Of nodes that begin at once one does so, and the
 * others wait for it. STORAGE_TOO_NEW; what the driver says otherwise.
 */
export async function migratePostgres(clientOptions: pg.ClientConfig): Promise<void> {
  // A migration may take its time.
  const client = new pg.Client({ ...clientOptions, query_timeout: 0, options: '-c search_path=toolyard' })
  // What breaks it fails what is asked of it.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const before = await versionOf(client)
    assertKnown(before)
    if (before === known.at(-1)) return
    await client.query(`select pg_advisory_lock(${lock})`)
    assertKnown(await versionOf(client))
    await bringUp(client)
  } finally {
    // With the connection goes its lock.
    await client.end()
  }
}
