import type { Database, Statement } from 'better-sqlite3'

/** Prepares each text once on a connection. */
export function preparedOn(database: Database): (sql: string) => Statement {
  const statements = new Map<string, Statement>()
  return (sql) => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
}
