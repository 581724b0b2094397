import { RegistryError } from '../../base/errors.ts'

export type SqlValue = string | number | null

/** One statement as data, which the adapter of a dialect executes once for each row. Parameters are marked `?`. */
export interface Statement {
  readonly sql: string
  readonly rows: readonly (readonly SqlValue[])[]
  /** The error of the commit if a row changes nothing. */
  readonly unlessChanged?: (row: readonly SqlValue[]) => RegistryError
}

const insertTexts = new Map<string, string>()

/** Inserts rows, which have the same members in the same order. */
export function insert(table: string, rows: readonly object[]): Statement {
  let sql = insertTexts.get(table)
  if (sql === undefined) {
    const columns = Object.keys(rows[0] ?? {})
    sql = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
    insertTexts.set(table, sql)
  }
  // Rows hold texts, numbers and null alone (schema.ts).
  return { sql, rows: rows.map((row) => Object.values(row) as SqlValue[]) }
}

export function notFound(what: string, id: string): RegistryError {
  return new RegistryError('NOT_FOUND', `No ${what} has the id ${id}`)
}
