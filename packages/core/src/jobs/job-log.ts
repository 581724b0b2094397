import { decodeSeq, encodeSeq } from '../cursors.ts'
import { invalidInput, RegistryError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { isTerminal, type JobEvent, type Logged } from '../events/events.ts'
import { follow } from '../events/follow.ts'
import { mapIterator } from '../events/map-iterator.ts'
import type { JobId } from '../ids.ts'
import type { JobEventsOptions } from '../registry.ts'
import type { Storage, Write } from '../storage/storage.ts'

/** Writes of one job, in the order in which they are given, each with the events that tell of it. */
export interface JobWriter {
  /** Resolves once `writes` and `events` are committed, together. */
  commit(writes: readonly Write[], events: readonly JobEvent[]): Promise<void>
  /** As `commit`, for what nobody waits for: it is made a moment later, together with others. */
  commitSoon(writes: readonly Write[], events: readonly JobEvent[]): Promise<void>
  /** Appends soon, together with what else is told meanwhile; a failure rejects the next `commit`. */
  tell(...events: readonly JobEvent[]): void
}

/** Many small events in a row cost one write; nobody who watches sees the difference. */
const tellWithinMs = 20

export function createJobWriter(storage: Storage, bus: EventBus, jobId: JobId): JobWriter {
  let last: Promise<void> = Promise.resolve()
  let told: Write[] = []
  let timer: NodeJS.Timeout | undefined

  function write(how: 'commit' | 'commitSoon', writes: readonly Write[], events: readonly JobEvent[]): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const earlier = told
    told = []
    const append: Write[] = events.length > 0 ? [{ kind: 'appendJobEvents', jobId, at: Date.now(), events }] : []
    last = last.then(async () => {
      await storage[how]([...earlier, ...writes, ...append])
      bus.notify(jobId)
    })
    return last
  }

  return {
    commit: (writes, events) => write('commit', writes, events),
    commitSoon: (writes, events) => write('commitSoon', writes, events),
    tell(...events) {
      told.push({ kind: 'appendJobEvents', jobId, at: Date.now(), events })
      // The rejection stays in the chain, where the job's next commit meets it.
      timer ??= setTimeout(() => void write('commit', [], []).catch(() => undefined), tellWithinMs)
    },
  }
}

interface Located {
  readonly cursor: string
  readonly at: Date
}

/**
 * Follows a job's log from `after` to its terminal event. `present` turns each event into what the reader gets;
 * undefined leaves it out. The first step rejects with NOT_FOUND where `exists` says so.
 */
export function followJob<Event extends JobEvent, Id extends JobId, Presented>(
  parts: {
    readonly storage: Storage
    readonly bus: EventBus
    readonly jobId: Id
    readonly exists: () => Promise<boolean>
    readonly isOf: (event: JobEvent) => event is Event
    readonly present: (event: Event, located: Located) => Promise<Presented | undefined>
  },
  { after, signal }: JobEventsOptions,
): AsyncIterableIterator<Presented> {
  const { storage, bus, jobId, exists, isOf, present } = parts
  const start = after === undefined ? 0 : decodeSeq(jobId, after)
  const logged = follow<JobEvent>(
    bus,
    {
      topic: jobId,
      start: begin(),
      read: (seq, limit) => storage.log.jobEvents(jobId, seq, limit),
      isLast: isTerminal,
    },
    { signal },
  )
  async function begin(): Promise<number | undefined> {
    if (!(await exists())) throw new RegistryError('NOT_FOUND', `No job has the id ${jobId}`)
    if (start === 0) return 0
    const [seen] = await storage.log.jobEvents(jobId, start - 1, 1)
    if (!seen) throw invalidInput(['after'], 'after: expected a cursor that these events gave, got one beyond the last')
    return isTerminal(seen.event) ? undefined : start
  }

  return mapIterator(logged, async (entry: Logged<JobEvent> | undefined) => {
    if (!entry || !isOf(entry.event)) return undefined
    return present(entry.event, { cursor: encodeSeq(jobId, entry.seq), at: new Date(entry.at) })
  })
}
