import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The marks of servers whose entries an index lacks. Nodes of the version before go on with their own marks, of servers of
 * which an index has earlier words.
 */
function migrationFor(text: string, further: readonly string[]): Migration {
  return {
    async up(db: Kysely<unknown>) {
      for (const table of ['tools_to_index', 'features_to_index']) {
        await sql
          .raw(
            `create table ${table} (
              tenant ${text} not null, server_id ${text} not null, primary key (tenant, server_id)
            )`,
          )
          .execute(db)
      }
      for (const statement of further) await sql.raw(statement).execute(db)
    },
  }
}

/** On SQLite, features are indexed by one more word from now on. */
const markFeatures = `insert or replace into unindexed_features (tenant, server_id, version)
  select distinct tenant, server_id, '0019' from features`

export const indexMarks = migrationFor('text', [markFeatures])
export const postgresIndexMarks = migrationFor('text collate "C"', [])
