import type { Database, Statement as Prepared } from 'better-sqlite3'
import type { CommitTime } from './connection.ts'
import type { Statement } from './writes.ts'

/** What went wrong with one statement of a commit, which has been undone. */
export class StatementError extends Error {
  override readonly name = 'StatementError'
  readonly statement: Statement
  constructor(statement: Statement, cause: unknown) {
    super('A statement of the commit failed', { cause })
    this.statement = statement
  }
}

export interface GroupCommit {
  /** Resolves once the statements are committed; rejects where they were not, with everything as it was. */
  add(statements: readonly Statement[], when: CommitTime): Promise<void>
  /** Commits at once what waits. */
  flush(): void
}

interface Waiting {
  readonly statements: readonly Statement[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes commits together in one transaction, which costs more than what is in it: the first that is urgent in a turn of
 * the event loop at once; the others at the end of the turn, when requests have been sent and the servers are at work.
 * Each stands or falls by itself.
 */
export function createGroupCommit(database: Database, prepare: (sql: string) => Prepared): GroupCommit {
  let waiting: Waiting[] = []
  let isTurnTaken = false
  let isScheduled = false

  function run(statements: readonly Statement[]): void {
    for (const statement of statements) {
      try {
        const prepared = prepare(statement.sql)
        for (const row of statement.rows) {
          const { changes } = prepared.run(row)
          if (changes === 0 && statement.unlessChanged) throw statement.unlessChanged(row)
        }
      } catch (error) {
        throw new StatementError(statement, error)
      }
    }
  }

  function transact(work: () => void): void {
    prepare('begin immediate').run()
    try {
      work()
      prepare('commit').run()
    } catch (error) {
      // Some faults, such as a full disk, have ended it already.
      if (database.inTransaction) prepare('rollback').run()
      throw error
    }
  }

  function commitAlone({ statements, resolve, reject }: Waiting): void {
    try {
      transact(() => run(statements))
      resolve()
    } catch (error) {
      reject(error)
    }
  }

  function flush(): void {
    const group = waiting
    waiting = []
    const [first, ...others] = group
    if (first && others.length === 0) commitAlone(first)
    if (others.length === 0) return
    try {
      transact(() => {
        for (const { statements } of group) run(statements)
      })
    } catch {
      // Somebody's statement: each by itself tells whose. Savepoints would too, and cost every group as much as its rows.
      for (const each of group) commitAlone(each)
      return
    }
    for (const { resolve } of group) resolve()
  }

  function flushAtEndOfTurn(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      isTurnTaken = false
      flush()
    })
  }

  return {
    flush,
    add(statements, when) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const commit = { statements, resolve, reject }
      if (when === 'NOW' && !isTurnTaken) {
        isTurnTaken = true
        commitAlone(commit)
      } else waiting.push(commit)
      flushAtEndOfTurn()
      return promise
    },
  }
}
