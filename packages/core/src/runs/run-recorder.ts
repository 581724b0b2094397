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
  const { promise: stored, resolve, reject } = Promise.withResolvers<void>()
  // The starter awaits it only if nothing else has written the run.
  stored.catch(() => undefined)
  let run = queued
  let wasStored = isStored
  let isRefused = false

  function asRecorded(): RunRecord {
    const { args, result } = run.recorded
    if (args === 'KEEP' && result === 'KEEP') return run
    return { ...run, args: recordedArgs(run.args, args), result: recordedResult(run.result, result) }
  }

  function write(): RunWrite {
    return { kind: wasStored ? 'updateRun' : 'insertRun', run: asRecorded() }
  }

  function markStored(): void {
    wasStored = true
    resolve()
  }

  async function saved(commit: Promise<void>): Promise<void> {
    try {
      await commit
    } catch (error) {
      if (!wasStored) isRefused = isRegistryError(error, 'STORAGE_UNAVAILABLE')
      reject(error)
      throw error
    }
    markStored()
  }

  /** The run is as before if the commit fails. */
  async function advancing(step: Step, commit: () => Promise<void>): Promise<void> {
    const before = run
    run = advance(run, step)
    try {
      await commit()
    } catch (error) {
      run = before
      throw error
    }
  }

  return {
    get run() {
      return run
    },
    stored,
    async insert() {
      await writer.commit([write()], [])
      markStored()
    },
    step: (step, events, writes = []) => advancing(step, () => saved(writer.commit([write(), ...writes], events))),
    proceed: (step, writes, onDelay) =>
      step
        ? advancing(step, () => saved(writer.commitWithRetry([write(), ...writes], [], onDelay)))
        : writer.commitWithRetry(writes, [], onDelay),
    leave: (step, events, writes, onDelay) =>
      advancing({ ...step, ownerId: null }, () => saved(writer.commitWithRetry([write(), ...writes], events, onDelay))),
    adopt(step) {
      run = advance(run, step)
    },
    async end(step, events, onDelay) {
      run = advance(run, { ...step, ownerId: null })
      // No caller knows of the run, and it was not sent.
      if (isRefused) return false
      await saved(writer.commitWithRetry([write()], events, onDelay))
      return true
    },
  }
}
