import type { CanceledBy } from '../base/errors.ts'
import { type JobId, type NodeId, parseId } from '../base/ids.ts'
import { hasEnded, type JobStatus } from '../model/events.ts'
import type { Storage, TenantStorage } from '../storage/storage.ts'
import type { TenantWrite } from '../storage/write.ts'
import { canceled, type RunningJobs } from './running-jobs.ts'

interface CancelOptions<Job extends { readonly id: JobId; readonly status: JobStatus }> {
  readonly storage: TenantStorage
  readonly jobs: RunningJobs
  /** The job as it is stored; rejects with NOT_FOUND. */
  readonly read: () => Promise<Job>
}

/**
 * Cancels a job on any node: the request for a job of another node is stored, and that node applies it. A job that has ended
 * stays as it is.
 *
 * @throws NOT_FOUND
 * @throws INVALID_INPUT for a reason that is too long
 */
export async function cancelJob<Job extends { readonly id: JobId; readonly status: JobStatus }>(
  { storage, jobs, read }: CancelOptions<Job>,
  canceledBy: CanceledBy,
  reason?: string,
): Promise<void> {
  const why = canceled(canceledBy, reason)
  const { id } = await read()
  if (jobs.cancel(id, why)) return
  // The job may have ended here a moment ago.
  if (hasEnded((await read()).status)) return
  const request = { jobId: id, canceledBy, reason: reason ?? null, at: Date.now() }
  await storage.commit([{ kind: 'requestCancel', request }])
}

/** Does what other nodes have stored for the jobs of this node: cancels them, and has them take the answers that they wait for. */
export async function applyJobRequests(storage: Storage, jobs: RunningJobs, node: NodeId): Promise<void> {
  await applyCancelRequests(storage, jobs)
  if (jobs.listening === 0) return
  for (const { record } of await storage.crossTenant.settledPauses(node)) jobs.wake(record.runId)
}

async function applyCancelRequests(storage: Storage, jobs: RunningJobs): Promise<void> {
  const applied: TenantWrite[] = []
  for (const { tenantId, record } of await storage.crossTenant.cancelRequests()) {
    const { jobId, canceledBy, reason } = record
    if (jobs.cancel(jobId, canceled(canceledBy, reason ?? undefined)))
      applied.push({ kind: 'forgetCancel', tenantId, jobId })
  }
  if (applied.length > 0) await storage.commit(applied)
}

/** Deletes the requests whose jobs have ended or were deleted. */
export async function forgetCancelRequests(storage: Storage): Promise<void> {
  const obsolete: TenantWrite[] = []
  for (const { tenantId, record } of await storage.crossTenant.cancelRequests()) {
    const { jobId } = record
    const { runs, refreshes } = storage.tenant(tenantId)
    const [runId, refreshId] = [parseId('run', jobId), parseId('refresh', jobId)]
    const job = runId ? await runs.get(runId) : refreshId && (await refreshes.get(refreshId))
    if (!job || hasEnded(job.status)) obsolete.push({ kind: 'forgetCancel', tenantId, jobId })
  }
  if (obsolete.length > 0) await storage.commit(obsolete)
}
