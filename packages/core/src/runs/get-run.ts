import { RegistryError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { RunRecord } from '../model/job.ts'
import type { TenantStorage } from '../storage/storage.ts'

/**
 * The run; `runId` is undefined if `id`, as the caller gave it, is no id of a run.
 * @throws NOT_FOUND
 */
export async function getRun(storage: TenantStorage, runId: RunId | undefined, id: string): Promise<RunRecord> {
  const run = runId && (await storage.runs.get(runId))
  if (!run) throw new RegistryError('NOT_FOUND', `No run has the id ${id.slice(0, 100)}`, { path: ['id'] })
  return run
}
