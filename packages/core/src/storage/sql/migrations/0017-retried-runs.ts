import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** `text`: the type of texts in the order of their code points, in which the dialects differ. */
function migrationFor(text: string): Migration {
  return {
    async up(db) {
      await sql.raw(`alter table runs add column retried_from ${text}`).execute(db)
    },
  }
}

export const retriedRuns = migrationFor('text')
export const postgresRetriedRuns = migrationFor('text collate "C"')
