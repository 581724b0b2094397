import { hasEnded } from '../../model/events.ts'
import type { IsDeadNode } from '../storage.ts'
import type { TenantWrite } from '../write.ts'
import {
  type AnyWrite,
  entryText,
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

/** A flush that waits for the lock. What is wanted meanwhile, it takes too. */
interface NextFlush {
  readonly wanted: Set<Which>
  readonly done: Promise<void>
}

class MediumRunWriteAheadLog implements RunWriteAheadLog {
  readonly #medium: RunLogMedium
  /** Runs with entries in the log. */
  readonly #runs = new Map<string, LoggedRun>()
  /** Those of `#runs` that have ended. */
  readonly #ended = new Set<string>()
  /** The runs under way at the last tick of `#timer`. */
  #standing: readonly string[] = []
  #next: NextFlush | undefined
  #emptying: Promise<void> | undefined
  #soon: NodeJS.Timeout | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(medium: RunLogMedium) {
    this.#medium = medium
    medium.onTakenOver?.(() => {
      this.#runs.clear()
      this.#ended.clear()
    })
  }

  commit(writes: readonly AnyWrite[]): boolean | Promise<boolean> {
    return this.#medium.isFull ? this.#emptied().then(() => this.#commitNow(writes)) : this.#commitNow(writes)
  }

  /** Resolves once the log is emptied. All commits wait for that: it is never empty while entries are appended. */
  #emptied(): Promise<void> {
    this.#emptying ??= this.flush('ALL').finally(() => {
      this.#emptying = undefined
    })
    return this.#emptying
  }

  #commitNow(writes: readonly AnyWrite[]): boolean | Promise<boolean> {
    const step = this.#stepOf(writes)
    if (step) return this.#append(step)
    const needed = this.#runs.size > 0 ? neededIn(writes) : []
    return needed.length > 0 && this.flush(needed).then(() => false)
  }

  #append({ entry, writes }: Step): boolean | Promise<boolean> {
    const appended = this.#medium.append(entry, () => this.#add(entry.id, writes, entry.place))
    return typeof appended === 'string' ? appended === 'APPENDED' : appended.then((how) => how === 'APPENDED')
  }

  async flush(which: Which): Promise<void> {
    this.#medium.appendWaiting?.()
    this.#unschedule(which)
    if (!this.#has(which)) return
    const next = this.#next
    next?.wanted.add(which)
    await (next?.done ?? this.#flushOnceLocked(new Set([which])))
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
    if (!after) return
    this.#keep(id, after)
    // Once the callers of these runs have their answers.
    if (this.#ended.size === maxEnded && hasEnded(after.run.status))
      setImmediate(() => this.#flushInBackground('ENDED'))
  }

  #keep(id: string, run: LoggedRun): void {
    this.#runs.set(id, run)
    if (hasEnded(run.run.status)) this.#ended.add(id)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#ended.size > 0) this.#soon ??= setTimeout(() => this.#flushInBackground('ENDED'), flushEndedAfterMs)
    if (this.#ended.size < this.#runs.size) this.#timer ??= setTimeout(() => this.#tick(), flushAfterMs / 2).unref()
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

  /** Flushes the runs that were there at the tick before: the steps of younger ones are better off in the log. */
  #tick(): void {
    this.#timer = undefined
    const underWay = [...this.#runs.keys()].filter((id) => !this.#ended.has(id))
    const due = this.#standing.filter((id) => this.#runs.has(id))
    this.#standing = underWay
    if (due.length > 0) this.#flushInBackground(due)
    this.#schedule()
  }

  #flushInBackground(which: Which): void {
    // The runs stay in the log, and the flush is tried again: their readers receive the error.
    this.flush(which).catch(() => undefined)
  }

  /**
   * Takes the runs once the lock is there: the next step of a run goes to the log until then, and so never waits for a
   * flush, or for the long commit for which a flush waits.
   */
  #flushOnceLocked(wanted: Set<Which>): Promise<void> {
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const next = { wanted, done }
    this.#next = next
    let taken: ReadonlyMap<string, LoggedRun> = new Map()
    const leave = () => {
      if (this.#next === next) this.#next = undefined
    }
    const flushed = this.#medium.flush({
      take: () => {
        leave()
        taken = this.#take(wanted)
        return { runs: taken, others: [...this.#runs.keys()] }
      },
      putBack: () => {
        for (const [id, run] of taken) this.#keep(id, run)
      },
    })
    // Without a lock nothing was taken, and nothing put back.
    resolve(
      flushed.finally(() => {
        leave()
        this.#schedule()
      }),
    )
    return done
  }

  #has(which: Which): boolean {
    if (which === 'ALL') return this.#runs.size > 0
    return which === 'ENDED' ? this.#ended.size > 0 : which.some((id) => this.#runs.has(id))
  }

  #take(wanted: ReadonlySet<Which>): ReadonlyMap<string, LoggedRun> {
    const taken = new Map<string, LoggedRun>()
    for (const which of wanted) {
      for (const id of this.#idsOf(which)) {
        const run = this.#runs.get(id)
        if (!run) continue
        this.#runs.delete(id)
        this.#ended.delete(id)
        taken.set(id, run)
      }
    }
    return taken
  }

  #idsOf(which: Which): Iterable<string> {
    if (which === 'ALL') return this.#runs.keys()
    return which === 'ENDED' ? this.#ended : which
  }
}

export function createRunWriteAheadLog(medium: RunLogMedium): RunWriteAheadLog {
  return new MediumRunWriteAheadLog(medium)
}
