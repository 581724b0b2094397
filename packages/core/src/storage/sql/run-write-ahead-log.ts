import { hasEnded } from '../../model/events.ts'
import type { IsDeadNode } from '../storage.ts'
import type { TenantWrite } from '../write.ts'
import {
  type AnyWrite,
  entryText,
  jobOf,
  type LoggedRun,
  neededIn,
  ofOneJob,
  type RunLogEntry,
  withEntry,
} from './run-log-entry.ts'
import type { OnDamage, RunLogMedium } from './run-log-medium.ts'

/** Longest time that a run is kept from other processes that read the database, in ms. */
const flushAfterMs = 250
/**
 * Longest time between the end of a run and its flush, in ms: runs that end meanwhile share one transaction, whose pages
 * are written once for all of them.
 */
const flushEndedAfterMs = 100
/** Number of ended runs that are flushed at once: some 3 ms of the event loop. */
const maxEnded = 64

/** Which runs to flush: those of these ids, those that have ended, or all. */
type Which = readonly string[] | 'ENDED' | 'ALL'

/**
 * Two commits of a run are waited for: that its call is about to be sent, and how it ended. Each is one small entry at the
 * end of this log. Runs, with their indexes and events, are flushed to their tables later, many in one transaction, or
 * before they are read. So a run costs its caller little more than two appends, and is on disk all the same: the next
 * process flushes what a killed one left in the log.
 */
export interface RunWriteAheadLog {
  /**
   * Commits the writes to the log. False: they belong in their tables, and nothing of their runs is left in the log. Answers
   * at once if it need not wait.
   *
   * @throws STORAGE_UNAVAILABLE
   */
  commit(writes: readonly AnyWrite[]): boolean | Promise<boolean>
  /** Writes runs to their tables. If it rejects with STORAGE_UNAVAILABLE, they stay in the log. */
  flush(which: Which): Promise<void>
  /** Flushes what dead nodes left in the log. */
  recover(isDead: IsDeadNode, onDamage: OnDamage): Promise<void>
  close(): Promise<void>
}

/** No log, for a database in which every commit costs a round trip, however small. */
export const withoutWriteAheadLog: RunWriteAheadLog = {
  commit: () => false,
  flush: async () => undefined,
  recover: async () => undefined,
  close: async () => undefined,
}

/** An entry, and the run after it. */
interface Step {
  readonly entry: RunLogEntry
  readonly writes: readonly TenantWrite[]
}

/** Whether a run begins in the log. A taken key must be found at once; a paused run waits for long. */
function begins(first: TenantWrite | undefined): boolean {
  if (first?.kind !== 'insertRun' || first.run.idempotencyKey !== null) return false
  return first.run.status === 'QUEUED' || first.run.status === 'RUNNING'
}

const isOfRun = ({ kind }: TenantWrite) => kind === 'insertRun' || kind === 'updateRun'

