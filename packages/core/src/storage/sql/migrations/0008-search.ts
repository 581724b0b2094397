import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { serverWords } from '../../../search/entry-words.ts'
import { toolWords } from '../../../search/tool-words.ts'

const rowsAtOnce = 500

/** A table whose rows, by their ids, get the words that are made of them. */
interface Worded {
  readonly table: 'servers' | 'tools'
  readonly source: 'name' | 'definition'
  readonly toWords: (source: string) => string
}

const worded: readonly Worded[] = [
  { table: 'servers', source: 'name', toWords: serverWords },
  // Written from a definition.
  { table: 'tools', source: 'definition', toWords: (text) => toolWords(JSON.parse(text)) },
]

/** `pairs`: a table of the members of a JSON object, of what dialect it is. */
async function fillWords(db: Kysely<unknown>, { table, source, toWords }: Worded, pairs: string): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string; source: string }>`select id, ${sql.ref(source)} as source
      from ${sql.table(table)} where id > ${after} order by id limit ${rowsAtOnce}`.execute(db)
    const words = Object.fromEntries(rows.map((row) => [row.id, toWords(row.source)]))
    await sql`update ${sql.table(table)} set words = pairs.value from ${sql.raw(pairs)}(${JSON.stringify(words)}) as pairs
      where ${sql.table(table)}.id = pairs.key`.execute(db)
    const last = rows.at(-1)
    if (!last || rows.length < rowsAtOnce) return
    after = last.id
  }
}

/** The first search indexes the tools. */
async function indexAll(db: Kysely<unknown>, pairs: string): Promise<void> {
  for (const table of worded) await fillWords(db, table, pairs)
  await sql`insert into unindexed_servers (tenant, server_id) select distinct tenant, server_id from tools`.execute(db)
}

const others = `id, tenant, server_id, name, definition, approved, pending_definition, read_only, destructive, enabled, tags,
  return_char_limit, record_args, record_results, first_seen_at, updated_at, removed_at`

/** The index knows a tool by a number. SQLite's own may be others after a vacuum, unless they are a column. */
const numberTools = [
  `create table new_tools (
    doc integer primary key, id text not null unique, tenant text not null, server_id text not null, name text not null,
    definition text not null, approved integer not null default 1, pending_definition text, read_only integer not null,
    destructive integer not null, enabled integer not null, tags text not null, return_char_limit integer,
    record_args text, record_results text, first_seen_at integer not null, updated_at integer not null,
    removed_at integer, words text not null default '',
    constraint tools_server_name unique (tenant, server_id, name),
    constraint tools_server foreign key (tenant, server_id) references servers (tenant, id) on delete cascade
  )`,
  `insert into new_tools (${others}) select ${others} from tools order by first_seen_at, id`,
  'drop table tools',
  'alter table new_tools rename to tools',
  'create index tools_name on tools (tenant, name, id)',
  'create index tools_waiting on tools (tenant, name, id) where approved = 0 or pending_definition is not null',
  'create index tools_first_seen on tools (tenant, first_seen_at, id)',
]

/** Words alone: where they stand does not matter, and what they are is not left to a tokenizer. */
const index = [
  `create virtual table tool_index using fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '@#_=-'"
  )`,
  'create trigger tools_leave_index after delete on tools begin delete from tool_index where rowid = old.doc; end',
  `create table unindexed_servers (
    tenant text not null, server_id text not null, primary key (tenant, server_id)
  ) without rowid`,
]

/** Foreign keys are off meanwhile (sqlite-file.ts): a table that is dropped would take along what refers to it. */
export const search: Migration = {
  async up(db) {
    const addWords = "alter table servers add column words text not null default ''"
    for (const statement of [addWords, ...numberTools, ...index]) await sql.raw(statement).execute(db)
    await indexAll(db, 'json_each')
  },
}

const postgresIndex = `
alter table servers add column words text not null default '';
alter table tools add column words text not null default '';
create table tool_index (tool_id text collate "C" primary key, vector tsvector not null);
create index tool_index_vector on tool_index using gin (vector) with (gin_pending_list_limit = 256);
create table unindexed_servers (
  tenant text collate "C" not null, server_id text collate "C" not null, primary key (tenant, server_id)
);
create function tools_leave_index() returns trigger language plpgsql as $$
begin
  delete from tool_index where tool_id in (select id from removed);
  return null;
end $$;
create trigger tools_leave_index after delete on tools referencing old table as removed
  for each statement execute function tools_leave_index();
`

export const postgresSearch: Migration = {
  async up(db) {
    await sql.raw(postgresIndex).execute(db)
    await indexAll(db, 'json_each_text')
  },
}
