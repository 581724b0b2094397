import type { JobError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { FollowOptions } from '../events/follow.ts'
import type { JobStatus } from '../model/events.ts'

export interface JobBase {
  readonly status: JobStatus
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** Why the job did not succeed; null while it runs and if it succeeded. */
  readonly error: JobError | null
  /** The actor that the caller named; null without one. */
  readonly actor: string | null
}

export interface JobEventsOptions extends FollowOptions {
  /** The cursor of an event of this job: begins after it. @default the first event */
  readonly after?: string | undefined
}

export interface EventBase<Id extends JobId> {
  /** Opaque; pass it as `after` to continue after this event. */
  readonly cursor: string
  readonly at: Date
  readonly jobId: Id
}
