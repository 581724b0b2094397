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

export function createJobWriter({ storage, bus, closing, ownerId }: JobWriterDeps, jobId: JobId): JobWriter {
  /** The last write, until it has settled. */
  let last: Promise<void> | undefined
  let pending: Write[] = []
  let timer: NodeJS.Timeout | undefined

  async function write(writes: readonly Write[]): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const earlier = pending
    pending = []
    if (earlier.length + writes.length === 0) return
    try {
      await storage.commit([...earlier, ...writes], ownerId)
    } catch (error) {
      pending = [...earlier, ...pending]
      throw error
    }
    bus.notify(jobId)
  }

  /** Runs `work` after the earlier writes, even failed ones, which reject to their own callers. */
  function inOrder(work: () => Promise<void>): Promise<void> {
    const done = last ? last.then(work) : work()
    const settle = () => {
      if (last === settled) last = undefined
    }
    const settled = done.then(settle, settle)
    last = settled
    return done
  }

  function withEvents(writes: readonly Write[], events: readonly JobEvent[]): readonly Write[] {
    return events.length > 0 ? [...writes, { kind: 'appendJobEvents', jobId, at: Date.now(), events }] : writes
  }

  return {
    commit: (writes, events) => inOrder(() => write(withEvents(writes, events))),
    commitWithRetry(writes, events, onDelay) {
      const all = withEvents(writes, events)
      return inOrder(async () => {
        for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
          try {
            await write(all)
            return
          } catch (error) {
            if (!isRegistryError(error, 'STORAGE_UNAVAILABLE') || closing.aborted) throw error
            if (pauseMs === firstPauseMs) onDelay(error)
            // A registry that closes ends the pause, which leaves one more try.
            await delay(pauseMs, undefined, { signal: closing }).catch(() => undefined)
          }
        }
      })
    },
    append(...events) {
      pending.push(...withEvents([], events))
      timer ??= setTimeout(() => {
        // The events stay pending, and are written before the job's next write.
        inOrder(() => write([])).catch(() => undefined)
      }, appendWithinMs)
    },
  }
}
