import { isRegistryError, RegistryError, toJobError } from '../base/errors.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { Storage } from '../storage/storage.ts'
import type { AbandonedEnds, TenantWrite } from '../storage/write.ts'
import type { DeadNodes, Nodes } from './nodes.ts'

function interrupted(code: 'INTERRUPTED' | 'NOT_SENT', what: string) {
  return toJobError(new RegistryError(code, `The process ended before ${what}`, { retryable: true }))
}

const ends: AbandonedEnds = {
  refresh: { status: 'FAILED', error: interrupted('INTERRUPTED', 'the refresh did') },
  queuedRun: { status: 'FAILED', error: interrupted('NOT_SENT', 'the call was sent; it had no effect') },
  runningRun: {
    status: 'OUTCOME_UNKNOWN',
    error: interrupted('INTERRUPTED', 'the answer came; the call may have taken effect'),
  },
}

/**
 * Settles what registries that are gone left unfinished in this storage, so that nobody waits for it for ever: refreshes
 * and runs that were never sent FAILED, runs that were sent OUTCOME_UNKNOWN. The registries are forgotten in the same
 * commit, so that each is settled once, and those that live on after all are refused their writes (LEASE_LOST).
 */
export async function recoverInterruptedJobs(
  storage: Storage,
  { isDead, ids }: Pick<DeadNodes, 'isDead' | 'ids'>,
): Promise<void> {
  await storage.recover(isDead)
  const byLease = storage.ownership === 'LEASE' ? ({ ifLapsed: true } as const) : {}
  const forgotten = ids.map((nodeId) => ({ kind: 'deleteNode', nodeId, ...byLease }) as const)
  try {
    await storage.commit([...forgotten, { kind: 'endAbandonedJobs', at: Date.now(), ends }])
  } catch (error) {
    // One of them was settled by another process in the same moment, or was heard of again: the others come next time.
    if (!isRegistryError(error, 'NOT_FOUND')) throw error
    if (ids.length > 1) for (const id of ids) await recoverInterruptedJobs(storage, { isDead, ids: [id] })
  }
}

/** No job takes longer from being stored to being worked on, in ms. */
const beginsWithinMs = 60_000

/**
 * Settles jobs that stand in the storage as this registry's and that it does not work on: the write that began one was in
 * doubt, its caller was told so, and it came to be all the same.
 */
export async function recoverOwnUncertainJobs(
  storage: Storage,
  nodes: Pick<Nodes, 'self'>,
  jobs: RunningJobs,
): Promise<void> {
  const before = Date.now() - beginsWithinMs
  const unfinished = await storage.crossTenant.unfinishedOf(nodes.self)
  const ids = unfinished.flatMap(({ id, createdAt }) => (createdAt < before && !jobs.has(id) ? id : []))
  if (ids.length === 0) return
  await storage.commit([
    { kind: 'disownJobs', ids },
    { kind: 'endAbandonedJobs', at: Date.now(), ends },
  ])
}

/**
 * Servers that somebody was dialling who is gone are NEVER_CONNECTED. Of one that another node dials at this moment, the end
 * of its dial tells the state.
 */
export async function resetStaleConnecting(storage: Storage): Promise<void> {
  const writes = (await storage.crossTenant.dialledServers()).map(
    ({ tenantId, record: { id, state } }): TenantWrite => {
      return { kind: 'setServerState', tenantId, serverId: id, state: { ...state, status: 'NEVER_CONNECTED' } }
    },
  )
  if (writes.length > 0) await storage.commit(writes)
}
