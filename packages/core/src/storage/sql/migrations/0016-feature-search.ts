import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The first search indexes what is there. */
const markAll = (version: string) => `insert into unindexed_features (tenant, server_id, version)
  select distinct tenant, server_id, '${version}' from features`

/** The words stand in a table of their own, with the numbers by which the index knows them: refreshes do not write it. */
const sqlite = [
  'create table feature_words (doc integer primary key, feature_id text not null unique, words text not null)',
  `create virtual table feature_index using fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '@#_=-'"
  )`,
  `create trigger features_leave_index after delete on features begin
    delete from feature_index where rowid = (select doc from feature_words where feature_id = old.id);
    delete from feature_words where feature_id = old.id;
  end`,
  `create table unindexed_features (
    tenant text not null, server_id text not null, version text not null, primary key (tenant, server_id)
  ) without rowid`,
  markAll('0016'),
]

const postgres = `
create table feature_index (feature_id text collate "C" primary key, words text not null, vector tsvector not null);
create index feature_index_vector on feature_index using gin (vector) with (gin_pending_list_limit = 256);
create table unindexed_features (
  tenant text collate "C" not null, server_id text collate "C" not null, version text not null,
  primary key (tenant, server_id)
);
create function features_leave_index() returns trigger language plpgsql as $$
begin
  delete from feature_index where feature_id in (select id from removed);
  return null;
end $$;
create trigger features_leave_index after delete on features referencing old table as removed
  for each statement execute function features_leave_index();
${markAll('0016')};
`

export const featureSearch: Migration = {
  async up(db) {
    for (const statement of sqlite) await sql.raw(statement).execute(db)
  },
}

export const postgresFeatureSearch: Migration = {
  async up(db) {
    await sql.raw(postgres).execute(db)
  },
}
