import { isRegistryError, type JobError, toJobError } from '../base/errors.ts'
import type { NodeId, ServerId } from '../base/ids.ts'
import { inTurn } from '../budgets/turns.ts'
import { createJobWriter, type JobWriter } from '../jobs/job-writer.ts'
import type { EndedJobStatus } from '../model/events.ts'
import type { RefreshRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import { QuotaExceeded } from '../storage/errors.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import { createHistoryBudget } from './history-budget.ts'
import type { RefreshDeps } from './refresh-deps.ts'
import { createToolRefresh } from './refresh-tools.ts'

/** A refresh that is stored, in state QUEUED. */
export interface RefreshToPerform {
  readonly server: ServerRecord
  readonly refresh: RefreshRecord
  readonly ownerId: NodeId
  readonly context: CallerContext
  readonly signal: AbortSignal
  readonly trace: JobTrace
}

export interface RefreshPerformer {
  /** Takes a refresh from QUEUED to its end, which is committed whether it succeeds or fails. */
  perform(refresh: RefreshToPerform): Promise<void>
  /** Removes the server's oldest refreshes if all take too much; to be called once one has ended. */
  pruneHistory(serverId: ServerId): Promise<void>
}

function statusOf(error: JobError): EndedJobStatus {
  if (error.code === 'CANCELED') return 'CANCELED'
  return error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'FAILED'
}

export function createRefreshPerformer(deps: RefreshDeps): RefreshPerformer {
  const { storage, bus, statuses, jobs, turns, meter, onError } = deps
  const historyBudget = createHistoryBudget({ storage, bus, budgets: meter.budgets, closing: jobs.closing })
  const refreshTools = createToolRefresh(deps, historyBudget)

  async function perform({ server, refresh: queued, ownerId, context, signal, trace }: RefreshToPerform) {
    const writer = createJobWriter({ storage, bus, closing: jobs.closing, ownerId }, queued.id)
    let refresh = queued
    let freshUntil: number | undefined
    try {
      await inTurn(turns, storage.tenantId, signal, async () => {
        const running = advance(refresh, { status: 'RUNNING', startedAt: Date.now() })
        await writer.commit([{ kind: 'updateRefresh', refresh: running }], [{ type: 'RefreshStarted' }])
        refresh = running
        freshUntil = await refreshTools({ server, refresh, context, writer, signal })
      })
    } catch (cause) {
      await fail(refresh, writer, trace, errorOf(cause, signal))
      return
    }
    trace.ended('SUCCEEDED', null)
    // A failure to store the server's status must not fail the refresh.
    await statuses.afterRefresh(server.id, freshUntil).catch(onError)
  }

  /** The error that the refresh ends with. */
  function errorOf(given: unknown, signal: AbortSignal): JobError {
    const cause = given instanceof QuotaExceeded ? meter.exceeded(given.quota, { what: 'the tenant' }) : given
    // The reason of a cancellation says more than the error that the session ended with.
    const error = toJobError(signal.aborted ? signal.reason : cause)
    if (error.code === 'INTERNAL') onError(cause)
    return error
  }

  async function fail(refresh: RefreshRecord, writer: JobWriter, trace: JobTrace, error: JobError): Promise<void> {
    const status = statusOf(error)
    const ended = advance(refresh, { status, finishedAt: Date.now(), error, ownerId: null })
    const finished = { type: 'RefreshFinished', status, error } as const
    try {
      await writer.commitWithRetry([{ kind: 'updateRefresh', refresh: ended }], [finished], onError)
      trace.ended(status, error)
    } catch (lost) {
      trace.lost(lost)
      // Another node has recovered the refresh; the loss of the lease has been reported.
      if (!isRegistryError(lost, 'LEASE_LOST')) throw lost
    }
  }

  return { perform, pruneHistory: (serverId) => historyBudget.prune(serverId) }
}
