import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import { slices } from '../../../base/slices.ts'
import type { Statement } from '../statement.ts'
import { checkpointInWorker } from './checkpoint-worker.ts'
import { execute, type GroupCommit } from './group-commit.ts'
import { preparedOn } from './prepared-statements.ts'
import { isBusy, unavailable } from './sqlite-faults.ts'

/** Interval between attempts to take a lock that another process holds, in ms. */
const retryMs = 20
/**
 * Rows and characters up to which a commit is left to the automatic checkpoint of a later one: to start a thread takes longer
 * than such a checkpoint.
 */
const lightRows = 5_000
const lightChars = 2 * 1024 * 1024

export interface LongCommits {
  /**
   * Commits all portions in one transaction, and yields to the event loop between them. Rejects as a group commit does,
   * with everything as it was.
   */
  commit(portions: Iterable<readonly Statement[]>): Promise<void>
  /** Resolves once readers of the main connection see no unfinished transaction; undefined if they see none. */
  readonly readable: Promise<unknown> | undefined
  /** Resolves once all long commits are done and moved into the database file. */
  idle(): Promise<void>
}

export interface LongCommitOptions {
  readonly path: string
  /** The main connection. Its commits wait meanwhile, and its readers see the state before. */
  readonly database: Database
  readonly commits: GroupCommit
  readonly busyTimeoutMs: number
  /** Switches the automatic checkpoints of the main connection. */
  readonly checkpoints: (isOn: boolean) => void
}

/** The portions as a list. They are made before the lock is taken, for which other commits wait. */
async function listOf(portions: Iterable<readonly Statement[]>): Promise<readonly (readonly Statement[])[]> {
  const made: (readonly Statement[])[] = []
  for (const statements of portions) {
    made.push(statements)
    if (slices.isOver) await slices.next()
  }
  return made
}

function isHeavy(own: Database, made: readonly (readonly Statement[])[]): boolean {
  const changed = own.prepare('select total_changes()').pluck().get()
  return Number(changed) > lightRows || charsOf(made) > lightChars
}

function charsOf(made: readonly (readonly Statement[])[]): number {
  let chars = 0
  for (const statements of made) {
    for (const { rows } of statements) {
      for (const row of rows) for (const value of row) if (typeof value === 'string') chars += value.length
    }
  }
  return chars
}

/** Takes the lock. While another process holds it, the event loop goes on. */
async function begin(database: Database, busyTimeoutMs: number): Promise<void> {
  for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
    try {
      database.exec('begin immediate')
      return
    } catch (error) {
      if (!isBusy(error)) throw error
      if (performance.now() > until) {
        throw unavailable(`another process has held the lock for more than ${busyTimeoutMs} ms`)
      }
    }
  }
}

class SqliteLongCommits implements LongCommits {
  readonly #options: LongCommitOptions
  readonly #isInMemory: boolean
  #last: Promise<unknown> = Promise.resolve()
  #readable: Promise<unknown> | undefined
  #checkpointing: Promise<void> = Promise.resolve()

  constructor(options: LongCommitOptions) {
    this.#options = options
    this.#isInMemory = options.path === ':memory:'
  }

  get readable(): Promise<unknown> | undefined {
    return this.#readable
  }

  commit(portions: Iterable<readonly Statement[]>): Promise<void> {
    const done = this.#last.then(() => this.#transact(portions))
    const settled = done.catch(() => undefined)
    this.#last = settled
    if (this.#isInMemory) {
      this.#readable = settled
      void settled.then(() => {
        if (this.#readable === settled) this.#readable = undefined
      })
    }
    return done
  }

  async idle(): Promise<void> {
    await this.#last
    await this.#checkpointing
  }

  /** A connection sees its own transaction, so a long one has its own; a database in memory has one connection alone. */
  #open(): Database {
    if (this.#isInMemory) return this.#options.database
    const own = new BetterSqlite3(this.#options.path, { fileMustExist: true, timeout: 0 })
    own.pragma('foreign_keys = on')
    own.pragma('synchronous = normal')
    own.pragma('wal_autocheckpoint = 0')
    return own
  }

  async #transact(portions: Iterable<readonly Statement[]>): Promise<void> {
    const { database, commits, busyTimeoutMs } = this.#options
    const made = await listOf(portions)
    const own = this.#open()
    let resume: (() => void) | undefined
    try {
      await slices.soon()
      await begin(own, busyTimeoutMs)
      resume = commits.pause()
      const prepare = preparedOn(own)
      for (const statements of made) {
        if (slices.isOver) await slices.soon()
        execute(prepare, statements)
      }
      await slices.soon()
      own.exec('commit')
      if (isHeavy(own, made)) this.#checkpoint()
    } finally {
      // Some faults, such as a full disk, have ended the transaction already.
      if (own.inTransaction) own.exec('rollback')
      if (own !== database) own.close()
      resume?.()
    }
  }

  /** Moves the commit into the database file in the background, one at a time. The main connection makes no checkpoint meanwhile. */
  #checkpoint(): void {
    if (this.#isInMemory) return
    const { path, checkpoints } = this.#options
    checkpoints(false)
    this.#checkpointing = this.#checkpointing.then(() => checkpointInWorker(path)).then(() => checkpoints(true))
  }
}

export function createLongCommits(options: LongCommitOptions): LongCommits {
  return new SqliteLongCommits(options)
}
