import type { CanceledBy } from '../base/errors.ts'
import { type JobId, parseId } from '../base/ids.ts'
import { hasEnded, type JobStatus } from '../model/events.ts'
import type { Storage, TenantStorage } from '../storage/storage.ts'
import type { TenantWrite } from '../storage/write.ts'
import { canceled, type RunningJobs } from './running-jobs.ts'

interface Cancelling<Job extends { readonly id: JobId; readonly status: JobStatus }> {
  readonly storage: TenantStorage
  readonly jobs: RunningJobs
  /** The job as it is stored; rejects with NOT_FOUND. */
  readonly read: () => Promise<Job>
}

/**
 * Cancels a job, wherever it runs: one of another process is asked for, and whoever works on it hears of it. One that has
 * ended stays as it is. INVALID_INPUT for a reason that is too long; NOT_FOUND.
 */
export async function cancelJob<Job extends { readonly id: JobId; readonly status: JobStatus }>(
  { storage, jobs, read }: Cancelling<Job>,
  canceledBy: CanceledBy,
  reason?: string,
): Promise<void> {
  const why = canceled(canceledBy, reason)
  const { id } = await read()
  if (jobs.cancel(id, why)) return
  // It may have ended here a moment ago.
  if (hasEnded((await read()).status)) return
  const request = { jobId: id, canceledBy, reason: reason ?? null, at: Date.now() }
  await storage.commit([{ kind: 'requestCancel', request }])
}

/** Cancels the jobs of this process that another one has asked for. */
export async function applyCancelRequests(storage: Storage, jobs: RunningJobs): Promise<void> {
  const heeded: TenantWrite[] = []
  for (const { tenantId, record } of await storage.crossTenant.cancelRequests()) {
    const { jobId, canceledBy, reason } = record
    if (jobs.cancel(jobId, canceled(canceledBy, reason ?? undefined)))
      heeded.push({ kind: 'forgetCancel', tenantId, jobId })
  }
  if (heeded.length > 0) await storage.commit(heeded)
}

/** Forgets the requests whose jobs have ended, or are gone, without them. */
export async function forgetCancelRequests(storage: Storage): Promise<void> {
  const over: TenantWrite[] = []
  for (const { tenantId, record } of await storage.crossTenant.cancelRequests()) {
    const { jobId } = record
    const { runs, refreshes } = storage.tenant(tenantId)
    const [runId, refreshId] = [parseId('run', jobId), parseId('refresh', jobId)]
    const job = runId ? await runs.get(runId) : refreshId && (await refreshes.get(refreshId))
    if (!job || hasEnded(job.status)) over.push({ kind: 'forgetCancel', tenantId, jobId })
  }
  if (over.length > 0) await storage.commit(over)
}
