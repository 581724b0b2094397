import { randomBytes } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { isRegistryError, type RegistryError } from '../../../../base/errors.ts'
import type { NodeId } from '../../../../base/ids.ts'
import type { IsDeadNode } from '../../../storage.ts'
import type { RunLogEntry } from '../../run-log-entry.ts'
import type { Appended, Flushing, OnDamage, RunLogMedium } from '../../run-log-medium.ts'
import { createRunLogTable, onTakenKey, tableStatements } from '../../run-log-table.ts'
import type { LockedDatabase, SqliteConnection } from '../sqlite-connection.ts'
import { fromFile, isUnwritable } from './file-faults.ts'
import { framesOf } from './frames.ts'
import { LogFile } from './log-file.ts'
import { deleteMark, headerText, insertMark, markOf, moveMark, pathOf, type RunLogFileRow } from './mark.ts'
import { takeOver } from './take-over.ts'

/** Bytes of a file before it has to be emptied: those of some 3,000 runs, which are flushed at the latest then. */
const maxBytes = 4 * 1_024 * 1_024

interface Waiting {
  readonly entry: RunLogEntry
  readonly committed: () => void
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

interface OwnLog {
  readonly name: string
  readonly node: NodeId | null
  readonly file: LogFile
  /** Number of flushes of the file. */
  flushes: number
  /** Whether it takes no more: another process has, or may have, flushed it, or a write failed halfway. */
  isOver: boolean
}

/**
 * Keeps entries in a file beside the database, which this process appends to, and names in the table `run_logs`. One write
 * appends all entries of a turn of the event loop; as a commit of SQLite without a sync, it survives the process. Each flush
 * moves the mark of the file in its own transaction, so that every run gets to its tables exactly once, whichever process
 * writes it, and whenever one is killed. The file is taken over and emptied under the lock of the database. A folder in which
 * no file can be made has entries in the table `run_journal`.
 */
class RunLogFiles implements RunLogMedium {
  readonly #connection: SqliteConnection
  readonly #database: string
  readonly #table: ReturnType<typeof createRunLogTable>
  #waiting: Waiting[] = []
  #isScheduled = false
  #own: OwnLog | undefined
  #opening: Promise<void> | undefined
  #surrendering: Promise<void> | undefined
  #isWritable = true
  #takenOver = (): void => undefined

  constructor(connection: SqliteConnection, path: string) {
    this.#connection = connection
    // As SQLite names its own files: processes may know the database by different links.
    this.#database = realpathSync(path)
    this.#table = createRunLogTable(connection)
  }

  get isFull(): boolean {
    return this.#own !== undefined && this.#own.file.size >= maxBytes
  }

  onTakenOver(listener: () => void): void {
    this.#takenOver = listener
  }

