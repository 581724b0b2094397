import { isRegistryError, RegistryError } from '../../base/errors.ts'
import { hasEnded } from '../../model/events.ts'
import type { RunRecord } from '../../model/job.ts'
import type { IsDeadNode } from '../storage.ts'
import type { TenantWrite } from '../write.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlDialect } from './dialect.ts'
import { fromJson } from './json-column.ts'
import {
  type AnyWrite,
  completed,
  entryOf,
  jobOf,
  type LoggedRun,
  ofOneJob,
  type RunLogRow,
  withEntry,
} from './run-log-entry.ts'
import type { Statement } from './statement.ts'
import { insertEvents, type LoggedAt } from './writes/event-writes.ts'
import { upsertRun } from './writes/job-writes.ts'
import { statementsOf } from './writes/statements-of.ts'

/** Longest time that a run is kept from other processes that read the database, in ms. */
const flushAfterMs = 250
/**
 * Longest time between the end of a run and its flush, in ms: runs that end meanwhile share one transaction, whose pages
 * are written once for all of them.
 */
const flushEndedAfterMs = 100
/** Number of ended runs that are flushed at once: some 3 ms of the event loop. */
const maxEnded = 64

/** The statements to commit for some writes. */
export interface Plan {
  readonly statements: readonly Statement[]
  /** The write that a statement is of. */
  readonly writeOf: (statement: Statement) => AnyWrite | undefined
  readonly committed: () => void
}

type Append = TenantWrite & { readonly kind: 'appendJobEvents' }

/** Which runs to flush: those of these ids, those that have ended, or all. */
type Which = readonly string[] | 'ENDED' | 'ALL'

/**
 * Two commits of a run are waited for: that its call is about to be sent, and how it ended. Each is one small row at the
 * end of this log. Runs, with their indexes and events, are flushed to their tables later, many in one transaction, or
 * before they are read. So a run costs its caller little more than two appends, and is on disk all the same: the next
 * process flushes what a killed one left in the log.
 */
export interface RunWriteAheadLog {
  /** Plans the commit of these writes: at once, or once others are flushed. Rejects with STORAGE_UNAVAILABLE. */
  plan(writes: readonly AnyWrite[]): Plan | Promise<Plan>
  /** Writes runs to their tables. If it rejects with STORAGE_UNAVAILABLE, they stay in the log. */
  flush(which: Which): Promise<void>
  /** Flushes what dead nodes left in the log. */
  recover(isDead: IsDeadNode): Promise<void>
  close(): Promise<void>
}

/** Writes to the tables at once, for a database in which every commit costs a round trip, however small. */
export function withoutWriteAheadLog(dialect: SqlDialect): RunWriteAheadLog {
  return {
    plan: (writes) => planOf(writes, dialect),
    flush: async () => undefined,
    recover: async () => undefined,
    close: async () => undefined,
  }
}

function planOf(writes: readonly AnyWrite[], dialect: SqlDialect): Plan {
  const statements = new Map<Statement, AnyWrite>()
  for (const each of writes) {
    if (each.kind === 'appendJobEvents') continue
    for (const statement of statementsOf(each, dialect)) statements.set(statement, each)
  }
  for (const [statement, each] of appendsOf(writes)) statements.set(statement, each)
  return {
    statements: [...statements.keys()],
    writeOf: (statement) => statements.get(statement),
    committed: () => undefined,
  }
}

/** The appends to each log as one: a row holds many events. */
function* appendsOf(writes: readonly AnyWrite[]): Generator<readonly [Statement, AnyWrite]> {
  const logs = new Map<string, { readonly last: Append; readonly events: LoggedAt[] }>()
  for (const write of writes) {
    if (write.kind !== 'appendJobEvents') continue
    const { jobId, at } = write
    const events = logs.get(jobId)?.events ?? []
    for (const event of write.events) events.push({ at, event })
    logs.set(jobId, { last: write, events })
  }
  for (const { last, events } of logs.values()) yield [insertEvents(last.tenantId, last.jobId, events), last]
}

