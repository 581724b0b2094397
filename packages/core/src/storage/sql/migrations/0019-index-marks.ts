import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The marks of servers whose entries an index lacks. Nodes of the version before go on with their own marks, of servers of
 * which an index has earlier words.
 */
function migrationFor(text: string): Migration {
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
    },
  }
}

export const indexMarks = migrationFor('text')
export const postgresIndexMarks = migrationFor('text collate "C"')
