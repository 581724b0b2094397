import type { SqlValue, Statement } from './writes.ts'

/** What the SQL storage needs of a driver beside Kysely: single rows by prepared statements, and whole commits. */
export interface SqlConnection {
  all<Row>(sql: string, parameters: readonly SqlValue[]): Promise<readonly Row[]>
  /**
   * Executes the statements in one transaction. Rejects with a statement's `unlessChanged`, or with what
   * `onUniqueViolation` makes of the statement that found its key taken.
   */
  transact(statements: readonly Statement[], onUniqueViolation: (statement: Statement) => Promise<Error>): Promise<void>
  close(): Promise<void>
}
