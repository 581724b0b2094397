import { isRegistryError } from '../base/errors.ts'
import type { JobWriter } from '../jobs/job-writer.ts'
import type { RunEvent } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import type { RunWrite, Write } from '../storage/write.ts'
import { recordedArgs, recordedResult } from './record-policy.ts'

type Step = Partial<RunRecord> & Pick<RunRecord, 'status'>

/** Writes a run: inserts it in the first state that is worth a write, then updates it. */
export interface RunRecorder {
  /** The run with all of its args and result, even if they are not recorded. */
  readonly run: RunRecord
  /** Resolves once the run is stored; rejects if the write of its first step fails. */
  readonly stored: Promise<void>
  /** Writes the run in its current state; may be called again if it rejects. */
  insert(): Promise<void>
  /** Resolves once the step and its events are committed, with `writes` if there are any. */
  step(step: Step, events: readonly RunEvent[], writes?: readonly Write[]): Promise<void>
  /** Commits `writes`, with a step if there is one and with retries. */
  proceed(step: Step | undefined, writes: readonly Write[], onDelay: (error: unknown) => void): Promise<void>
  /** As `step`, with retries: this node works on the run no more. */
  leave(
    step: Step,
    events: readonly RunEvent[],
    writes: readonly Write[],
    onDelay: (error: unknown) => void,
  ): Promise<void>
  /** Takes a step that another write has committed. */
  adopt(step: Step): void
  /** As `step`, with retries (`commitWithRetry`). Answers false for a run that could not be inserted, which is given up. */
  end(step: Step, events: readonly RunEvent[], onDelay: (error: unknown) => void): Promise<boolean>
}

/** `isStored`: the run is in the storage already, in the state of `queued`. */
export function createRunRecorder(writer: JobWriter, queued: RunRecord, isStored = false): RunRecorder {
  return new WritingRunRecorder(writer, queued, isStored)
}

const nothingElse: readonly Write[] = []

class WritingRunRecorder implements RunRecorder {
  readonly #writer: JobWriter
  readonly #stored = Promise.withResolvers<void>()
  #run: RunRecord
  #wasStored: boolean
  #isRefused = false

  constructor(writer: JobWriter, queued: RunRecord, isStored: boolean) {
    this.#writer = writer
    this.#run = queued
    this.#wasStored = isStored
    // The starter awaits it only if nothing else has written the run.
    this.#stored.promise.catch(() => undefined)
  }

  get run(): RunRecord {
    return this.#run
  }

  get stored(): Promise<void> {
    return this.#stored.promise
  }

  async insert(): Promise<void> {
    await this.#writer.commit([this.#write()], [])
    this.#markStored()
  }

  async step(step: Step, events: readonly RunEvent[], writes = nothingElse): Promise<void> {
    const before = this.#advance(step)
    try {
      await this.#writer.commit([this.#write(), ...writes], events)
    } catch (error) {
      throw this.#failed(error, before)
    }
    this.#markStored()
  }

  proceed(step: Step | undefined, writes: readonly Write[], onDelay: (error: unknown) => void): Promise<void> {
    return step ? this.#leave(step, [], writes, onDelay) : this.#writer.commitWithRetry(writes, [], onDelay)
  }

  leave(
    step: Step,
    events: readonly RunEvent[],
    writes: readonly Write[],
    onDelay: (error: unknown) => void,
  ): Promise<void> {
    return this.#leave({ ...step, ownerId: null }, events, writes, onDelay)
  }

  adopt(step: Step): void {
    this.#run = advance(this.#run, step)
  }

  async end(step: Step, events: readonly RunEvent[], onDelay: (error: unknown) => void): Promise<boolean> {
    this.#advance({ ...step, ownerId: null })
    // No caller knows of the run, and it was not sent.
    if (this.#isRefused) return false
    try {
      await this.#writer.commitWithRetry([this.#write()], events, onDelay)
    } catch (error) {
      throw this.#failed(error, this.#run)
    }
    this.#markStored()
    return true
  }

  async #leave(
    step: Step,
    events: readonly RunEvent[],
    writes: readonly Write[],
    onDelay: (error: unknown) => void,
  ): Promise<void> {
    const before = this.#advance(step)
    try {
      await this.#writer.commitWithRetry([this.#write(), ...writes], events, onDelay)
    } catch (error) {
      throw this.#failed(error, before)
    }
    this.#markStored()
  }

  /** Answers the run as it was before. */
  #advance(step: Step): RunRecord {
    const before = this.#run
    this.#run = advance(before, step)
    return before
  }

  #write(): RunWrite {
    return { kind: this.#wasStored ? 'updateRun' : 'insertRun', run: this.#asRecorded() }
  }

  #asRecorded(): RunRecord {
    const run = this.#run
    const { args, result } = run.recorded
    if (args === 'KEEP' && result === 'KEEP') return run
    return { ...run, args: recordedArgs(run.args, args), result: recordedResult(run.result, result) }
  }

  #markStored(): void {
    this.#wasStored = true
    this.#stored.resolve()
  }

  /** The run is in the state of `run` still. Answers the error. */
  #failed(error: unknown, run: RunRecord): unknown {
    if (!this.#wasStored) this.#isRefused = isRegistryError(error, 'STORAGE_UNAVAILABLE')
    this.#run = run
    this.#stored.reject(error)
    return error
  }
}
