import { isRegistryError, type JobError, toJobError } from '../base/errors.ts'
import type { NodeId, ServerId, TenantId, ToolId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { Listings } from '../budgets/listings.ts'
import { inTurn, type Turns } from '../budgets/turns.ts'
import type { EventBus } from '../events/bus.ts'
import { createEventThrottle } from '../jobs/event-throttle.ts'
import { eachInSteps } from '../jobs/in-steps.ts'
import { createJobWriter, type JobWriter } from '../jobs/job-writer.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import { type EndedJobStatus, feedOf, type RefreshEvent, type ServerEvent } from '../model/events.ts'
import type { RefreshOutcome, RefreshRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import { QuotaExceeded } from '../storage/errors.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import type { ToolViews } from '../tools/tool-views.ts'
import { compareTools, type OnPhase } from './compare-tools.ts'
import { createRefreshRemains } from './refresh-remains.ts'

export interface RefreshDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly jobs: RunningJobs
  /** So many refreshes run at a time, of all tenants. */
  readonly turns: Turns<TenantId>
  readonly meter: BudgetMeter
  readonly listings: Listings<TenantId>
  readonly views: ToolViews
  readonly secrets: ServerSecrets
  /** Events of the feed that are kept. */
  readonly maxFeedEvents: number
  readonly onError: (error: unknown) => void
}

/** In one event of the feed; all of them can be asked for. */
const maxToldTools = 100

/** About what an event of a changed tool takes, in bytes. */
const changeEventBytes = 120

function historyBytes(outcome: RefreshOutcome, events: readonly RefreshEvent[]): number {
  return JSON.stringify(outcome).length + events.length * changeEventBytes
}

function statusOf(error: JobError): EndedJobStatus {
  if (error.code === 'CANCELED') return 'CANCELED'
  return error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'FAILED'
}

/** A refresh that stands in the storage, QUEUED. */
export interface RefreshToPerform {
  readonly server: ServerRecord
  readonly refresh: RefreshRecord
  readonly ownerId: NodeId
  readonly context: CallerContext
  readonly signal: AbortSignal
  readonly trace: JobTrace
}

export interface RefreshPerformer {
  /** Takes a refresh from QUEUED to its end, which is written whatever happens. */
  perform(refresh: RefreshToPerform): Promise<void>
  /** Removes old refreshes of the server that take too much; to be called once one has ended. */
  pruneHistory(serverId: ServerId): Promise<void>
}

export function createRefreshPerformer(deps: RefreshDeps): RefreshPerformer {
  const { storage, bus, statuses, jobs, turns, meter, maxFeedEvents, onError } = deps
  const { budgets } = meter
  const remains = createRefreshRemains({ storage, bus, budgets, closing: jobs.closing })

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
    } catch (given) {
      const cause = given instanceof QuotaExceeded ? meter.exceeded(given.quota, { what: 'the tenant' }) : given
      // What the session says of a cancelled request is less than why it was cancelled.
      const error = toJobError(signal.aborted ? signal.reason : cause)
      if (error.code === 'INTERNAL') onError(cause)
      const status = statusOf(error)
      const ended = advance(refresh, { status, finishedAt: Date.now(), error, ownerId: null })
      const finished = { type: 'RefreshFinished', status, error } as const
      try {
        await writer.commitWithRetry([{ kind: 'updateRefresh', refresh: ended }], [finished], onError)
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
    await statuses.afterRequest(server.id, undefined).catch(onError)
  }

  async function refreshTools(
    server: ServerRecord,
    refresh: RefreshRecord,
    context: CallerContext,
    writer: JobWriter,
    signal: AbortSignal,
  ): Promise<void> {
    const onPhase: OnPhase = (phase, done, total) =>
      writer.append({ type: 'RefreshPhaseChanged', phase, done, ...(total === undefined ? {} : { total }) })
    const throttle = createEventThrottle((event) => {
      remains.written(server.id, 'text' in event ? event.text.length : 0)
      writer.append(event)
    }, meter)
    using budget = deps.listings.begin(storage.tenantId, { what: 'tools/list', bytes: 'listBytes' })
    try {
      const { outcome, writes, events, flagged, at, surplus } = await compareTools(deps, server, context, {
        budget,
        signal,
        onPhase,
        onOutput({ stream, text }) {
          if (stream === 'STDERR' || stream === 'PROTOCOL') throttle.push({ type: 'RefreshLog', stream, text })
        },
      })
      onPhase('PERSISTING', 0, events.length)
      throttle.close()
      // While no other refresh of the server is under way, here or on another node, which could bring one back.
      await eachInSteps(surplus, signal, (toolIds) =>
        storage.commit([{ kind: 'forgetTools', toolIds }], refresh.ownerId ?? undefined),
      )
      signal.throwIfAborted()
      const ended = advance(refresh, { status: 'SUCCEEDED', finishedAt: at, outcome, ownerId: null })
      const ofServer = { serverId: server.id, refreshId: refresh.id }
      const news: ServerEvent[] = events.length > 0 ? [{ type: 'McpServerToolsChanged', ...ofServer }] : []
      if (flagged.length > 0) {
        const quarantined = server.toolChangePolicy === 'QUARANTINE'
        const toolIds = flagged.slice(0, maxToldTools)
        news.push({ type: 'McpToolChangesFlagged', ...ofServer, toolIds, count: flagged.length, quarantined })
      }
      // One transaction for the tools, the end and all that tells of it: readers see the old set or the new one.
      await writer.commit(
        [
          ...writes,
          ...quotaWrites(server.id, writes, surplus),
          { kind: 'updateRefresh', refresh: ended },
          ...(news.length > 0 ? [{ kind: 'appendServerEvents', at, events: news, keep: maxFeedEvents } as const] : []),
        ],
        [...events, { type: 'RefreshFinished', status: 'SUCCEEDED' }],
      )
      if (events.length > 0) remains.written(server.id, historyBytes(outcome, events))
    } finally {
      throttle.close()
    }
    bus.notify(feedOf(storage.tenantId))
  }

  /** What is counted of the tenant once these are written, and may not be exceeded by more tools, or longer ones. */
  function quotaWrites(serverId: ServerId, writes: readonly Write[], forgotten: readonly ToolId[]): readonly Write[] {
    if (writes.length + forgotten.length === 0) return []
    const recount: Write = { kind: 'recountTools', serverId }
    if (!writes.some(({ kind }) => kind === 'insertTools' || kind === 'redefineTools')) return [recount]
    return [
      recount,
      { kind: 'assertQuota', quota: 'toolsPerTenant', atMost: budgets.toolsPerTenant },
      { kind: 'assertQuota', quota: 'toolBytesPerTenant', atMost: budgets.toolBytesPerTenant },
    ]
  }

  return { perform, pruneHistory: (serverId) => remains.prune(serverId) }
}
