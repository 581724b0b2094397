import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '../base/errors.ts'
import type { JobId, NodeId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import type { JobEvent } from '../model/events.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'

/** Writes the changes of one job, in the order of the calls, each in one transaction with its events. */
export interface JobWriter {
  /** Resolves once `writes` and `events` are committed; if it rejects, they are dropped. */
  commit(writes: readonly Write[], events: readonly JobEvent[]): Promise<void>
  /**
   * As `commit`, for the end of a job, which must not be lost: retries on STORAGE_UNAVAILABLE until `closing` aborts.
   * `onDelay` receives the first failure, so that callers need not wait for the storage to recover.
   */
  commitWithRetry(
    writes: readonly Write[],
    events: readonly JobEvent[],
    onDelay: (error: unknown) => void,
  ): Promise<void>
  /** Appends events soon, together with others that are pending. Never rejects: the next write retries what failed. */
  append(...events: readonly JobEvent[]): void
}

/** Longest delay of an appended event, in ms: many small events cost one write, and no subscriber sees the difference. */
const appendWithinMs = 20
/** Pauses between retries of `commitWithRetry`, in ms: they double up to the longest. */
const firstPauseMs = 100
const maxPauseMs = 5_000

export interface JobWriterDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly closing: AbortSignal
  /** The node that works on the job. Once other nodes take it for dead, its writes are refused (LEASE_LOST). */
  readonly ownerId: NodeId
}

export function createJobWriter(deps: JobWriterDeps, jobId: JobId): JobWriter {
  return new OrderedJobWriter(deps, jobId)
}

class OrderedJobWriter implements JobWriter {
  readonly #deps: JobWriterDeps
  readonly #jobId: JobId
  /** Writes that have not settled. */
  #underWay = 0
  /** The last of them. */
  #last: Promise<void> = Promise.resolve()
  #pending: readonly Write[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(deps: JobWriterDeps, jobId: JobId) {
    this.#deps = deps
    this.#jobId = jobId
  }

  commit(writes: readonly Write[], events: readonly JobEvent[]): Promise<void> {
    const all = this.#withEvents(writes, events)
    return this.#inOrder(() => this.#write(all))
  }

  commitWithRetry(
    writes: readonly Write[],
    events: readonly JobEvent[],
    onDelay: (error: unknown) => void,
  ): Promise<void> {
    const all = this.#withEvents(writes, events)
    return this.#inOrder(() => this.#writeWithRetry(all, onDelay))
  }

  append(...events: readonly JobEvent[]): void {
    this.#pending = [...this.#pending, ...this.#withEvents([], events)]
    this.#timer ??= setTimeout(() => {
      // The events stay pending, and are written before the job's next write.
      this.#inOrder(() => this.#write([])).catch(() => undefined)
    }, appendWithinMs)
  }

  /** Runs `work` after the earlier writes, even failed ones, which reject to their own callers. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    this.#underWay += 1
    const last = this.#underWay === 1 ? work() : this.#last.then(work, work)
    this.#last = last
    const settle = () => {
      this.#underWay -= 1
    }
    void last.then(settle, settle)
    return last
  }

  async #writeWithRetry(writes: readonly Write[], onDelay: (error: unknown) => void): Promise<void> {
    const { closing } = this.#deps
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
      try {
        await this.#write(writes)
        return
      } catch (error) {
        if (!isRegistryError(error, 'STORAGE_UNAVAILABLE') || closing.aborted) throw error
        if (pauseMs === firstPauseMs) onDelay(error)
        // A registry that closes ends the pause, which leaves one more try.
        await delay(pauseMs, undefined, { signal: closing }).catch(() => undefined)
      }
    }
  }

  async #write(writes: readonly Write[]): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const earlier = this.#pending
    this.#pending = []
    const all = earlier.length === 0 ? writes : [...earlier, ...writes]
    if (all.length === 0) return
    const { storage, bus, ownerId } = this.#deps
    try {
      await storage.commit(all, ownerId)
    } catch (error) {
      this.#pending = [...earlier, ...this.#pending]
      throw error
    }
    bus.notify(this.#jobId)
  }

  #withEvents(writes: readonly Write[], events: readonly JobEvent[]): readonly Write[] {
    if (events.length === 0) return writes
    return [...writes, { kind: 'appendJobEvents', jobId: this.#jobId, at: Date.now(), events }]
  }
}
