import { isRegistryError, RegistryError, toJobError } from '../errors.ts'
import type { EndedJobStatus } from '../events/events.ts'
import type { JobId } from '../ids.ts'
import type { Storage, SystemWrite, TenantWrite } from '../storage/storage.ts'
import { advance } from './job-status.ts'
import type { Owners } from './owners.ts'

function interrupted(code: 'INTERRUPTED' | 'NOT_SENT', what: string) {
  return toJobError(new RegistryError(code, `The process ended before ${what}`, { retryable: true }))
}

/**
 * Settles what registries that are gone left unfinished in this storage, so that nobody waits for it for ever: refreshes
 * and runs that were never sent FAILED, runs that were sent OUTCOME_UNKNOWN. Answers the jobs.
 */
export async function settleInterrupted(storage: Storage, owners: Owners): Promise<readonly JobId[]> {
  for (;;) {
    try {
      return await settle(storage, owners)
    } catch (error) {
      // Another process, which began at the same time, has settled some of it.
      if (!isRegistryError(error, 'NOT_FOUND')) throw error
    }
  }
}

async function settle(storage: Storage, owners: Owners): Promise<readonly JobId[]> {
  const { isGone, ids } = await owners.gone()
  await storage.recover(isGone)
  const at = Date.now()
  const settled: JobId[] = []
  const writes: (TenantWrite | SystemWrite)[] = []
  for (const { tenantId, record: refresh } of await storage.upkeep.unfinishedRefreshes()) {
    if (!isGone(refresh.ownerId)) continue
    const error = interrupted('INTERRUPTED', 'the refresh did')
    const ended = advance(refresh, { status: 'FAILED', finishedAt: at, error, ownerId: null })
    settled.push(refresh.id)
    writes.push(
      { kind: 'updateRefresh', tenantId, refresh: ended },
      {
        kind: 'appendJobEvents',
        tenantId,
        jobId: refresh.id,
        at,
        events: [{ type: 'RefreshFinished', status: 'FAILED', error }],
      },
    )
  }
  for (const { tenantId, record: run } of await storage.upkeep.unfinishedRuns()) {
    if (!isGone(run.ownerId)) continue
    const wasSent = run.status === 'RUNNING'
    const status: EndedJobStatus = wasSent ? 'OUTCOME_UNKNOWN' : 'FAILED'
    const error = wasSent
      ? interrupted('INTERRUPTED', 'the answer came; the call may have taken effect')
      : interrupted('NOT_SENT', 'the call was sent; it had no effect')
    settled.push(run.id)
    writes.push(
      { kind: 'updateRun', tenantId, run: advance(run, { status, finishedAt: at, error, ownerId: null }) },
      { kind: 'appendJobEvents', tenantId, jobId: run.id, at, events: [{ type: 'ToolRunFinished', status, error }] },
    )
  }
  writes.push(...ids.map((ownerId) => ({ kind: 'deleteOwner', ownerId }) as const))
  if (writes.length > 0) await storage.commit(writes)
  return settled
}

/** To be called before anything is dialled: servers that a process which is gone was dialling NEVER_CONNECTED. */
export async function settleDials(storage: Storage, owners: Owners): Promise<void> {
  if (!(await owners.gone()).isAlone) return
  const writes = (await storage.upkeep.dialledServers()).map(({ tenantId, record: { id, state } }): TenantWrite => {
    return { kind: 'setServerState', tenantId, serverId: id, state: { ...state, status: 'NEVER_CONNECTED' } }
  })
  if (writes.length > 0) await storage.commit(writes)
}
