import type { SqlValue, Statement } from './writes.ts'

/** When a commit is made: before others go on, or together with those that come in the same turn of the event loop. */
export type CommitTime = 'NOW' | 'END_OF_TURN'

/** What the SQL storage needs of a driver beside Kysely: rows by prepared statements, and whole commits. */
export interface SqlConnection {
  /** Changes with each commit of another connection, in this process or another. */
  foreignVersion(): number
  /** Makes at once what waits for the end of the turn, so that a read sees it. */
  settle(): void
  all<Row>(sql: string, parameters: readonly SqlValue[]): Promise<readonly Row[]>
  /**
   * Executes the statements in one transaction. Rejects with a statement's `unlessChanged`, or with what
   * `onUniqueViolation` makes of the statement that found its key taken.
   */
  transact(
    statements: readonly Statement[],
    when: CommitTime,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
  ): Promise<void>
  close(): Promise<void>
}
