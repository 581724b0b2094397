import { type RawBuilder, sql } from 'kysely'
import { type Indexing, postgresIndexing, sqliteIndexing } from './indexing/index-statements.ts'
import { type MatchExpression, toFts5, toTsquery } from './match-expression.ts'

/** The tables of the indexes of tools, and of resources, templates and prompts. */
export type SearchIndex = 'tool_index' | 'feature_index'

/** FROM_INDEX: from each hit to its row, for few hits. ANY: as the database thinks fit, for all. */
export type HitPlan = 'FROM_INDEX' | 'ANY'

/** The SQL in which SQLite and PostgreSQL differ. Everything else is written once, for both. */
export interface SqlDialect {
  /** Whether Kysely writes parameters as $1, so that a text that is used twice has them once; else as `?`. */
  readonly numbersParameters: boolean
  /** A table with the column `value`, from a parameter that holds a list of texts as JSON. */
  readonly items: string
  /**
   * The condition that a row is of a tenant and has one of some ids, parameters both, the ids as a list in JSON. The ids find
   * the rows: SQLite would prefer to go through all rows of the tenant.
   */
  readonly isOneOf: string
  /** As `items`, from a column that holds a list as JSON. */
  itemsOf(column: string): RawBuilder<unknown>
  /** The same from a list of texts. */
  listed(values: readonly string[]): RawBuilder<unknown>
  /** The position of `text` in a column, case-sensitive; 0 if it is not there. */
  position(column: RawBuilder<string>, text: string): RawBuilder<number>
  /** The clock of the database, in epoch milliseconds. */
  readonly now: string
  /** Waits for the commits under the lease of a node, a parameter; undefined without leases. */
  readonly awaitHolders: string | undefined
  /** The tools that the index finds, as a table with the columns of `tools`. */
  found(expression: MatchExpression, plan: HitPlan): RawBuilder<unknown>
  /** The entries that an index finds, removed ones included, as a table. */
  hits(index: SearchIndex, expression: MatchExpression): RawBuilder<unknown>
  /** The resources, templates and prompts that their index finds: the columns of `features`, and `hit_words`. */
  foundFeatures(expression: MatchExpression, plan: HitPlan): RawBuilder<unknown>
  /** Fills the indexes. */
  readonly indexing: Indexing
  /** Whether statements are executed in this process, so that a long one holds the event loop. */
  readonly worksInProcess: boolean
  /**
   * Statements before and after the deletion of many entries, within the transaction. They make the indexes merge their
   * rests later, in place of at once in one piece.
   */
  readonly aroundDeletes: { readonly before: readonly string[]; readonly after: readonly string[] } | undefined
}

const deleteMerge = (percent: number) =>
  ['tool_index', 'feature_index'].map(
    (index) => `insert into ${index} (${index}, rank) values ('deletemerge', ${percent})`,
  )

export const sqliteDialect: SqlDialect = {
  numbersParameters: false,
  items: 'json_each(?)',
  isOneOf: '+tenant = ? and id in (select value from json_each(?))',
  itemsOf: (column) => sql`json_each(${sql.ref(column)})`,
  listed: (values) => sql`json_each(${JSON.stringify(values)})`,
  position: (column, text) => sql<number>`instr(${column}, ${text})`,
  now: "cast(unixepoch('subsec') * 1000 as integer)",
  awaitHolders: undefined,
  // `cross join` makes SQLite go from the index to the tools, never the other way.
  found: (expression) =>
    sql`(select rowid as hit from tool_index where tool_index match ${toFts5(expression)}) as hits
      cross join tools on tools.doc = hits.hit`,
  hits: (index, expression) =>
    sql`(select rowid from ${sql.table(index)} where ${sql.ref(index)} match ${toFts5(expression)}) as hits`,
  foundFeatures: (expression) =>
    sql`(select feature_words.feature_id, feature_words.words as hit_words
      from (select rowid as hit from feature_index where feature_index match ${toFts5(expression)}) as hits
      cross join feature_words on feature_words.doc = hits.hit) as found
      cross join features on features.id = found.feature_id`,
  indexing: sqliteIndexing,
  worksInProcess: true,
  // In percent of a segment (SQLite, FTS5, the deletemerge configuration option); 10 is the default.
  aroundDeletes: { before: deleteMerge(0), after: deleteMerge(10) },
}

/**
 * Joins the row with an id. Before PostgreSQL has statistics of new rows, it would rather go through all of the tenant than
 * from the index to the rows; it does not look through `offset 0`.
 */
function rowOf(table: 'tools' | 'features', id: string, plan: HitPlan): RawBuilder<unknown> {
  if (plan === 'ANY') return sql.raw(`join ${table} on ${table}.id = ${id}`)
  return sql.raw(`cross join lateral (select * from ${table} where ${table}.id = ${id} offset 0) as ${table}`)
}

export const postgresDialect: SqlDialect = {
  numbersParameters: true,
  items: 'json_array_elements_text(?::json)',
  isOneOf: 'tenant = ? and id in (select value from json_array_elements_text(?::json))',
  itemsOf: (column) => sql`json_array_elements_text(${sql.ref(column)}::json)`,
  listed: (values) => sql`json_array_elements_text(${JSON.stringify(values)}::json)`,
  position: (column, text) => sql<number>`strpos(${column}, ${text})`,
  now: 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)',
  awaitHolders: 'select pg_advisory_xact_lock(hashtextextended(?, 0))',
  found: (expression, plan) =>
    sql`(select tool_id as hit from tool_index where vector @@ ${toTsquery(expression)}::tsquery) as hits
      ${rowOf('tools', 'hits.hit', plan)}`,
  hits: (index, expression) =>
    sql`(select 1 from ${sql.table(index)} where vector @@ ${toTsquery(expression)}::tsquery) as hits`,
  foundFeatures: (expression, plan) =>
    sql`(select feature_id, words as hit_words from feature_index where vector @@ ${toTsquery(expression)}::tsquery)
      as found ${rowOf('features', 'found.feature_id', plan)}`,
  indexing: postgresIndexing,
  worksInProcess: false,
  aroundDeletes: undefined,
}
