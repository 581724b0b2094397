import { isRegistryError } from '../base/errors.ts'
import type { JobWriter } from '../jobs/job-writer.ts'
import type { RunEvent } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import type { RunWrite, Write } from '../storage/write.ts'
import { recordedArgs, recordedResult } from './record-policy.ts'

type Step = Partial<RunRecord> & Pick<RunRecord, 'status'>
type OnDelay = (error: unknown) => void

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
  proceed(step: Step | undefined, writes: readonly Write[], onDelay: OnDelay): Promise<void>
  /** As `step`, with retries: this node works on the run no more. */
  leave(step: Step, events: readonly RunEvent[], writes: readonly Write[], onDelay: OnDelay): Promise<void>
  /** Takes a step that another write has committed. */
  adopt(step: Step): void
  /** As `step`, with retries (`commitWithRetry`). Answers false for a run that could not be inserted, which is given up. */
  end(step: Step, events: readonly RunEvent[], onDelay: OnDelay): Promise<boolean>
}

class Recorder implements RunRecorder {
  readonly stored: Promise<void>
  readonly #writer: JobWriter
  readonly #storing = Promise.withResolvers<void>()
  #run: RunRecord
  #wasStored: boolean
  #isRefused = false

  constructor(writer: JobWriter, queued: RunRecord, isStored: boolean) {
    this.#writer = writer
    this.#run = queued
    this.#wasStored = isStored
    this.stored = this.#storing.promise
    // The starter awaits it only if nothing else has written the run.
    this.stored.catch(() => undefined)
  }

  get run() {
    return this.#run
  }

  async insert(): Promise<void> {
    await this.#writer.commit([this.#write()], [])
    this.#markStored()
  }

  step(step: Step, events: readonly RunEvent[], writes: readonly Write[] = []): Promise<void> {
    return this.#advancing(step, () => this.#saved(this.#writer.commit([this.#write(), ...writes], events)))
  }

  proceed(step: Step | undefined, writes: readonly Write[], onDelay: OnDelay): Promise<void> {
    if (!step) return this.#writer.commitWithRetry(writes, [], onDelay)
    return this.#advancing(step, () =>
      this.#saved(this.#writer.commitWithRetry([this.#write(), ...writes], [], onDelay)),
    )
  }

  leave(step: Step, events: readonly RunEvent[], writes: readonly Write[], onDelay: OnDelay): Promise<void> {
    return this.#advancing({ ...step, ownerId: null }, () =>
      this.#saved(this.#writer.commitWithRetry([this.#write(), ...writes], events, onDelay)),
    )
  }

  adopt(step: Step): void {
    this.#run = advance(this.#run, step)
  }

  async end(step: Step, events: readonly RunEvent[], onDelay: OnDelay): Promise<boolean> {
    this.#run = advance(this.#run, { ...step, ownerId: null })
    // No caller knows of the run, and it was not sent.
    if (this.#isRefused) return false
    await this.#saved(this.#writer.commitWithRetry([this.#write()], events, onDelay))
    return true
  }

  #asRecorded(): RunRecord {
    const run = this.#run
    const { args, result } = run.recorded
    if (args === 'KEEP' && result === 'KEEP') return run
    return { ...run, args: recordedArgs(run.args, args), result: recordedResult(run.result, result) }
  }

  #write(): RunWrite {
    return { kind: this.#wasStored ? 'updateRun' : 'insertRun', run: this.#asRecorded() }
  }

  #markStored(): void {
    this.#wasStored = true
    this.#storing.resolve()
  }

  async #saved(commit: Promise<void>): Promise<void> {
    try {
      await commit
    } catch (error) {
      if (!this.#wasStored) this.#isRefused = isRegistryError(error, 'STORAGE_UNAVAILABLE')
      this.#storing.reject(error)
      throw error
    }
    this.#markStored()
  }

  /** The run is as before if the commit fails. */
  async #advancing(step: Step, commit: () => Promise<void>): Promise<void> {
    const before = this.#run
    this.#run = advance(before, step)
    try {
      await commit()
    } catch (error) {
      this.#run = before
      throw error
    }
  }
}

/** `isStored`: the run is in the storage already, in the state of `queued`. */
export function createRunRecorder(writer: JobWriter, queued: RunRecord, isStored = false): RunRecorder {
  return new Recorder(writer, queued, isStored)
}
