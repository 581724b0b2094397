import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { inTurn, type Turns } from '../budgets/turns.ts'
import { isRegistryError, type JobError, toJobError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { type EndedJobStatus, feedOf, type ServerEvent } from '../events/events.ts'
import type { OwnerId, TenantId } from '../ids.ts'
import type { ResolvedOptions } from '../options.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { CallerContext } from '../servers/resolve-config.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { ServerStates } from '../servers/server-states.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ToolViews } from '../tools/tool-views.ts'
import { compareTools, type OnPhase } from './compare-tools.ts'
import { createFloodGate } from './flood-gate.ts'
import type { RefreshRecord } from './job.ts'
import { createJobWriter, type JobWriter } from './job-log.ts'
import { advance } from './job-status.ts'
import type { Owners } from './owners.ts'
import type { RunningJobs } from './running-jobs.ts'

export interface RefreshParts {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly states: ServerStates
  readonly jobs: RunningJobs
  /** So many refreshes run at a time, of all tenants. */
  readonly turns: Turns<TenantId>
  readonly owners: Pick<Owners, 'self'>
  readonly views: ToolViews
  readonly secrets: ServerSecrets
  readonly telemetry: Telemetry
  readonly meter: BudgetMeter
  readonly options: ResolvedOptions
}

/** In one event of the feed; all of them can be asked for. */
const maxToldTools = 100

function statusOf(error: JobError): EndedJobStatus {
  if (error.code === 'CANCELED') return 'CANCELED'
  return error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'FAILED'
}

/** A refresh that stands in the storage, QUEUED. */
export interface RefreshToPerform {
  readonly server: ServerRecord
  readonly refresh: RefreshRecord
  readonly ownerId: OwnerId
  readonly context: CallerContext
  readonly signal: AbortSignal
  readonly trace: JobTrace
}

/** Takes refreshes from QUEUED to their end, which is written whatever happens. */
export function createRefreshPerformer(parts: RefreshParts): (refresh: RefreshToPerform) => Promise<void> {
  const { storage, bus, states, jobs, turns, options } = parts

  async function perform(toPerform: RefreshToPerform): Promise<void> {
    const { server, refresh: queued, ownerId, context, signal, trace } = toPerform
    const writer = createJobWriter({ storage, bus, closing: jobs.closing, ownerId }, queued.id)
    let refresh = queued
    try {
      await inTurn(turns, storage.tenantId, signal, async () => {
        const running = advance(refresh, { status: 'RUNNING', startedAt: Date.now() })
        await writer.commit([{ kind: 'updateRefresh', refresh: running }], [{ type: 'RefreshStarted' }])
        refresh = running
        await refreshTools(server, refresh, context, writer, signal)
      })
    } catch (cause) {
      // What the session says of a cancelled request is less than why it was cancelled.
      const error = toJobError(signal.aborted ? signal.reason : cause)
      if (error.code === 'INTERNAL') options.onError(cause)
      const status = statusOf(error)
      const ended = advance(refresh, { status, finishedAt: Date.now(), error, ownerId: null })
      const finished = { type: 'RefreshFinished', status, error } as const
      try {
        await writer.commitSurely([{ kind: 'updateRefresh', refresh: ended }], [finished], options.onError)
        trace.ended(status, error)
      } catch (lost) {
        trace.lost(lost)
        // Others have settled it; the lease has been reported.
        if (!isRegistryError(lost, 'LEASE_LOST')) throw lost
      }
      return
    }
    trace.ended('SUCCEEDED', null)
    // What is known of the server is not what became of the refresh.
    await states.afterRequest(server.id, undefined).catch(options.onError)
  }

  async function refreshTools(
    server: ServerRecord,
    refresh: RefreshRecord,
    context: CallerContext,
    writer: JobWriter,
    signal: AbortSignal,
  ): Promise<void> {
    const onPhase: OnPhase = (phase, done, total) =>
      writer.tell({ type: 'RefreshPhaseChanged', phase, done, ...(total === undefined ? {} : { total }) })
    const gate = createFloodGate((event) => writer.tell(event))
    try {
      const { outcome, writes, events, flagged, at } = await compareTools(parts, server, context, {
        signal,
        onPhase,
        onOutput({ stream, text }) {
          if (stream === 'STDERR' || stream === 'PROTOCOL') gate.tell({ type: 'RefreshLog', stream, text })
        },
      })
      onPhase('PERSISTING', 0, events.length)
      gate.close()
      signal.throwIfAborted()
      const ended = advance(refresh, { status: 'SUCCEEDED', finishedAt: at, outcome, ownerId: null })
      const ofServer = { serverId: server.id, refreshId: refresh.id }
      const news: ServerEvent[] = events.length > 0 ? [{ type: 'McpServerToolsChanged', ...ofServer }] : []
      if (flagged.length > 0) {
        const quarantined = server.toolChangePolicy === 'QUARANTINE'
        const toolIds = flagged.slice(0, maxToldTools)
        news.push({ type: 'McpToolChangesFlagged', ...ofServer, toolIds, count: flagged.length, quarantined })
      }
      // One transaction for the tools, the end and all that tells of it: whoever reads sees the old set or the new one.
      await writer.commit(
        [
          ...writes,
          { kind: 'updateRefresh', refresh: ended },
          ...(news.length > 0
            ? [{ kind: 'appendServerEvents', at, events: news, keep: options.eventRetention } as const]
            : []),
        ],
        [...events, { type: 'RefreshFinished', status: 'SUCCEEDED' }],
      )
    } finally {
      gate.close()
    }
    bus.notify(feedOf(storage.tenantId))
  }

  return perform
}
