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
 * Ends the jobs that dead nodes left unfinished, so that no caller waits for ever. Refreshes and runs that were never sent
 * become FAILED; runs that were sent become OUTCOME_UNKNOWN, also those that wait for an answer which a dead node alone could
 * have given to the server. The same commit deletes the nodes: each is recovered once, and a
 * node that lives on is refused its writes (LEASE_LOST). `onError` receives what cannot be read of what they left.
 */
export async function recoverInterruptedJobs(
  storage: Storage,
  { isDead, ids }: Pick<DeadNodes, 'isDead' | 'ids'>,
  maxFeedEvents: number,
  onError: (error: unknown) => void,
): Promise<void> {
  await storage.recover(isDead, onError)
  const byLease = storage.ownership === 'LEASE' ? ({ ifLapsed: true } as const) : {}
  const forgotten = ids.map((nodeId) => ({ kind: 'deleteNode', nodeId, ...byLease }) as const)
  // None begins any more: its node is dead.
  const held = ids.length > 0 ? await storage.crossTenant.heldPauses(ids) : []
  const resumed = held.map(({ tenantId, record }): TenantWrite => {
    const event = { type: 'McpToolRunResumed', ...record } as const
    return { kind: 'appendServerEvents', tenantId, at: Date.now(), events: [event], keep: maxFeedEvents }
  })
  try {
    await storage.commit([...forgotten, { kind: 'endAbandonedJobs', at: Date.now(), ends }, ...resumed])
  } catch (error) {
    // Another process recovered one of them at the same moment, or its heartbeat came back: recover each by itself.
    if (!isRegistryError(error, 'NOT_FOUND')) throw error
    if (ids.length > 1)
      for (const id of ids) await recoverInterruptedJobs(storage, { isDead, ids: [id] }, maxFeedEvents, onError)
  }
}

/** Longest time from storing a job to working on it, in ms. */
const beginsWithinMs = 60_000

/**
 * Ends this node's stored jobs that it does not work on. The write that began such a job failed with an uncertain outcome, its
 * caller received the error, and the write took effect all the same.
 */
export async function recoverOwnUncertainJobs(
  storage: Storage,
  nodes: Pick<Nodes, 'self'>,
  jobs: RunningJobs,
): Promise<void> {
  const before = Date.now() - beginsWithinMs
  const unfinished = await storage.crossTenant.unfinishedOf(nodes.self)
  const ids = unfinished.flatMap(({ id, since }) => (since < before && !jobs.has(id) ? id : []))
  if (ids.length === 0) return
  await storage.commit([
    { kind: 'disownJobs', ids },
    { kind: 'endAbandonedJobs', at: Date.now(), ends },
  ])
}

/**
 * Resets servers in state CONNECTING to NEVER_CONNECTED, after the node that dialled them died. If another node is dialling
 * one at this moment, the end of that dial sets its state.
 */
export async function resetStaleConnecting(storage: Storage): Promise<void> {
  const writes = (await storage.crossTenant.dialledServers()).map(
    ({ tenantId, record: { id, state } }): TenantWrite => {
      return { kind: 'setServerState', tenantId, serverId: id, state: { ...state, status: 'NEVER_CONNECTED' } }
    },
  )
  if (writes.length > 0) await storage.commit(writes)
}
