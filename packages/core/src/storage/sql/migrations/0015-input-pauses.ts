import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** `text`: the type of texts in the order of their code points, in which the dialects differ. */
function migrationFor(text: string): Migration {
  return {
    async up(db) {
      for (const statement of [
        `alter table servers add column input_policy ${text} not null default 'PAUSE'`,
        'alter table runs add column input text',
        `alter table run_pauses add column held_by ${text}`,
        `alter table run_pauses add column settled_for ${text}`,
        // Few pauses need a session, and fewer have just ended.
        'create index run_pauses_held on run_pauses (held_by) where held_by is not null',
        'create index run_pauses_settled on run_pauses (settled_for) where settled_for is not null',
      ]) {
        await sql.raw(statement).execute(db)
      }
    },
  }
}

export const inputPauses = migrationFor('text')
export const postgresInputPauses = migrationFor('text collate "C"')