function flushStatements(id: string, { tenantId, run, events, place, isWhole }: LoggedRun): Statement[] {
  const removeEntries: Statement = {
    sql: 'delete from run_journal where run_id = ? and place <= ?',
    rows: [[id, place]],
    // A run that another process has flushed already must not be written twice.
    unlessChanged: () => new RegistryError('NOT_FOUND', `The run ${id} is not in the write-ahead log`),
  }
  return [removeEntries, ...upsertRun(tenantId, run), insertEvents(tenantId, run.id, events, isWhole)]
}

class SqlRunWriteAheadLog implements RunWriteAheadLog {
  readonly #connection: SqlConnection
  /** Runs with entries in the log that are not being flushed. */
  readonly #runs = new Map<string, LoggedRun>()
  readonly #flushing = new Map<string, Promise<void>>()
  /** Those of `#runs` that have ended. */
  readonly #ended = new Set<string>()
  #soon: NodeJS.Timeout | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  plan(writes: readonly AnyWrite[]): Plan | Promise<Plan> {
    const isFlushing = this.#flushing.size > 0 && writes.some((each) => this.#flushing.has(jobOf(each) ?? ''))
    return isFlushing ? this.#planLater(writes) : (this.#planEntry(writes) ?? this.#planForTables(writes))
  }

  async #planLater(writes: readonly AnyWrite[]): Promise<Plan> {
    for (const each of writes) {
      const going = this.#flushing.get(jobOf(each) ?? '')
      // Then it is flushed, or back in the log.
      if (going) await going.catch(() => undefined)
    }
    return this.#planEntry(writes) ?? this.#planForTables(writes)
  }

  #planForTables(writes: readonly AnyWrite[]): Plan | Promise<Plan> {
    const { dialect } = this.#connection
    const ids = this.#runs.size > 0 ? writes.flatMap((each) => jobOf(each) ?? []) : []
    return ids.length > 0 ? this.flush(ids).then(() => planOf(writes, dialect)) : planOf(writes, dialect)
  }

  async flush(which: Which): Promise<void> {
    const wanted = this.#idsOf(which)
    this.#unschedule(which)
    const going = new Set<Promise<void>>()
    const taken = new Map<string, LoggedRun>()
    for (const id of wanted) {
      const earlier = this.#flushing.get(id)
      if (earlier) going.add(earlier)
      const run = this.#runs.get(id)
      if (!run) continue
      this.#runs.delete(id)
      this.#ended.delete(id)
      taken.set(id, run)
    }
    if (taken.size > 0) {
      const written = this.#write(taken)
      for (const id of taken.keys()) this.#flushing.set(id, written)
      going.add(written)
    }
    if (going.size > 0) await Promise.all(going)
  }

  async recover(isDead: IsDeadNode): Promise<void> {
    const left = await this.#leftBehind(isDead)
    if (left.size > 0) await this.#write(left)
  }

  async close(): Promise<void> {
    await this.flush('ALL')
    clearTimeout(this.#timer)
    clearTimeout(this.#soon)
  }

  /** The writes as one entry; undefined if they have to go to their tables. */
  #planEntry(given: readonly AnyWrite[]): Plan | undefined {
    const ofJob = ofOneJob(given)
    if (!ofJob) return undefined
    const { id, writes } = ofJob
    const before = this.#runs.get(id)
    const [first] = writes
    // A taken key must be found at once; a queued run may wait for long.
    const begins = first?.kind === 'insertRun' && first.run.status === 'RUNNING' && first.run.idempotencyKey === null
    if (!(before || begins)) return undefined
    const place = (before?.place ?? 0) + 1
    // An entry stands for itself: those before it may be flushed, and removed, by the time it is committed.
    const isWithRun = writes.some(({ kind }) => kind === 'insertRun' || kind === 'updateRun')
    const whole =
      before && !isWithRun
        ? [{ kind: 'updateRun', tenantId: before.tenantId, run: before.run } as const, ...writes]
        : writes
    const entry = entryOf(id, place, whole)
    if (!entry) return undefined
    return { statements: [entry], writeOf: () => first, committed: () => this.#add(id, whole, place) }
  }

  #add(id: string, writes: readonly TenantWrite[], place: number): void {
    const after = withEntry(this.#runs.get(id), writes, place)
    if (after) this.#keep(id, after)
  }

  #keep(id: string, run: LoggedRun): void {
    this.#runs.set(id, run)
    if (!hasEnded(run.run.status)) {
      this.#timer ??= setTimeout(() => this.#flushInBackground('ALL'), flushAfterMs).unref()
      return
    }
    this.#ended.add(id)
    this.#soon ??= setTimeout(() => this.#flushInBackground('ENDED'), flushEndedAfterMs)
    // Once the callers of these runs have their answers.
    if (this.#ended.size === maxEnded) setImmediate(() => this.#flushInBackground('ENDED'))
  }

  #flushInBackground(which: 'ENDED' | 'ALL'): void {
    // The runs stay in the log, and the flush is tried again: their readers receive the error.
    this.flush(which).catch(() => undefined)
  }

  #unschedule(which: Which): void {
    if (which === 'ALL') {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    if (which === 'ALL' || which === 'ENDED') {
      clearTimeout(this.#soon)
      this.#soon = undefined
    }
  }

  #idsOf(which: Which): readonly string[] {
    if (which === 'ALL') return [...this.#runs.keys(), ...this.#flushing.keys()]
    return which === 'ENDED' ? [...this.#ended] : which
  }

  async #write(taken: ReadonlyMap<string, LoggedRun>): Promise<void> {
    const statements = [...taken].flatMap(([id, run]) => flushStatements(id, run))
    const onTaken = async ({ sql }: Statement) => new Error(`A key was taken twice by: ${sql}`)
    try {
      await this.#connection.transact(statements, undefined, onTaken)
    } catch (error) {
      if (isRegistryError(error, 'NOT_FOUND')) return await this.#writeEach(taken)
      this.#putBack(taken)
      throw error
    } finally {
      for (const id of taken.keys()) this.#flushing.delete(id)
    }
  }

  /** Another process, which took this one for dead, has flushed some of them: their tables have them. */
  async #writeEach(taken: ReadonlyMap<string, LoggedRun>): Promise<void> {
    if (taken.size === 1) return
    for (const each of taken) await this.#write(new Map([each]))
  }

  #putBack(taken: ReadonlyMap<string, LoggedRun>): void {
    for (const [id, run] of taken) {
      const later = this.#runs.get(id)
      this.#keep(id, later ? { ...later, events: [...run.events, ...later.events] } : run)
    }
  }

  async #leftBehind(isDead: IsDeadNode): Promise<ReadonlyMap<string, LoggedRun>> {
    const sql = 'select run_id, place, writes from run_journal order by run_id, place'
    const found = new Map<string, LoggedRun>()
    const nodes = new Map<string, RunRecord['ownerId']>()
    for (const { run_id: id, place, writes } of await this.#connection.all<RunLogRow>(sql, [])) {
      const run = withEntry(found.get(id), fromJson(writes).map(completed), place)
      if (!run) continue
      found.set(id, run)
      // A run that has ended has no node any more: its first entry has the one that worked on it.
      if (!nodes.has(id)) nodes.set(id, run.run.ownerId)
    }
    return new Map([...found].filter(([id]) => isDead(nodes.get(id) ?? null)))
  }
}

export function createRunWriteAheadLog(connection: SqlConnection): RunWriteAheadLog {
  return new SqlRunWriteAheadLog(connection)
}
