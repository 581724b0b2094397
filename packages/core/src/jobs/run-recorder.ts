import type { EventBus } from '../events/bus.ts'
import type { RunEvent } from '../events/events.ts'
import type { Storage } from '../storage/storage.ts'
import type { RunRecord } from './job.ts'
import { createJobWriter, type JobWriter } from './job-log.ts'

/** A run as it is written: inserted with its first state that is worth a write, then updated. */
export interface RunRecorder {
  readonly run: RunRecord
  readonly tell: JobWriter['tell']
  /** Resolves once the run stands in the storage; rejects where its first write fails. */
  readonly stored: Promise<void>
  save(patch: Partial<RunRecord>, events: readonly RunEvent[]): Promise<void>
  /** As `save`, a moment later; `run` and every read have it at once. */
  saveSoon(patch: Partial<RunRecord>, events: readonly RunEvent[]): Promise<void>
}

export function createRunRecorder(storage: Storage, bus: EventBus, queued: RunRecord): RunRecorder {
  const writer = createJobWriter(storage, bus, queued.id)
  const { promise: stored, resolve, reject } = Promise.withResolvers<void>()
  // Only where nothing else wrote the run does anybody wait for it.
  stored.catch(() => undefined)
  let run = queued
  let isStored = false

  async function write(how: 'commit' | 'commitSoon', patch: Partial<RunRecord>, events: readonly RunEvent[]) {
    run = { ...run, ...patch }
    try {
      await writer[how]([{ kind: isStored ? 'updateRun' : 'insertRun', run }], events)
    } catch (error) {
      reject(error)
      throw error
    }
    isStored = true
    resolve()
  }

  return {
    get run() {
      return run
    },
    tell: writer.tell,
    stored,
    save: (patch, events) => write('commit', patch, events),
    saveSoon: (patch, events) => write('commitSoon', patch, events),
  }
}
