import { type RawBuilder, sql } from 'kysely'

/** What SQLite and PostgreSQL say in different words. Everything else is written once, for both. */
export interface SqlDialect {
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
}

export const sqliteDialect: SqlDialect = {
  items: 'json_each(?)',
  itemsOf: (column) => sql`json_each(${sql.ref(column)})`,
  listed: (values) => sql`json_each(${JSON.stringify(values)})`,
  position: (column, text) => sql<number>`instr(${column}, ${text})`,
  now: "cast(unixepoch('subsec') * 1000 as integer)",
  awaitHolders: undefined,
}

export const postgresDialect: SqlDialect = {
  items: 'json_array_elements_text(?::json)',
  itemsOf: (column) => sql`json_array_elements_text(${sql.ref(column)}::json)`,
  listed: (values) => sql`json_array_elements_text(${JSON.stringify(values)}::json)`,
  position: (column, text) => sql<number>`strpos(${column}, ${text})`,
  now: 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)',
  awaitHolders: 'select pg_advisory_xact_lock(hashtextextended(?, 0))',
}
