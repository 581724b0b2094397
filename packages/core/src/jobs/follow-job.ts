import { invalidInput, RegistryError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import { follow, pageSize } from '../events/follow.ts'
import { decodeSeq, encodeSeq } from '../model/cursors.ts'
import { isTerminal, type JobEvent, type Logged } from '../model/events.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { EventBase, JobEventsOptions } from './api.ts'

/** An event of a job's log, with the members that every event has for callers. */
export interface JobEventEntry<Id extends JobId> {
  readonly event: JobEvent
  readonly base: EventBase<Id>
}

/**
 * Follows a job's log from `after` to its terminal event. `present` turns a page of events into those that the reader
 * receives; undefined drops one.
 *
 * @throws NOT_FOUND from a step, if `exists` says so: from the first one, or once the job was pruned
 */
export function followJob<Id extends JobId, Presented>(
  deps: {
    readonly storage: TenantStorage
    readonly bus: EventBus
    readonly jobId: Id
    readonly exists: () => Promise<boolean>
    readonly present: (page: readonly JobEventEntry<Id>[]) => Promise<readonly (Presented | undefined)[]>
  },
  { after, signal }: JobEventsOptions,
): AsyncIterableIterator<Presented> {
  const { storage, bus, jobId, exists, present } = deps
  const start = after === undefined ? 0 : decodeSeq(jobId, after)

  async function assertExists(): Promise<void> {
    if (!(await exists())) throw new RegistryError('NOT_FOUND', `No job has the id ${jobId}`)
  }

  async function begin(): Promise<number | undefined> {
    await assertExists()
    if (start === 0) return 0
    const [seen] = await storage.log.jobEvents(jobId, start - 1, 1)
    if (!seen) throw invalidInput(['after'], 'after: expected a cursor that these events gave, got one beyond the last')
    return isTerminal(seen.event) ? undefined : start
  }

  async function read(from: number) {
    const page = await storage.log.jobEvents(jobId, from, pageSize)
    if (page.length === 0) await assertExists()
    const presented = await present(page.map((entry) => ({ event: entry.event, base: baseOf(entry) })))
    const entries = page.map(({ seq, event }, index) => ({ seq, value: presented[index], isLast: isTerminal(event) }))
    return { entries, hasMore: page.length === pageSize }
  }

  function baseOf({ seq, at }: Logged<JobEvent>): EventBase<Id> {
    return { cursor: encodeSeq(jobId, seq), at: new Date(at), jobId }
  }

  return follow<Presented>(bus, { topic: jobId, start: begin(), place: String, read }, { signal })
}
