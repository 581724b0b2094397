import { type RawBuilder, sql } from 'kysely'
import { type MatchExpression, serverMark, tenantMark, toFts5, toTsquery } from './match-expression.ts'

/** What SQLite and PostgreSQL say in different words. Everything else is written once, for both. */
export interface SqlDialect {
  /** Whether Kysely writes parameters as $1, so that a text that stands twice has them once; else as `?`. */
  readonly numbersParameters: boolean
  /** A parameter that holds a list of texts as JSON, as a table with the column `value`. */
  readonly items: string
  /** The texts of a column that holds a list as JSON, likewise. */
  itemsOf(column: string): RawBuilder<unknown>
  /** A list of texts, likewise. */
  listed(values: readonly string[]): RawBuilder<unknown>
  /** Where `text` stands in a column, as it is; 0: nowhere. */
  position(column: RawBuilder<string>, text: string): RawBuilder<number>
  /** The clock of the database, in epoch milliseconds. */
  readonly now: string
  /** Waits for the commits under the lease of an owner, a parameter; undefined where there are no leases. */
  readonly awaitHolders: string | undefined
  /** The tools that the index has for it, as a table with the columns of `tools`. */
  found(expression: MatchExpression): RawBuilder<unknown>
  /**
   * The last number (`doc`) of each portion of a server's tools, in order, to work on one after the other; undefined where
   * the work is done by another process, and so holds nothing up here. Parameters: tenant and server.
   */
  readonly portions: string | undefined
  /**
   * Before and after many tools are deleted, within the transaction: the index merges what is left of it later, and not
   * at once in one piece.
   */
  readonly aroundDeletes: readonly [before: string, after: string] | undefined
  /** Indexes what is to be found of the tools that meet the condition, anew where they are indexed. */
  indexTools(condition: string): string
}

/** What the index has of a tool, as text. */
const indexed = `'${tenantMark}' || tools.tenant || ' ${serverMark}' || tools.server_id || tools.words || servers.words`
const indexedTools = 'tools join servers on servers.id = tools.server_id'

const deleteMerge = (percent: number) => `insert into tool_index (tool_index, rank) values ('deletemerge', ${percent})`

export const sqliteDialect: SqlDialect = {
  numbersParameters: false,
  items: 'json_each(?)',
  itemsOf: (column) => sql`json_each(${sql.ref(column)})`,
  listed: (values) => sql`json_each(${JSON.stringify(values)})`,
  position: (column, text) => sql<number>`instr(${column}, ${text})`,
  now: "cast(unixepoch('subsec') * 1000 as integer)",
  awaitHolders: undefined,
  // From the index to the tools, never the other way.
  found: (expression) =>
    sql`(select rowid as hit from tool_index where tool_index match ${toFts5(expression)}) as hits
      cross join tools on tools.doc = hits.hit`,
  // What a tool weighs: itself, and each page of its definition.
  portions: `select max(doc) as last from (
    select doc, sum(1 + octet_length(definition) / 4096) over (order by doc) as weight
    from tools where tenant = ? and server_id = ?
  ) group by weight / 100 order by last`,
  // In percent of a segment (SQLite, FTS5, the deletemerge configuration option); 10 is FTS5's own.
  aroundDeletes: [deleteMerge(0), deleteMerge(10)],
  indexTools: (condition) => `insert or replace into tool_index (rowid, words)
    select tools.doc, ${indexed} from ${indexedTools} where ${condition} order by tools.doc`,
}

export const postgresDialect: SqlDialect = {
  numbersParameters: true,
  items: 'json_array_elements_text(?::json)',
  itemsOf: (column) => sql`json_array_elements_text(${sql.ref(column)}::json)`,
  listed: (values) => sql`json_array_elements_text(${JSON.stringify(values)}::json)`,
  position: (column, text) => sql<number>`strpos(${column}, ${text})`,
  now: 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)',
  awaitHolders: 'select pg_advisory_xact_lock(hashtextextended(?, 0))',
  found: (expression) =>
    sql`(select tool_id as hit from tool_index where vector @@ ${toTsquery(expression)}::tsquery) as hits
      join tools on tools.id = hits.hit`,
  portions: undefined,
  aroundDeletes: undefined,
  indexTools: (condition) => `insert into tool_index (tool_id, vector)
    select tools.id, array_to_tsvector(array_remove(string_to_array(translate(${indexed}, E'\\n', ' '), ' '), ''))
    from ${indexedTools} where ${condition} order by tools.id
    on conflict (tool_id) do update set vector = excluded.vector where tool_index.vector <> excluded.vector`,
}
