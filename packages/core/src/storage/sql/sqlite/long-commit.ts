import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import { slices } from '../../../base/slices.ts'
import type { Statement } from '../statement.ts'
import { checkpointInWorker } from './checkpoint-worker.ts'
import { execute, type GroupCommit } from './group-commit.ts'
import { isBusy, unavailable } from './sqlite-faults.ts'

const retryMs = 20

export interface LongCommits {
  /**
   * Commits all portions in one transaction, and lets the event loop go between them. Rejects as a group commit does, with
   * everything as it was.
   */
  commit(portions: Iterable<readonly Statement[]>): Promise<void>
  /** Resolves once readers of the main connection see no transaction that is under way. */
  readonly readable: Promise<unknown> | undefined
  /** Resolves once none is under way, and what they wrote is where it stays. */
  settled(): Promise<void>
}

export interface LongCommitOptions {
  readonly path: string
  /** The main connection, whose commits wait meanwhile, and whose readers see what was before. */
  readonly database: Database
  readonly commits: GroupCommit
  readonly busyTimeoutMs: number
  /** Whether the main connection moves what was committed into the file, as it does of its own accord. */
  readonly checkpoints: (isOn: boolean) => void
}

/** A transaction is seen by its own connection; so a long one has one of its own, but for a database in memory. */
export function createLongCommits(options: LongCommitOptions): LongCommits {
  const { path, database, commits, busyTimeoutMs, checkpoints } = options
  const isInMemory = path === ':memory:'
  let last: Promise<unknown> = Promise.resolve()
  let readable: Promise<unknown> | undefined
  let moving: Promise<void> = Promise.resolve()

  function open(): Database {
    if (isInMemory) return database
    const own = new BetterSqlite3(path, { fileMustExist: true, timeout: 0 })
    own.pragma('foreign_keys = on')
    own.pragma('synchronous = normal')
    own.pragma('wal_autocheckpoint = 0')
    return own
  }

  /** While another process holds the lock, the event loop goes on. */
  async function begin(own: Database): Promise<void> {
    for (const until = performance.now() + busyTimeoutMs; ; await delay(retryMs)) {
      try {
        own.exec('begin immediate')
        return
      } catch (error) {
        if (!isBusy(error)) throw error
        if (performance.now() > until) {
          throw unavailable(`another process has held the lock for more than ${busyTimeoutMs} ms`)
        }
      }
    }
  }

  /** In the background, one at a time. Commits of the main connection leave it alone meanwhile. */
  function moveIntoFile(): void {
    if (isInMemory) return
    checkpoints(false)
    moving = moving.then(() => checkpointInWorker(path)).then(() => checkpoints(true))
  }

  async function transact(portions: Iterable<readonly Statement[]>): Promise<void> {
    // Made before the lock is taken, for which others wait.
    const made: (readonly Statement[])[] = []
    for (const statements of portions) {
      made.push(statements)
      if (slices.isOver) await slices.next()
    }
    const own = open()
    let resume: (() => void) | undefined
    try {
      await slices.soon()
      await begin(own)
      resume = commits.pause()
      const prepared = new Map<string, BetterSqlite3.Statement>()
      const prepare = (sql: string) => {
        const statement = prepared.get(sql) ?? own.prepare(sql)
        prepared.set(sql, statement)
        return statement
      }
      for (const statements of made) {
        if (slices.isOver) await slices.soon()
        execute(prepare, statements)
      }
      await slices.soon()
      own.exec('commit')
      moveIntoFile()
    } finally {
      // Some faults, such as a full disk, have ended it already.
      if (own.inTransaction) own.exec('rollback')
      if (own !== database) own.close()
      resume?.()
    }
  }

  return {
    get readable() {
      return readable
    },
    commit(portions) {
      const done = last.then(() => transact(portions))
      const settled = done.catch(() => undefined)
      last = settled
      if (isInMemory) {
        readable = settled
        void settled.then(() => {
          if (readable === settled) readable = undefined
        })
      }
      return done
    },
    async settled() {
      await last
      await moving
    },
  }
}
