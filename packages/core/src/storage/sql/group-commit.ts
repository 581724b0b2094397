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
 * Makes commits together in one transaction, which costs more than what is in it: the first of a turn of the event loop
 * at once, with what has been waiting; those that come after it at the end of the turn. Each stands or falls by itself.
 */
export function createGroupCommit(database: Database, prepare: (sql: string) => Prepared): GroupCommit {
  let waiting: Waiting[] = []
  let isTurnTaken = false

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

  /** Undoes what this one did where it fails; the others of its transaction stay. */
  function runAlone({ statements, reject }: Waiting): boolean {
    prepare('savepoint one').run()
    try {
      run(statements)
      prepare('release one').run()
      return true
    } catch (error) {
      // With the whole transaction gone, the others have failed as well.
      if (!database.inTransaction) throw error
      prepare('rollback to one').run()
      prepare('release one').run()
      reject(error)
      return false
    }
  }

  function flush(): void {
    const group = waiting
    waiting = []
    if (group.length === 0) return
    const done: Waiting[] = []
    const [only] = group
    try {
      transact(() => {
        if (only && group.length === 1) {
          run(only.statements)
          done.push(only)
        } else for (const each of group) if (runAlone(each)) done.push(each)
      })
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    for (const { resolve } of done) resolve()
  }

  function takeTurn(): void {
    if (isTurnTaken) return
    isTurnTaken = true
    setImmediate(() => {
      isTurnTaken = false
      flush()
    })
  }

  return {
    flush,
    add(statements, when) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting.push({ statements, resolve, reject })
      if (when === 'NOW' && !isTurnTaken) flush()
      takeTurn()
      return promise
    },
  }
}
