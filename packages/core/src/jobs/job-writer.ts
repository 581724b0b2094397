import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '../base/errors.ts'
import type { JobId, NodeId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import type { JobEvent } from '../model/events.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'

/**
 * The writes of one job, in the order in which they are given, each in one transaction with the events that tell of it.
 * What the storage cannot take now (STORAGE_UNAVAILABLE) is treated by what was promised of it.
 */
export interface JobWriter {
  /** Resolves once `writes` and `events` are committed; rejects, and forgets them, where they cannot be. */
  commit(writes: readonly Write[], events: readonly JobEvent[]): Promise<void>
  /**
   * As `commit`, for what must not be lost: how a job ended. While the storage cannot take it, it is tried again, until
   * `closing` aborts. `onDelay` hears of the first failure, so that nobody has to wait for the storage to come back.
   */
  commitWithRetry(
    writes: readonly Write[],
    events: readonly JobEvent[],
    onDelay: (error: unknown) => void,
  ): Promise<void>
  /** Appends soon, together with what else is pending meanwhile; never rejects, and is tried again with the next write. */
  append(...events: readonly JobEvent[]): void
}

/** Many small events in a row cost one write; nobody who watches sees the difference. */
const appendWithinMs = 20
const firstPauseMs = 100
const maxPauseMs = 5_000

export interface JobWriterDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly closing: AbortSignal
  /** Who works on the job: once others take it for gone, nothing more is written (LEASE_LOST). */
  readonly ownerId: NodeId
}

export function createJobWriter({ storage, bus, closing, ownerId }: JobWriterDeps, jobId: JobId): JobWriter {
  let last: Promise<unknown> = Promise.resolve()
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

  /** After the writes that were given before, however they went: each has pending its own caller. */
  function inOrder(work: () => Promise<void>): Promise<void> {
    const done = last.then(work, work)
    last = done.catch(() => undefined)
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
            // The end of the registry ends the pause, and leaves one more try.
            await delay(pauseMs, undefined, { signal: closing }).catch(() => undefined)
          }
        }
      })
    },
    append(...events) {
      pending.push(...withEvents([], events))
      timer ??= setTimeout(() => {
        // They are kept, and stand before the job's next write at the latest.
        inOrder(() => write([])).catch(() => undefined)
      }, appendWithinMs)
    },
  }
}
