import type { JobStatus } from './events.ts'

/** The transitions of a job. Ended states are final. */
const nextOf: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  // The call was never sent, so its outcome is known.
  QUEUED: ['RUNNING', 'AWAITING_APPROVAL', 'FAILED', 'TIMED_OUT', 'CANCELED'],
  // Likewise. It stays in its state if the approval is asked for again.
  AWAITING_APPROVAL: ['QUEUED', 'AWAITING_APPROVAL', 'FAILED', 'TIMED_OUT', 'CANCELED'],
  RUNNING: ['INPUT_REQUIRED', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELED', 'OUTCOME_UNKNOWN'],
  // It stays in its state if a part is answered, or more is asked. A node that holds it may die: its call may have taken effect.
  INPUT_REQUIRED: ['RUNNING', 'INPUT_REQUIRED', 'FAILED', 'TIMED_OUT', 'CANCELED', 'OUTCOME_UNKNOWN'],
  SUCCEEDED: [],
  FAILED: [],
  TIMED_OUT: [],
  CANCELED: [],
  OUTCOME_UNKNOWN: [],
}

/** The job in its next state. Throws if there is no such transition, which is a bug of toolyard. */
export function advance<Job extends { readonly id: string; readonly status: JobStatus }>(
  job: Job,
  patch: Partial<Job> & { readonly status: JobStatus },
): Job {
  if (!nextOf[job.status].includes(patch.status)) {
    throw new Error(`${job.id} cannot go from ${job.status} to ${patch.status}`)
  }
  return { ...job, ...patch }
}
