import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

const bytes = 'octet_length(definition) + coalesce(octet_length(pending_definition), 0)'
const ofServer = 'from tools where tools.tenant = servers.tenant and tools.server_id = servers.id'

/** How many tools a server has, and their bytes, is counted in its row; what is to be forgotten is found by its age. */
export const quotas: Migration = {
  async up(db) {
    for (const statement of [
      'alter table servers add column tool_count bigint not null default 0',
      'alter table servers add column tool_bytes bigint not null default 0',
      `update servers set tool_count = (select count(*) ${ofServer}),
        tool_bytes = (select coalesce(sum(${bytes}), 0) ${ofServer})`,
      'create index servers_usage on servers (tenant, tool_count, tool_bytes)',
      'create index tools_removed on tools (removed_at, id) where removed_at is not null',
      'create index audit_events_at on audit_events (at)',
      // Nodes of the version before do not say when: by now at the latest.
      `alter table children add column recorded_at bigint not null default ${Date.now()}`,
    ]) {
      await sql.raw(statement).execute(db)
    }
  },
}
