import type { Database, Statement as Prepared } from 'better-sqlite3'
import type { Statement } from '../statement.ts'
import { isBusy, unavailable } from './sqlite-faults.ts'

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
  add(statements: readonly Statement[]): Promise<void>
  /** Has commits wait until the function that it answers is called. */
  pause(): () => void
  /** Commits what waits, in one last try. */
  close(): void
}

/** Throws StatementError. */
export function execute(prepare: (sql: string) => Prepared, statements: readonly Statement[]): void {
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

interface Waiting {
  readonly statements: readonly Statement[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  /** By `performance.now()`: how long it waits for the lock. */
  readonly until: number
}

/**
 * Rest between two commits while the event loop has other work, as a multiple of the commit before: statements that are
 * added meanwhile share one transaction.
 */
const restsACommit = 2
/** A turn of the event loop that takes less had nothing to do, in ms. */
const quietMs = 0.3
/** Between two tries to get a lock that another process holds, in ms. */
const retryMs = 20

/**
 * Makes commits together in one transaction, which costs more than what is in it: the first in a turn of the event loop
 * at once, the others at the end of the turn, or some turns later. Each stands or falls by itself. While another process holds the lock, all
 * wait in their order, and the event loop goes on.
 */
export function createGroupCommit(
  database: Database,
  prepare: (sql: string) => Prepared,
  busyTimeoutMs: number,
): GroupCommit {
  let waiting: Waiting[] = []
  let isTurnTaken = false
  let isScheduled = false
  let isPaused = false
  let restsUntil = 0
  let retry: NodeJS.Timeout | undefined

  const run = (statements: readonly Statement[]) => execute(prepare, statements)

  /** A single row needs no transaction of its own making: SQLite makes one around it. */
  const isAlone = ([first, ...others]: readonly Statement[]) => first?.rows.length === 1 && others.length === 0

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

  /** False where the lock is taken: nothing has been done then. */
  function commitAlone({ statements, resolve, reject }: Waiting): boolean {
    try {
      if (isAlone(statements)) run(statements)
      else transact(() => run(statements))
      resolve()
    } catch (error) {
      if (isBusy(error instanceof StatementError ? error.cause : error)) return false
      reject(error)
    }
    return true
  }

  function commitEach(group: readonly Waiting[]): void {
    const blocked = group.findIndex((each) => !commitAlone(each))
    if (blocked >= 0) postpone(group.slice(blocked))
  }

  function postpone(group: readonly Waiting[]): void {
    const now = performance.now()
    const [late, patient] = [group.filter(({ until }) => until <= now), group.filter(({ until }) => until > now)]
    waiting = [...patient, ...waiting]
    for (const { reject } of late) {
      reject(unavailable(`another process has held the lock for more than ${busyTimeoutMs} ms`))
    }
    if (waiting.length === 0) return
    retry = setTimeout(() => {
      retry = undefined
      flush()
    }, retryMs)
  }

  function flush(): void {
    if (retry || isPaused || waiting.length === 0) return
    const begunAt = performance.now()
    commitWaiting()
    const endedAt = performance.now()
    restsUntil = endedAt + restsACommit * (endedAt - begunAt)
  }

  function commitWaiting(): void {
    const group = waiting
    waiting = []
    if (group.length < 2) {
      commitEach(group)
      return
    }
    try {
      transact(() => {
        for (const { statements } of group) run(statements)
      })
    } catch (error) {
      if (isBusy(error)) postpone(group)
      // Somebody's statement: each by itself tells whose. Savepoints would too, and cost every group as much as its rows.
      else commitEach(group)
      return
    }
    for (const { resolve } of group) resolve()
  }

  function flushAtEndOfTurn(turnedAt: number): void {
    setImmediate(() => {
      isTurnTaken = false
      const now = performance.now()
      if (now < restsUntil && now - turnedAt > quietMs) flushAtEndOfTurn(now)
      else {
        isScheduled = false
        flush()
      }
    })
  }

  return {
    add(statements) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting.push({ statements, resolve, reject, until: performance.now() + busyTimeoutMs })
      if (!isTurnTaken && performance.now() >= restsUntil) {
        isTurnTaken = true
        flush()
      }
      if (!isScheduled) {
        isScheduled = true
        flushAtEndOfTurn(performance.now())
      }
      return promise
    },
    pause() {
      isPaused = true
      return () => {
        isPaused = false
        flush()
      }
    },
    close() {
      clearTimeout(retry)
      retry = undefined
      flush()
      clearTimeout(retry)
      for (const { reject } of waiting) reject(unavailable('it was closed while another process held the lock'))
      waiting = []
    },
  }
}
