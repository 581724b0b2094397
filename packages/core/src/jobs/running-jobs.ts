import { setTimeout as delay } from 'node:timers/promises'
import { Cancellation } from '../base/cancellation.ts'
import { type CanceledBy, invalidInput, RegistryError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'

/** The jobs that this process works on. Owns what cancels them. */
export interface RunningJobs {
  readonly size: number
  has(id: JobId): boolean
  /** Aborts when `close` cancels what still runs: nothing may be retried any longer. */
  readonly closing: AbortSignal
  /** @throws CLOSED once closing has begun */
  assertOpen(): void
  /** Starts `work`; its rejection goes to `onError`, as no caller awaits it. */
  start(id: JobId, work: (cancellation: Cancellation) => Promise<void>): void
  /** Ends the job's work with `reason`; false if the job is not running here. */
  cancel(id: JobId, reason: RegistryError): boolean
  /**
   * Calls `listener` when there may be something for the job in the storage, which it waits for. Answers the function that
   * stops listening.
   */
  listen(id: JobId, listener: () => void): () => void
  /** Has the job look; false if it does not wait here. */
  wake(id: JobId): boolean
  /** Jobs that wait for something in the storage. */
  readonly listening: number
  /** Ends the work of every job that runs here; new jobs may start. */
  cancelAll(reason: RegistryError): void
  /** Resolves once the job is not running here. */
  ended(id: JobId): Promise<void>
  /** Refuses new jobs, waits up to `graceMs` for the running ones, cancels the rest and waits for their end. */
  close(graceMs: number): Promise<void>
}

/** Longest reason of a cancellation, in characters. */
const maxReasonLength = 1_000

const cancelMessages: Readonly<Record<CanceledBy, string>> = {
  CALLER: 'Canceled by the caller',
  SIGNAL: "Canceled by the caller's signal",
  SERVER_UPDATED: 'Canceled because the configuration of the server was changed',
  SERVER_DELETED: 'Canceled because the server was deleted',
  REGISTRY_CLOSED: 'Canceled because the registry was closed',
  REJECTED: 'Rejected',
  TOOL_UNAVAILABLE: 'Canceled because the tool can no longer be run',
}

/**
 * The error of a cancelled job.
 *
 * @throws INVALID_INPUT for a reason that is too long
 */
export function canceled(canceledBy: CanceledBy, reason?: string): RegistryError {
  if (reason !== undefined && reason.length > maxReasonLength) {
    const message = `reason: expected at most ${maxReasonLength} characters, got ${reason.length}`
    throw invalidInput(['reason'], message)
  }
  const message = reason ? `${cancelMessages[canceledBy]}: ${reason}` : cancelMessages[canceledBy]
  return new RegistryError('CANCELED', message, { details: { canceledBy } })
}

/** The reason that a caller gave to an aborted signal. */
export function abortReason({ reason }: AbortSignal): string | undefined {
  if (typeof reason === 'string') return reason.slice(0, maxReasonLength)
  // The DOMException of an abort without a reason says nothing new.
  const isGiven = reason instanceof Error && !(reason instanceof DOMException)
  return isGiven ? reason.message.slice(0, maxReasonLength) : undefined
}

/** Cancels the job if `signal` aborts while the job runs here. */
export function cancelOnAbort(jobs: RunningJobs, id: JobId, signal: AbortSignal | undefined): void {
  if (!signal) return
  const onAbort = () => jobs.cancel(id, canceled('SIGNAL', abortReason(signal)))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  void jobs.ended(id).then(() => signal.removeEventListener('abort', onAbort))
}

export function createRunningJobs(onError: (error: unknown) => void): RunningJobs {
  const jobs = new Map<JobId, { readonly cancellation: Cancellation; readonly done: Promise<void> }>()
  const listeners = new Map<JobId, () => void>()
  const closing = new AbortController()
  let isClosing = false
  const allDone = () => Promise.all([...jobs.values()].map(({ done }) => done))
  function cancelAll(reason: RegistryError): void {
    for (const { cancellation } of jobs.values()) cancellation.end(reason)
  }
  async function untilDone(id: JobId, working: Promise<void>): Promise<void> {
    try {
      await working
    } catch (error) {
      onError(error)
    } finally {
      jobs.delete(id)
    }
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
      const cancellation = new Cancellation()
      jobs.set(id, { cancellation, done: untilDone(id, work(cancellation)) })
    },
    cancel(id, reason) {
      const job = jobs.get(id)
      job?.cancellation.end(reason)
      return job !== undefined
    },
    listen(id, listener) {
      listeners.set(id, listener)
      return () => listeners.delete(id)
    },
    wake(id) {
      const listener = listeners.get(id)
      listener?.()
      return listener !== undefined
    },
    get listening() {
      return listeners.size
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
