import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** `text`: the type of texts in the order of their code points, in which the dialects differ. */
function statements(text: string): readonly string[] {
  // Nodes of the version before delete servers too, and know nothing of these tables.
  const ofServer = 'foreign key (tenant, server_id) references servers (tenant, id) on delete cascade'
  return [
    `create table oauth_grants (
      tenant ${text} not null, server_id ${text} not null, version bigint not null, body text not null,
      primary key (tenant, server_id), ${ofServer}
    )`,
    `create table oauth_clients (
      tenant ${text} not null, issuer ${text} not null, redirect_uri ${text} not null, created_at bigint not null,
      body text not null,
      primary key (tenant, issuer, redirect_uri)
    )`,
    `create table oauth_flows (
      tenant ${text} not null, state_hash ${text} not null, server_id ${text} not null, created_at bigint not null,
      expires_at bigint not null, body text not null,
      primary key (tenant, state_hash), ${ofServer}
    )`,
    'create index oauth_clients_created on oauth_clients (tenant, created_at)',
    'create index oauth_flows_server on oauth_flows (tenant, server_id, created_at)',
    'create index oauth_flows_expired on oauth_flows (tenant, expires_at)',
  ]
}

function migrationFor(text: string): Migration {
  return {
    async up(db) {
      for (const statement of statements(text)) await sql.raw(statement).execute(db)
    },
  }
}

export const oauth = migrationFor('text')
export const postgresOAuth = migrationFor('text collate "C"')
