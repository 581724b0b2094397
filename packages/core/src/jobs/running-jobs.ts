import { setTimeout as delay } from 'node:timers/promises'
import { RegistryError } from '../errors.ts'
import type { JobId } from '../ids.ts'

/** The jobs that this process is working on: the owner of their abort signals. */
export interface RunningJobs {
  readonly size: number
  /** Throws CLOSED once closing has begun: new work is refused. */
  assertOpen(): void
  /** Begins `work`; its rejection goes to `onError`, since nobody waits for it. */
  start(id: JobId, work: (signal: AbortSignal) => Promise<void>): void
  /** Aborts the job's signal with `reason`, a CANCELED error unless it is another; false where it is not running here. */
  cancel(id: JobId, reason: RegistryError): boolean
  /** Resolves when the job is not running here (any more). */
  ended(id: JobId): Promise<void>
  /** Refuses new jobs, waits up to `graceMs` for the running ones, cancels the rest and waits for their end. */
  close(graceMs: number): Promise<void>
}

export function canceled(reason: string): RegistryError {
  return new RegistryError('CANCELED', reason)
}

export function createRunningJobs(onError: (error: unknown) => void): RunningJobs {
  const jobs = new Map<JobId, { readonly controller: AbortController; readonly done: Promise<void> }>()
  let closing = false
  const allDone = () => Promise.all([...jobs.values()].map(({ done }) => done))
  return {
    get size() {
      return jobs.size
    },
    assertOpen() {
      if (closing) throw new RegistryError('CLOSED', 'The registry is closing and takes no new work')
    },
    start(id, work) {
      const controller = new AbortController()
      const done = work(controller.signal)
        .catch(onError)
        .finally(() => jobs.delete(id))
      jobs.set(id, { controller, done })
    },
    cancel(id, reason) {
      const job = jobs.get(id)
      job?.controller.abort(reason)
      return job !== undefined
    },
    async ended(id) {
      await jobs.get(id)?.done
    },
    async close(graceMs) {
      closing = true
      if (graceMs > 0 && jobs.size > 0) {
        const grace = new AbortController()
        const over = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
        await Promise.race([allDone(), over])
        grace.abort()
      }
      for (const { controller } of jobs.values()) controller.abort(canceled('The registry was closed'))
      await allDone()
    },
  }
}
