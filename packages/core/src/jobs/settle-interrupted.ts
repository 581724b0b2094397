import { RegistryError, toJobError } from '../errors.ts'
import type { EndedJobStatus } from '../events/events.ts'
import type { Storage, Write } from '../storage/storage.ts'

function interrupted(what: string) {
  return toJobError(new RegistryError('INTERRUPTED', `The process ended before ${what}`, { retryable: true }))
}

/**
 * Settles what an earlier process left unfinished in this storage, so that nobody waits for it for ever: refreshes and
 * runs that were never sent FAILED, runs that were sent OUTCOME_UNKNOWN, servers that were being dialled NEVER_CONNECTED.
 */
export async function settleInterrupted(storage: Storage): Promise<void> {
  const at = Date.now()
  const writes: Write[] = []
  for (const refresh of await storage.refreshes.unfinished()) {
    const error = interrupted('the refresh did')
    writes.push(
      { kind: 'updateRefresh', refresh: { ...refresh, status: 'FAILED', finishedAt: at, error } },
      {
        kind: 'appendJobEvents',
        jobId: refresh.id,
        at,
        events: [{ type: 'RefreshFinished', status: 'FAILED', error }],
      },
    )
  }
  for (const run of await storage.runs.unfinished()) {
    const wasSent = run.status === 'RUNNING'
    const status: EndedJobStatus = wasSent ? 'OUTCOME_UNKNOWN' : 'FAILED'
    const error = interrupted(wasSent ? 'the answer came; the call may have taken effect' : 'the call was sent')
    writes.push(
      { kind: 'updateRun', run: { ...run, status, finishedAt: at, error } },
      { kind: 'appendJobEvents', jobId: run.id, at, events: [{ type: 'ToolRunFinished', status, error }] },
    )
  }
  for (const { id, state } of await storage.servers.page({
    filter: { status: ['CONNECTING'] },
    sort: 'NAME',
    direction: 'ASC',
    limit: Number.MAX_SAFE_INTEGER,
  })) {
    writes.push({ kind: 'setServerState', serverId: id, state: { ...state, status: 'NEVER_CONNECTED' } })
  }
  if (writes.length > 0) await storage.commit(writes)
}
