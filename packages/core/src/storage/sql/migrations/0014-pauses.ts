import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** `text`: the type of texts in the order of their code points, in which the dialects differ. */
function migrationFor(text: string): Migration {
  return {
    async up(db) {
      for (const statement of [
        // Nodes of the version before ask for no approval.
        `alter table servers add column approval_policy ${text} not null default 'NEVER'`,
        `alter table tools add column approval_policy ${text}`,
        'alter table tools add column holds_hints int not null default 0',
        'alter table runs add column approval text',
        `create table run_pauses (
          tenant ${text} not null, run_id ${text} not null, server_id ${text} not null, version bigint not null,
          expires_at bigint not null, body text not null, primary key (tenant, run_id)
        )`,
        'create index run_pauses_server on run_pauses (tenant, server_id)',
        'create index run_pauses_expire on run_pauses (expires_at)',
      ]) {
        await sql.raw(statement).execute(db)
      }
    },
  }
}

export const pauses = migrationFor('text')
export const postgresPauses = migrationFor('text collate "C"')
