import type { JobStatus } from './events.ts'

/** Every step that a job may take. What has ended stays as it is. */
const nextOf: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  // Never sent, so its outcome is known.
  QUEUED: ['RUNNING', 'FAILED', 'TIMED_OUT', 'CANCELED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELED', 'OUTCOME_UNKNOWN'],
  SUCCEEDED: [],
  FAILED: [],
  TIMED_OUT: [],
  CANCELED: [],
  OUTCOME_UNKNOWN: [],
}

/** The job in another state. Throws where no job goes from the one to the other: that is a fault of toolyard's. */
export function advance<Job extends { readonly id: string; readonly status: JobStatus }>(
  job: Job,
  patch: Partial<Job> & { readonly status: JobStatus },
): Job {
  if (!nextOf[job.status].includes(patch.status)) {
    throw new Error(`${job.id} cannot go from ${job.status} to ${patch.status}`)
  }
  return { ...job, ...patch }
}
