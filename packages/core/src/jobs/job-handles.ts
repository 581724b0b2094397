import { RegistryError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import { hasEnded, type JobStatus } from '../model/events.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { JobEventsOptions } from './api.ts'
import { followJob, type JobEventEntry } from './follow-job.ts'
import { cancelJob } from './job-requests.ts'
import type { RunningJobs } from './running-jobs.ts'

interface JobRecord<Id extends JobId> {
  readonly id: Id
  readonly status: JobStatus
}

/** A kind of job: how to read it, and how callers see it. */
export interface JobKind<Id extends JobId, Job extends JobRecord<Id>, View, Event> {
  readonly noun: 'run' | 'refresh'
  readonly parseId: (id: string) => Id | undefined
  readonly read: (id: Id) => Promise<Job | undefined>
  readonly toView: (job: Job) => View | Promise<View>
  /** The events of a page as callers see them; undefined drops one. */
  readonly present: (page: readonly JobEventEntry<Id>[]) => Promise<readonly (Event | undefined)[]>
}

/** The operations on a job of either kind, by its id. */
export interface JobHandles<Id extends JobId, Job extends JobRecord<Id>, View, Event> {
  /** @throws NOT_FOUND */
  getOrThrow(id: Id): Promise<Job>
  /**
   * Resolves once the job has ended, on any node.
   *
   * @throws NOT_FOUND
   */
  wait(id: string): Promise<View>
  /**
   * Cancels the job, on any node, and waits for its end.
   *
   * @throws NOT_FOUND, INVALID_INPUT
   */
  cancel(id: string, reason?: string): Promise<View>
  /**
   * As `cancel`, without the wait.
   *
   * @throws NOT_FOUND, INVALID_INPUT
   */
  requestCancel(id: string, reason?: string): Promise<void>
  /** @throws NOT_FOUND for text that is no id of this kind; INVALID_INPUT for a cursor of another job */
  events(id: string, options?: JobEventsOptions): AsyncIterableIterator<Event>
}

export interface JobHandlesDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly jobs: RunningJobs
}

export function createJobHandles<Id extends JobId, Job extends JobRecord<Id>, View, Event>(
  { storage, bus, jobs }: JobHandlesDeps,
  { noun, parseId, read, toView, present }: JobKind<Id, Job, View, Event>,
): JobHandles<Id, Job, View, Event> {
  const notFound = (id: string) =>
    new RegistryError('NOT_FOUND', `No ${noun} has the id ${id.slice(0, 100)}`, { path: ['id'] })

  function idOf(id: string): Id {
    const parsed = parseId(id)
    if (!parsed) throw notFound(id)
    return parsed
  }

  async function getOrThrow(id: Id): Promise<Job> {
    const job = await read(id)
    if (!job) throw notFound(id)
    return job
  }

  async function wait(id: string): Promise<View> {
    const jobId = idOf(id)
    // Another tenant's job is refused before this waits for its end.
    await getOrThrow(jobId)
    await jobs.ended(jobId)
    const job = await getOrThrow(jobId)
    if (hasEnded(job.status)) return toView(job)
    // Another node works on the job: its log ends with the job, or with this registry.
    for await (const _ of events(jobId));
    return toView(await getOrThrow(jobId))
  }

  function events(id: string, options: JobEventsOptions = {}): AsyncIterableIterator<Event> {
    const jobId = idOf(id)
    const exists = async () => (await read(jobId)) !== undefined
    return followJob({ storage, bus, jobId, exists, present }, options)
  }

  async function requestCancel(id: string, reason?: string): Promise<void> {
    const jobId = idOf(id)
    await cancelJob({ storage, jobs, read: () => getOrThrow(jobId) }, 'CALLER', reason)
  }

  return {
    getOrThrow,
    wait,
    async cancel(id, reason) {
      await requestCancel(id, reason)
      return wait(id)
    },
    requestCancel,
    events,
  }
}
