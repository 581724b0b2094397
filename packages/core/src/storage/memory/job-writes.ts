import { RegistryError } from '../../base/errors.ts'
import { parseId } from '../../base/ids.ts'
import { hasEnded } from '../../model/events.ts'
import { refreshTaken, staleRevision } from '../errors.ts'
import type { JobWrite, RefreshWrite, RunWrite } from '../write.ts'
import type { Tables } from './tables.ts'
import { getOrThrow, put, take, type Undo } from './undo.ts'

export function applyRefreshWrite({ servers, refreshes }: Tables, write: RefreshWrite): Undo[] {
  const { refresh } = write
  if (write.kind === 'updateRefresh') {
    getOrThrow(refreshes, refresh.id, 'refresh')
    return [put(refreshes, refresh.id, refresh)]
  }
  const { ifRevision } = write
  if (ifRevision !== undefined && getOrThrow(servers, refresh.serverId, 'server').revision !== ifRevision)
    throw staleRevision(refresh.serverId, ifRevision)
  for (const other of refreshes.values()) {
    if (other.serverId === refresh.serverId && !hasEnded(other.status)) throw refreshTaken(refresh.serverId, other.id)
  }
  return [put(refreshes, refresh.id, refresh)]
}

export function applyRunWrite({ runs, runKeys }: Tables, write: RunWrite): Undo[] {
  const { run } = write
  const before = write.kind === 'updateRun' ? getOrThrow(runs, run.id, 'run') : undefined
  const holder = run.idempotencyKey === null ? undefined : runKeys.get(run.idempotencyKey)
  if (holder !== undefined && holder !== run.id) {
    throw new RegistryError('IDEMPOTENCY_CONFLICT', `The idempotency key belongs to the run ${holder}`, {
      details: { jobId: holder },
    })
  }
  const undos = [put(runs, run.id, run)]
  const oldKey = before?.idempotencyKey ?? null
  if (oldKey !== null && oldKey !== run.idempotencyKey) {
    runKeys.delete(oldKey)
    undos.push(() => runKeys.set(oldKey, run.id))
  }
  if (run.idempotencyKey !== null) undos.push(put(runKeys, run.idempotencyKey, run.id))
  return undos
}

export function applyJobWrite(
  { refreshes, runs, runKeys, pauses, jobEvents, cancelRequests }: Tables,
  write: JobWrite,
): Undo[] {
  switch (write.kind) {
    case 'deleteJobs':
      return write.ids.flatMap((id) => {
        const runId = parseId('run', id)
        const refreshId = parseId('refresh', id)
        const key = runId && runs.get(runId)?.idempotencyKey
        return [
          ...take(jobEvents, id),
          ...(runId ? [...take(runs, runId), ...take(pauses, runId)] : []),
          ...(refreshId ? take(refreshes, refreshId) : []),
          ...(key ? take(runKeys, key) : []),
        ]
      })
    case 'requestCancel': {
      const { jobId } = write.request
      return cancelRequests.has(jobId) ? [] : [put(cancelRequests, jobId, write.request)]
    }
    case 'forgetCancel':
      return take(cancelRequests, write.jobId)
    case 'appendJobEvents': {
      const log = jobEvents.get(write.jobId) ?? []
      const length = log.length
      jobEvents.set(write.jobId, log)
      for (const event of write.events) log.push({ seq: log.length + 1, at: write.at, event })
      return [() => log.splice(length)]
    }
  }
}