  append(entry: RunLogEntry, committed: () => void): Appended | Promise<Appended> {
    if (!this.#isWritable) return this.#table.append(entry, committed)
    const own = this.#own
    if (entry.isAlone && this.#waiting.length === 0 && own?.isOver === false) {
      if (this.#write(own, [entry.text]) === 1) {
        committed()
        return 'APPENDED'
      }
      return this.#surrender().then(() => 'TAKEN_OVER')
    }
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    this.#waiting.push({ entry, committed, resolve, reject })
    if (entry.isAlone || !own) this.appendWaiting()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.appendWaiting()
      })
    }
    return promise
  }

  appendWaiting(): void {
    const [first] = this.#waiting
    if (!first) return
    const own = this.#own
    if (!own) this.#openSoon(first.entry.node)
    else if (own.isOver) this.#surrenderFor(this.#takeWaiting())
    else this.#writeAll(own, this.#takeWaiting())
  }

  #takeWaiting(): readonly Waiting[] {
    const group = this.#waiting
    this.#waiting = []
    return group
  }

  /** Appends all of the entries, or rejects each. */
  #writeAll(own: OwnLog, group: readonly Waiting[]): void {
    let counted: number
    try {
      counted = this.#write(
        own,
        group.map(({ entry }) => entry.text),
      )
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    for (const { committed, resolve } of group.slice(0, counted)) {
      committed()
      resolve('APPENDED')
    }
    if (counted < group.length) this.#surrenderFor(group.slice(counted))
  }

  /** Appends the texts with one write, and answers how many of them count: fewer than all if the log is over. */
  #write(own: OwnLog, texts: readonly string[]): number {
    const isEmpty = own.file.size === 0
    const { bytes, ends } = framesOf(isEmpty ? [headerText(own.flushes), ...texts] : texts)
    let counted: number
    try {
      counted = own.file.append(bytes)
    } catch (error) {
      own.isOver = own.file.isTorn
      throw fromFile(error)
    }
    if (counted === bytes.length) return texts.length
    own.isOver = true
    const whole = ends.filter((end) => end <= counted).length
    return Math.max(0, isEmpty ? whole - 1 : whole)
  }

  async flush(flushing: Flushing): Promise<void> {
    const own = this.#own
    // Runs are in the table if no file could be made.
    if (!own) return this.#table.flush(flushing)
    if (own.isOver) return this.#surrender()
    const { flushes } = own
    let flushed: number | 'GIVEN_UP' | undefined
    try {
      await this.#connection.exclusively(
        (database) => {
          flushed = this.#flushInto(database, own, flushing)
        },
        () => {
          own.flushes = flushes
          flushing.putBack()
        },
      )
    } catch (error) {
      if (!isRegistryError(error, 'NOT_FOUND')) throw error
      own.isOver = true
      return this.#surrender()
    }
    if (flushed === 'GIVEN_UP') return this.flush(flushing)
    if (flushed !== undefined) await this.#empty(own, flushed)
  }

  /** Takes the runs and writes them. Answers the length of the file if all of it is flushed, GIVEN_UP if it is no longer ours. */
  #flushInto(database: LockedDatabase, own: OwnLog, { take }: Flushing): number | 'GIVEN_UP' | undefined {
    this.appendWaiting()
    if (own.isOver || own !== this.#own) return 'GIVEN_UP'
    const { runs, others } = take()
    if (runs.size === 0) return undefined
    const to = own.file.size
    database.execute([moveMark(own.name, own.flushes, to, others), ...[...runs.values()].flatMap(tableStatements)])
    own.flushes += 1
    return others.length === 0 ? to : undefined
  }

  async recover(isDead: IsDeadNode, onDamage: OnDamage): Promise<void> {
    await this.#table.recover(isDead)
    const rows = await this.#connection.all<RunLogFileRow>('select * from run_logs', [])
    for (const { name, node_id } of rows) {
      if (name !== this.#own?.name && isDead(node_id)) await this.#takeOver(name, onDamage)
    }
  }

  async close(): Promise<void> {
    await this.#opening
    // Those that wait for it are told why it failed.
    await this.#surrendering?.catch(() => undefined)
    const own = this.#own
    if (!own) return
    this.#own = undefined
    if (own.file.size > 0) {
      // Something was appended after the last flush, or the file is fenced: the next process flushes it.
      own.file.close()
      return
    }
    own.file.remove()
    await this.#connection.transact([deleteMark(own.name)], undefined, onTakenKey)
  }

  /** Opens a file, and appends what waits for it. */
  #openSoon(node: NodeId | null): void {
    this.#opening ??= this.#open(node).then(
      () => {
        this.#opening = undefined
        this.appendWaiting()
      },
      (error: unknown) => {
        this.#opening = undefined
        this.#failOpening(error)
      },
    )
  }

  #failOpening(error: unknown): void {
    const group = this.#takeWaiting()
    this.#isWritable = !isUnwritable(error)
    for (const { entry, committed, resolve, reject } of group) {
      if (this.#isWritable) reject(isRegistryError(error) ? error : fromFile(error))
      else this.#table.append(entry, committed).then(resolve, reject)
    }
  }

  /** The row is first, and there is no file without one, which no process would find. */
  async #open(node: NodeId | null): Promise<void> {
    const name = randomBytes(8).toString('hex')
    await this.#connection.transact([insertMark(name, node)], undefined, onTakenKey)
    let file: LogFile | undefined
    try {
      await this.#connection.exclusively(({ all }) => {
        if (markOf(all, name)) file = new LogFile(pathOf(this.#database, name), this.#database)
      })
    } catch (error) {
      file?.remove()
      await this.#connection.transact([deleteMark(name)], undefined, onTakenKey)
      throw error
    }
    // Without a file, another process took the row for one that a killed process had left.
    if (file) this.#own = { name, node, file, flushes: 0, isOver: false }
    else await this.#open(node)
  }

  /** Empties the file of what was flushed, unless more was appended meanwhile. */
  async #empty(own: OwnLog, flushedTo: number): Promise<void> {
    try {
      await this.#connection.exclusively(() => {
        // Once it is given up, its descriptor may be that of another file.
        if (own === this.#own && own.file.size === flushedTo) own.file.empty()
      })
    } catch {
      // It is emptied by a later flush; its mark says that all of it is flushed.
    }
  }

  #surrenderFor(late: readonly Waiting[]): void {
    this.#surrender().then(
      () => {
        for (const { resolve } of late) resolve('TAKEN_OVER')
      },
      (error: unknown) => {
        for (const { reject } of late) reject(error)
      },
    )
  }

  /** Gives up the file, once the tables have all of it. */
  #surrender(): Promise<void> {
    this.#surrendering ??= this.#giveUp().finally(() => {
      this.#surrendering = undefined
    })
    return this.#surrendering
  }

  async #giveUp(): Promise<void> {
    const own = this.#own
    if (!own) return
    const damages: RegistryError[] = []
    await this.#takeOver(own.name, (damage) => damages.push(damage))
    this.#own = undefined
    own.file.close()
    this.#takenOver()
    // They may continue runs of the file, and in the next one would be steps of no run.
    for (const { resolve } of this.#takeWaiting()) resolve('TAKEN_OVER')
    const [first] = damages
    if (first) throw first
  }

  #takeOver(name: string, onDamage: OnDamage): Promise<void> {
    return takeOver(this.#connection, this.#database, name, onDamage)
  }
}

export function createRunLogFiles(connection: SqliteConnection, path: string): RunLogMedium {
  return new RunLogFiles(connection, path)
}
