import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** `text`: the type of texts in the order of their code points, in which the dialects differ. */
function statements(text: string): readonly string[] {
  return [
    // Nodes of the version before delete servers too, and know nothing of this table.
    `create table features (
      id ${text} primary key, tenant ${text} not null, server_id ${text} not null, kind ${text} not null,
      identifier ${text} not null, identifier_hash ${text} not null, name ${text} not null, mime_type ${text},
      definition text not null, first_seen_at bigint not null, updated_at bigint not null, removed_at bigint,
      unique (tenant, server_id, kind, identifier_hash),
      foreign key (tenant, server_id) references servers (tenant, id) on delete cascade
    )`,
    'create index features_name on features (tenant, kind, name, id)',
    'create index features_server on features (tenant, server_id, kind, name, id)',
    'create index features_removed on features (removed_at, id) where removed_at is not null',
    'alter table servers add column feature_count bigint not null default 0',
    'alter table servers add column feature_bytes bigint not null default 0',
    'create index servers_features on servers (tenant, feature_count, feature_bytes)',
  ]
}

function migrationFor(text: string): Migration {
  return {
    async up(db) {
      for (const statement of statements(text)) await sql.raw(statement).execute(db)
    },
  }
}

export const features = migrationFor('text')
export const postgresFeatures = migrationFor('text collate "C"')
