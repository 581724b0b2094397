import { setTimeout as delay } from 'node:timers/promises'
import { type CanceledBy, invalidInput, RegistryError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'

/** The jobs that this process is working on: the owner of their abort signals. */
export interface RunningJobs {
  readonly size: number
  has(id: JobId): boolean
  /** Aborts when `close` cancels what still runs: nothing may be tried for longer. */
  readonly closing: AbortSignal
  /** Throws CLOSED once closing has begun: new work is refused. */
  assertOpen(): void
  /** Begins `work`; its rejection goes to `onError`, since nobody waits for it. */
  start(id: JobId, work: (signal: AbortSignal) => Promise<void>): void
  /** Aborts the job's signal with `reason`, a CANCELED error unless it is another; false where it is not running here. */
  cancel(id: JobId, reason: RegistryError): boolean
  /** Of all that run here; new ones may begin. */
  cancelAll(reason: RegistryError): void
  /** Resolves when the job is not running here (any more). */
  ended(id: JobId): Promise<void>
  /** Refuses new jobs, waits up to `graceMs` for the running ones, cancels the rest and waits for their end. */
  close(graceMs: number): Promise<void>
}

const maxReasonLength = 1_000

const whoCanceled: Readonly<Record<CanceledBy, string>> = {
  CALLER: 'Cancelled by the caller',
  SIGNAL: "Cancelled by the caller's signal",
  SERVER_UPDATED: 'Cancelled, as the configuration of the server was changed',
  SERVER_DELETED: 'Cancelled, as the server was deleted',
  REGISTRY_CLOSED: 'Cancelled, as the registry was closed',
}

/** What the log of a cancelled job says. INVALID_INPUT for a reason that is too long. */
export function canceled(canceledBy: CanceledBy, reason?: string): RegistryError {
  if (reason !== undefined && reason.length > maxReasonLength) {
    const message = `reason: expected at most ${maxReasonLength} characters, got ${reason.length}`
    throw invalidInput(['reason'], message)
  }
  const message = reason ? `${whoCanceled[canceledBy]}: ${reason}` : whoCanceled[canceledBy]
  return new RegistryError('CANCELED', message, { details: { canceledBy } })
}

/** What an aborted signal says beside that it was: the reason that was given to it. */
function abortReason({ reason }: AbortSignal): string | undefined {
  if (typeof reason === 'string') return reason.slice(0, maxReasonLength)
  // Without a reason, a DOMException says only what is known.
  const isGiven = reason instanceof Error && !(reason instanceof DOMException)
  return isGiven ? reason.message.slice(0, maxReasonLength) : undefined
}

/** Cancels the job when `signal` aborts, for as long as the job runs here. */
export function cancelOnAbort(jobs: RunningJobs, id: JobId, signal: AbortSignal | undefined): void {
  if (!signal) return
  const onAbort = () => jobs.cancel(id, canceled('SIGNAL', abortReason(signal)))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  void jobs.ended(id).then(() => signal.removeEventListener('abort', onAbort))
}

export function createRunningJobs(onError: (error: unknown) => void): RunningJobs {
  const jobs = new Map<JobId, { readonly controller: AbortController; readonly done: Promise<void> }>()
  const closing = new AbortController()
  let isClosing = false
  const allDone = () => Promise.all([...jobs.values()].map(({ done }) => done))
  function cancelAll(reason: RegistryError): void {
    for (const { controller } of jobs.values()) controller.abort(reason)
  }
  return {
    get size() {
      return jobs.size
    },
    has: (id) => jobs.has(id),
    closing: closing.signal,
    assertOpen() {
      if (isClosing) throw new RegistryError('CLOSED', 'The registry is closing and takes no new work')
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
    cancelAll,
    async ended(id) {
      await jobs.get(id)?.done
    },
    async close(graceMs) {
      isClosing = true
      if (graceMs > 0 && jobs.size > 0) {
        const grace = new AbortController()
        const over = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
        await Promise.race([allDone(), over])
        grace.abort()
      }
      cancelAll(canceled('REGISTRY_CLOSED'))
      closing.abort()
      await allDone()
    },
  }
}
