import { createHash } from 'node:crypto'
import type { SqlValue, Statement } from '../statement.ts'
import type { PipelinedStatement } from './postgres-pipeline.ts'

export interface Query extends PipelinedStatement {
  /** Its origin. */
  readonly of: { readonly statement: Statement; readonly row: readonly SqlValue[] }
}

const texts = new Map<string, { readonly name: string; readonly text: string }>()

/** Numbers the parameters, which every `?` of a text is, and names the text: a connection prepares each name once. */
export function prepared(text: string): { readonly name: string; readonly text: string } {
  const known = texts.get(text)
  if (known) return known
  let count = 0
  const numbered = text.replaceAll('?', () => `$${++count}`)
  const made = { name: createHash('sha256').update(numbered).digest('base64url').slice(0, 22), text: numbered }
  texts.set(text, made)
  return made
}

/** Replaces lone surrogates, as UTF-8 encoding does elsewhere: JSON of PostgreSQL takes none. */
function wellFormed(value: SqlValue | undefined): SqlValue | undefined {
  return typeof value === 'string' ? value.toWellFormed() : value
}

const plainRows = /^insert into (\w+) \(([\w, ]+)\) values \((\?, )*\?\)$/

/** Inserts many rows as one parameter: JSON, which takes its types from the columns of the table. */
function asSet({ sql, rows }: Statement): { readonly sql: string; readonly row: readonly SqlValue[] } | undefined {
  const [, table, list] = (rows.length > 1 && plainRows.exec(sql)) || []
  if (table === undefined || list === undefined) return undefined
  const columns = list.split(', ')
  const records = rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column, wellFormed(row[index])])),
  )
  return {
    sql: `insert into ${table} (${list}) select ${list} from json_populate_recordset(null::${table}, ?)`,
    row: [JSON.stringify(records)],
  }
}

/** A row that changes nothing fails the transaction in the database, so that no statement waits for the count of the one before. */
export function queriesOf(statement: Statement): readonly Query[] {
  const mustChange = `with changed as (${statement.sql} returning 1) select must_change((select count(*) from changed))`
  const query = prepared(statement.unlessChanged ? mustChange : statement.sql)
  const set = asSet(statement)
  if (set) return [{ ...prepared(set.sql), values: set.row, of: { statement, row: set.row } }]
  return statement.rows.map((row) => ({ ...query, values: row, of: { statement, row } }))
}

export const isQuery = (statement: PipelinedStatement): statement is Query => 'of' in statement
