import type { JobError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { FollowOptions } from '../events/follow.ts'
import type { JobStatus } from '../model/events.ts'

export interface JobBase {
  readonly status: JobStatus
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly error: JobError | null
  /** Who asked for it; null where nobody said. */
  readonly actor: string | null
}

export interface JobEventsOptions extends FollowOptions {
  /** A cursor that an event of this job gave: begins behind it. @default the first event */
  readonly after?: string | undefined
}

export interface EventBase<Id extends JobId> {
  /** Opaque; pass it as `after` to go on behind this event. */
  readonly cursor: string
  readonly at: Date
  readonly jobId: Id
}
