import { type Kysely, sql } from 'kysely'

/**
 * The data keys that seal secrets. A registry seals stored plaintext secrets when it opens the database, as it has the key.
 * `user_version` is 1 until the file is free of their remains.
 */
export async function addSecretKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('secret_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('master_key_id', 'text', (column) => column.notNull())
    .addColumn('wrapped', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .execute()
  // Each server that was ever there began with an event, and a number of those is never forgotten.
  const { rows } = await sql`select 1 from sqlite_sequence where name = 'server_events'`.execute(db)
  if (rows.length > 0) await sql.raw('pragma user_version = 1').execute(db)
}