class MediumRunWriteAheadLog implements RunWriteAheadLog {
  readonly #medium: RunLogMedium
  /** Runs with entries in the log that are not being flushed. */
  readonly #runs = new Map<string, LoggedRun>()
  readonly #flushing = new Map<string, Promise<void>>()
  /** Those of `#runs` that have ended. */
  readonly #ended = new Set<string>()
  /** Grows when another process has flushed the whole log. */
  #takeovers = 0
  #soon: NodeJS.Timeout | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(medium: RunLogMedium) {
    this.#medium = medium
    medium.onTakenOver?.(() => {
      this.#takeovers += 1
      this.#runs.clear()
      this.#ended.clear()
    })
  }

  commit(writes: readonly AnyWrite[]): boolean | Promise<boolean> {
    const isFlushing = this.#flushing.size > 0 && writes.some((each) => this.#flushing.has(jobOf(each) ?? ''))
    if (isFlushing || this.#medium.isFull) return this.#commitLater(writes)
    return this.#commitNow(writes)
  }

  async #commitLater(writes: readonly AnyWrite[]): Promise<boolean> {
    for (const each of writes) {
      const going = this.#flushing.get(jobOf(each) ?? '')
      // Then it is flushed, or back in the log.
      if (going) await going.catch(() => undefined)
    }
    if (this.#medium.isFull) await this.flush('ALL')
    return this.#commitNow(writes)
  }

  #commitNow(writes: readonly AnyWrite[]): boolean | Promise<boolean> {
    const step = this.#stepOf(writes)
    if (step) return this.#append(step)
    const needed = this.#runs.size + this.#flushing.size > 0 ? neededIn(writes) : []
    return needed.length > 0 && this.flush(needed).then(() => false)
  }

  #append({ entry, writes }: Step): boolean | Promise<boolean> {
    const appended = this.#medium.append(entry, () => this.#add(entry.id, writes, entry.place))
    return typeof appended === 'string' ? appended === 'APPENDED' : appended.then((how) => how === 'APPENDED')
  }

  async flush(which: Which): Promise<void> {
    this.#medium.appendWaiting?.()
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
      const written = this.#writeInTurn(taken)
      for (const id of taken.keys()) this.#flushing.set(id, written)
      going.add(written)
    }
    if (going.size > 0) await Promise.all(going)
  }

  recover(isDead: IsDeadNode, onDamage: OnDamage): Promise<void> {
    return this.#medium.recover(isDead, onDamage)
  }

  async close(): Promise<void> {
    try {
      await this.flush('ALL')
    } finally {
      clearTimeout(this.#timer)
      clearTimeout(this.#soon)
      await this.#medium.close?.()
    }
  }

  /** The writes as one entry; undefined if they have to go to their tables. */
  #stepOf(given: readonly AnyWrite[]): Step | undefined {
    const ofJob = ofOneJob(given)
    if (!ofJob) return undefined
    const { id, writes } = ofJob
    const before = this.#runs.get(id)
    const [first] = writes
    if (!(before || begins(first))) return undefined
    const place = (before?.place ?? 0) + 1
    // An entry stands for itself: those before it may be flushed, and removed, by the time it is committed.
    const whole =
      before && !writes.some(isOfRun)
        ? [{ kind: 'updateRun', tenantId: before.tenantId, run: before.run } as const, ...writes]
        : writes
    const text = entryText(whole)
    if (text === undefined) return undefined
    const isAlone = this.#runs.size - this.#ended.size <= (before ? 1 : 0)
    const node = first?.kind === 'insertRun' ? first.run.ownerId : null
    return { entry: { id, place, text, node, isAlone }, writes: whole }
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

  /** One flush at a time: each marks what it leaves in the log. */
  #writeInTurn(taken: ReadonlyMap<string, LoggedRun>): Promise<void> {
    const takeovers = this.#takeovers
    if (this.#flushing.size === 0) return this.#write(taken, takeovers)
    return Promise.allSettled(this.#flushing.values()).then(() => this.#write(taken, takeovers))
  }

  async #write(taken: ReadonlyMap<string, LoggedRun>, takeovers: number): Promise<void> {
    try {
      if (takeovers !== this.#takeovers) return
      await this.#medium.flush(taken, () =>
        [...this.#runs.keys(), ...this.#flushing.keys()].filter((id) => !taken.has(id)),
      )
    } catch (error) {
      this.#putBack(taken)
      throw error
    } finally {
      for (const id of taken.keys()) this.#flushing.delete(id)
    }
  }

  #putBack(taken: ReadonlyMap<string, LoggedRun>): void {
    for (const [id, run] of taken) {
      const later = this.#runs.get(id)
      this.#keep(id, later ? { ...later, events: [...run.events, ...later.events] } : run)
    }
  }
}

export function createRunWriteAheadLog(medium: RunLogMedium): RunWriteAheadLog {
  return new MediumRunWriteAheadLog(medium)
}
