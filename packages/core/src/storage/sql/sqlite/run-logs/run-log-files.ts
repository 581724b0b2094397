import { randomBytes } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { isRegistryError, type RegistryError } from '../../../../base/errors.ts'
import type { NodeId } from '../../../../base/ids.ts'
import type { IsDeadNode } from '../../../storage.ts'
import type { SqlConnection } from '../../connection.ts'
import type { LoggedRun, RunLogEntry } from '../../run-log-entry.ts'
import type { Appended, OnDamage, RunLogMedium } from '../../run-log-medium.ts'
import { createRunLogTable, onTakenKey, tableStatements } from '../../run-log-table.ts'
import { unavailable } from '../sqlite-faults.ts'
import { fromFile, isUnwritable } from './file-faults.ts'
import { frameOf } from './frames.ts'
import { LogFile } from './log-file.ts'
import { deleteMark, headerText, insertMark, moveMark, pathOf, type RunLogFileRow } from './mark.ts'
import { takeOver } from './take-over.ts'

/** Bytes of a file before it has to be emptied: those of some 3,000 runs, which are flushed at the latest then. */
const maxBytes = 4 * 1_024 * 1_024

interface Waiting {
  readonly entry: RunLogEntry
  readonly frame: Buffer
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
  /** Whether another process has, or may have, flushed it. */
  isTaken: boolean
}

/**
 * Keeps entries in a file beside the database, which this process appends to, and names in the table `run_logs`. One write
 * appends all entries of a turn of the event loop; as a commit of SQLite without a sync, it survives the process. Each flush
 * moves the mark of the file in its own transaction, so that every run gets to its tables exactly once, whichever process
 * writes it, and whenever one is killed. A folder in which no file can be made has entries in the table `run_journal`.
 */
class RunLogFiles implements RunLogMedium {
  readonly #connection: SqlConnection
  readonly #database: string
  readonly #table: RunLogMedium
  #waiting: Waiting[] = []
  #isScheduled = false
  #own: OwnLog | undefined
  #opening: Promise<void> | undefined
  #surrendering: Promise<void> | undefined
  #isWritable = true
  #takenOver = (): void => undefined

  constructor(connection: SqlConnection, path: string) {
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

  append(entry: RunLogEntry, committed: () => void): Promise<Appended> {
    if (!this.#isWritable) return this.#table.append(entry, committed)
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    this.#waiting.push({ entry, frame: frameOf(entry.text), committed, resolve, reject })
    if (entry.isAlone || !this.#own) this.appendWaiting()
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
    else if (own.isTaken) this.#surrenderFor(this.#takeWaiting())
    else this.#write(own, this.#takeWaiting())
  }

  #takeWaiting(): readonly Waiting[] {
    const group = this.#waiting
    this.#waiting = []
    return group
  }

  /** Appends all of the entries, or rejects each. */
  #write(own: OwnLog, group: readonly Waiting[]): void {
    const frames = group.map(({ frame }) => frame)
    const header = own.file.size === 0 ? frameOf(headerText(own.flushes)) : Buffer.alloc(0)
    const bytes =
      header.length === 0 && frames[0] && frames.length === 1 ? frames[0] : Buffer.concat([header, ...frames])
    let counted: number
    try {
      counted = own.file.append(bytes)
    } catch (error) {
      for (const { reject } of group) reject(fromFile(error))
      return
    }
    let end = header.length
    const late: Waiting[] = []
    for (const each of group) {
      end += each.frame.length
      if (end > counted) late.push(each)
      else {
        each.committed()
        each.resolve('APPENDED')
      }
    }
    if (counted === bytes.length) return
    own.isTaken = true
    this.#surrenderFor(late)
  }

  async flush(runs: ReadonlyMap<string, LoggedRun>, waiting: () => readonly string[]): Promise<void> {
    const own = this.#own
    // Runs are in the table if no file could be made.
    if (!own) return this.#table.flush(runs, waiting)
    if (own.isTaken) return this.#surrender()
    const { size } = own.file
    const others = waiting()
    const mark = moveMark(own.name, own.flushes, size, others)
    try {
      const statements = [...runs.values()].flatMap(tableStatements)
      await this.#connection.transact([mark, ...statements], undefined, onTakenKey)
    } catch (error) {
      if (!isRegistryError(error, 'NOT_FOUND')) throw error
      own.isTaken = true
      return this.#surrender()
    }
    own.flushes += 1
    if (others.length === 0 && own.file.size === size && !own.isTaken) this.#empty(own)
  }

  async recover(isDead: IsDeadNode, onDamage: OnDamage): Promise<void> {
    await this.#table.recover(isDead, onDamage)
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

  /** The row is first: a file without one would never be found. */
  async #open(node: NodeId | null): Promise<void> {
    const name = randomBytes(8).toString('hex')
    await this.#connection.transact([insertMark(name, node)], undefined, onTakenKey)
    try {
      const file = new LogFile(pathOf(this.#database, name), this.#database)
      this.#own = { name, node, file, flushes: 0, isTaken: false }
    } catch (error) {
      await this.#connection.transact([deleteMark(name)], undefined, onTakenKey)
      throw error
    }
  }

  #empty({ file }: OwnLog): void {
    try {
      file.empty()
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
    // Another process may have deleted the row before the file was made, and then has not read it.
    if (!own.file.isFenced()) await this.#connection.transact([insertMark(own.name, own.node)], undefined, onTakenKey)
    const damages: RegistryError[] = []
    const isDone = await this.#takeOver(own.name, (damage) => damages.push(damage))
    if (!isDone) throw unavailable('other processes flush the log of runs')
    this.#own = undefined
    own.file.close()
    this.#takenOver()
    const [first] = damages
    if (first) throw first
  }

  #takeOver(name: string, onDamage: OnDamage): Promise<boolean> {
    return takeOver(this.#connection, this.#database, name, onDamage)
  }
}

export function createRunLogFiles(connection: SqlConnection, path: string): RunLogMedium {
  return new RunLogFiles(connection, path)
}
