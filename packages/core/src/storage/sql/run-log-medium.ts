import type { RegistryError } from '../../base/errors.ts'
import type { IsDeadNode } from '../storage.ts'
import type { LoggedRun, RunLogEntry } from './run-log-entry.ts'

/** Receives what could not be recovered. */
export type OnDamage = (damage: RegistryError) => void

/** APPENDED, or TAKEN_OVER: then the tables have every run of the log, and the entry is nowhere. */
export type Appended = 'APPENDED' | 'TAKEN_OVER'

/** The runs that a flush takes from the log. */
export interface TakenRuns {
  readonly runs: ReadonlyMap<string, LoggedRun>
  /** The ids of all other runs in the log. */
  readonly others: readonly string[]
}

/** What a flush is to write. It is taken once the lock is there: until then, runs go on in the log. */
export interface Flushing {
  take(): TakenRuns
  /** What was taken is in the log again. */
  putBack(): void
}

/** Where the entries of the write-ahead log are kept until their runs are in the tables. */
export interface RunLogMedium {
  /** Whether it has to be emptied before the next entry. */
  readonly isFull: boolean
  /** The listener is called once another process has written all runs of this log to their tables. */
  onTakenOver?(listener: () => void): void
  /**
   * Calls `committed` in the moment from which the entry outlives this process, before any flush. Answers at once if it
   * need not wait.
   *
   * @throws STORAGE_UNAVAILABLE, with the entry left out
   */
  append(entry: RunLogEntry, committed: () => void): Appended | Promise<Appended>
  /** Appends the entries that wait for others of their turn of the event loop. */
  appendWaiting?(): void
  /**
   * Writes runs to their tables, in the transaction that marks their entries as flushed. Also resolves if another process
   * has written them.
   *
   * @throws STORAGE_UNAVAILABLE, with everything as it was
   */
  flush(flushing: Flushing): Promise<void>
  /** Writes the runs that dead nodes left to their tables. */
  recover(isDead: IsDeadNode, onDamage: OnDamage): Promise<void>
  /** Every run is flushed by then. */
  close?(): Promise<void>
}
