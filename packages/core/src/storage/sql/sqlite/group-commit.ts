import type { Database, Statement as Prepared } from 'better-sqlite3'
import type { Statement } from '../statement.ts'
import { isBusy, unavailable } from './sqlite-faults.ts'

/** The statement at which a commit failed. The commit was undone. */
export class StatementError extends Error {
  override readonly name = 'StatementError'
  readonly statement: Statement
  constructor(statement: Statement, cause: unknown) {
    super('A statement of the commit failed', { cause })
    this.statement = statement
  }
}

export interface GroupCommit {
  /** Resolves once the statements are committed. If it rejects, everything is as it was. */
  add(statements: readonly Statement[]): Promise<void>
  /**
   * Does the work in a transaction of its own, while no other process can write. It is done once: a transaction that cannot
   * begin is tried again before it. Rejects with what the work throws, and with the transaction undone: then `undone` is
   * called in the same moment.
   */
  exclusively(work: () => void, undone?: () => void): Promise<void>
  /** Commits wait until the returned function is called. */
  pause(): () => void
  /** Commits the waiting statements, in one last try. */
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
  /** Statements, which may share a transaction, or work with one of its own. */
  readonly what: readonly Statement[] | (() => void)
  readonly undone: (() => void) | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  /** When its wait for the lock ends, by `performance.now()`. */
  readonly until: number
}

/**
 * Rest between two commits while the event loop has other work, as a multiple of the commit before: statements that are
 * added meanwhile share one transaction.
 */
const restsACommit = 2
/** Longest turn of an event loop without other work, in ms. */
const quietMs = 0.3
/** Interval between attempts to take a lock that another process holds, in ms. */
const retryMs = 20

/** A single row needs no explicit transaction: SQLite makes one around it. */
function isSingleRow(what: Waiting['what']): boolean {
  return typeof what !== 'function' && what.length === 1 && what[0]?.rows.length === 1
}

function isShareable({ what }: Waiting): boolean {
  return typeof what !== 'function'
}

class SqliteGroupCommit implements GroupCommit {
  readonly #database: Database
  readonly #prepare: (sql: string) => Prepared
  readonly #busyTimeoutMs: number
  #waiting: Waiting[] = []
  #isScheduled = false
  /** Whether the last transaction had several commits: the next one waits for the others of its turn. */
  #isShared = false
  #isPaused = false
  #restsUntil = 0
  #retry: NodeJS.Timeout | undefined

  constructor(database: Database, prepare: (sql: string) => Prepared, busyTimeoutMs: number) {
    this.#database = database
    this.#prepare = prepare
    this.#busyTimeoutMs = busyTimeoutMs
  }

  add(statements: readonly Statement[]): Promise<void> {
    return this.#add(statements)
  }

  exclusively(work: () => void, undone?: () => void): Promise<void> {
    return this.#add(work, undone)
  }

  #add(what: Waiting['what'], undone?: () => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const now = performance.now()
    this.#waiting.push({ what, undone, resolve, reject, until: now + this.#busyTimeoutMs })
    if (!this.#isScheduled && !this.#isShared && now >= this.#restsUntil) this.#flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      this.#flushAtEndOfTurn(now)
    }
    return promise
  }

  pause(): () => void {
    this.#isPaused = true
    return () => {
      this.#isPaused = false
      this.#flush()
    }
  }

  close(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#flush()
    clearTimeout(this.#retry)
    for (const { reject } of this.#waiting) reject(unavailable('it was closed while another process held the lock'))
    this.#waiting = []
  }

  #flush(): void {
    if (this.#retry || this.#isPaused || this.#waiting.length === 0) return
    const begunAt = performance.now()
    this.#commitWaiting()
    const endedAt = performance.now()
    this.#restsUntil = endedAt + restsACommit * (endedAt - begunAt)
  }

  #flushAtEndOfTurn(turnedAt: number): void {
    setImmediate(() => {
      const now = performance.now()
      if (now < this.#restsUntil && now - turnedAt > quietMs) this.#flushAtEndOfTurn(now)
      else {
        this.#isScheduled = false
        this.#flush()
      }
    })
  }

  #commitWaiting(): void {
    const group = this.#waiting
    this.#waiting = []
    this.#isShared = group.length > 1
    if (group.length < 2 || !group.every(isShareable)) {
      this.#commitEach(group)
      return
    }
    try {
      this.#transact(() => {
        for (const each of group) this.#do(each)
      })
    } catch (error) {
      if (isBusy(error)) this.#postpone(group)
      // One commit failed: alone, each finds whether it was that. Savepoints would too, and cost every group as much as its rows.
      else this.#commitEach(group)
      return
    }
    for (const { resolve } of group) resolve()
  }

  #commitEach(group: readonly Waiting[]): void {
    const blocked = group.findIndex((each) => !this.#commitAlone(each))
    if (blocked >= 0) this.#postpone(group.slice(blocked))
  }

  /** Returns false, having done nothing, if another process holds the lock. */
  #commitAlone(waiting: Waiting): boolean {
    const { what, undone, resolve, reject } = waiting
    try {
      if (isSingleRow(what)) this.#do(waiting)
      else this.#transact(() => this.#do(waiting), undone)
      resolve()
    } catch (error) {
      if (isBusy(error instanceof StatementError ? error.cause : error)) return false
      reject(error)
    }
    return true
  }

  #do({ what }: Waiting): void {
    if (typeof what === 'function') what()
    else execute(this.#prepare, what)
  }

  #postpone(group: readonly Waiting[]): void {
    const now = performance.now()
    const [late, patient] = [group.filter(({ until }) => until <= now), group.filter(({ until }) => until > now)]
    this.#waiting = [...patient, ...this.#waiting]
    for (const { reject } of late) {
      reject(unavailable(`another process has held the lock for more than ${this.#busyTimeoutMs} ms`))
    }
    if (this.#waiting.length === 0) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#flush()
    }, retryMs)
  }

  #transact(work: () => void, undone?: () => void): void {
    this.#prepare('begin immediate').run()
    try {
      work()
      this.#prepare('commit').run()
    } catch (error) {
      // Some faults, such as a full disk, have ended the transaction already.
      if (this.#database.inTransaction) this.#prepare('rollback').run()
      undone?.()
      throw error
    }
  }
}

/**
 * Puts commits together into one transaction, which costs more than what is in it. While commits come alone, each is made
 * at once; otherwise all of a turn of the event loop are made at its end, or some turns later. Each succeeds or fails by
 * itself. While another process holds the lock, all wait in their order, and the event loop goes on.
 */
export function createGroupCommit(
  database: Database,
  prepare: (sql: string) => Prepared,
  busyTimeoutMs: number,
): GroupCommit {
  return new SqliteGroupCommit(database, prepare, busyTimeoutMs)
}
