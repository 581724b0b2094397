import type { LimitFunction } from 'p-limit'
import { checkActor } from '../audit/audit.ts'
import { type CanceledBy, isRegistryError, type JobError, RegistryError, toJobError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import {
  type EndedJobStatus,
  feedOf,
  hasEnded,
  type JobEvent,
  type RefreshEvent,
  type ServerEvent,
} from '../events/events.ts'
import { createId, type OwnerId, parseId, type RefreshId, type ServerId } from '../ids.ts'
import type { ResolvedOptions } from '../options.ts'
import type {
  Refresh,
  Refreshes,
  RefreshJob,
  RefreshJobEvent,
  RefreshOptions,
  RefreshPreview,
  RefreshResult,
} from '../registry.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { CallerContext } from '../servers/resolve-config.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { ServerStates } from '../servers/server-states.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolViews } from '../tools/tool-views.ts'
import { cancelJob } from './cancel-requests.ts'
import { compareTools, type OnPhase } from './compare-tools.ts'
import { createFloodGate } from './flood-gate.ts'
import { endOfEvents, followJob } from './follow-job.ts'
import { nothingChanged, type RefreshRecord } from './job.ts'
import { createJobWriter, type JobWriter } from './job-log.ts'
import { advance } from './job-status.ts'
import type { Owners } from './owners.ts'
import { createRefreshHistory, toRefresh, withTools } from './refresh-history.ts'
import { abortReason, canceled, type RunningJobs } from './running-jobs.ts'

export interface RefreshParts {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly states: ServerStates
  readonly jobs: RunningJobs
  /** So many refreshes run at a time, of all tenants. */
  readonly slots: LimitFunction
  readonly owners: Pick<Owners, 'self'>
  readonly views: ToolViews
  readonly secrets: ServerSecrets
  readonly options: ResolvedOptions
}

/** The refreshes of a registry, and how its servers start and stop them. */
export interface RefreshControl extends Refreshes {
  /** Starts one, or joins the one that runs for the server. */
  begin(server: ServerRecord, options: RefreshOptions): Promise<RefreshJob>
  /** Compares what the server lists with what is stored, and writes nothing. */
  preview(server: ServerRecord, options: RefreshOptions): Promise<RefreshPreview>
  /** Resolves once none runs for the server, at once where none does. */
  endOf(serverId: ServerId): Promise<void>
  /** Cancels the one that runs for the server, if there is one, and waits for its end. */
  cancelFor(serverId: ServerId, by: CanceledBy): Promise<void>
}

/** In one event of the feed; all of them can be asked for. */
const maxToldTools = 100

const refreshEventTypes: ReadonlySet<string> = new Set<RefreshEvent['type']>([
  'RefreshStarted',
  'RefreshPhaseChanged',
  'RefreshToolChanged',
  'RefreshLog',
  'RefreshFinished',
])

function isRefreshEvent(event: JobEvent): event is RefreshEvent {
  return refreshEventTypes.has(event.type)
}

function statusOf(error: JobError): EndedJobStatus {
  if (error.code === 'CANCELED') return 'CANCELED'
  return error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'FAILED'
}

export function createRefreshes(parts: RefreshParts): RefreshControl {
  const { storage, bus, states, jobs, slots, owners, views, options } = parts
  const history = createRefreshHistory(storage)
  const running = new Map<ServerId, Promise<RefreshId>>()

  const begin: RefreshControl['begin'] = async (server, { signal, actor, ...context }) => {
    jobs.assertOpen()
    checkActor(actor)
    const joined = running.get(server.id)
    if (joined) return handle(await joined, true)
    const started = start(server, context, actor ?? null)
    running.set(server.id, started)
    started.catch(() => running.delete(server.id))
    const id = await started
    if (!jobs.has(id)) return handle(id, true)
    cancelOn(id, signal)
    return handle(id, false)
  }

  function cancelOn(id: RefreshId, signal: AbortSignal | undefined): void {
    if (!signal) return
    const onAbort = () => jobs.cancel(id, canceled('SIGNAL', abortReason(signal)))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    void jobs.ended(id).then(() => signal.removeEventListener('abort', onAbort))
  }

  /** The one that runs for the server: begun here, or by another process that has the storage open. */
  async function start(server: ServerRecord, context: CallerContext, actor: string | null): Promise<RefreshId> {
    const ownerId = owners.self
    const refresh: RefreshRecord = {
      id: createId('refresh'),
      serverId: server.id,
      status: 'QUEUED',
      createdAt: Date.now(),
      startedAt: null,
      finishedAt: null,
      error: null,
      outcome: nothingChanged,
      ownerId,
      actor,
    }
    try {
      await storage.commit([{ kind: 'insertRefresh', refresh, ifRevision: server.revision }], ownerId)
    } catch (error) {
      if (isRegistryError(error, 'REVISION_CONFLICT')) return start(await asItIs(server), context, actor)
      if (!isRegistryError(error, 'IDEMPOTENCY_CONFLICT')) throw error
      const { jobId } = error.details
      const other = jobId === undefined ? undefined : parseId('refresh', jobId)
      // The other one has ended in the meantime.
      if (other === undefined) return start(server, context, actor)
      running.delete(server.id)
      return other
    }
    jobs.start(refresh.id, async (signal) => {
      try {
        await perform(server, refresh, ownerId, context, signal)
      } finally {
        running.delete(server.id)
      }
    })
    return refresh.id
  }

  /** Somebody has changed the server since it was read. */
  async function asItIs({ id, name }: ServerRecord): Promise<ServerRecord> {
    const server = await storage.servers.get(id)
    if (!server) throw new RegistryError('NOT_FOUND', `No server has the id ${id}`, { path: ['id'] })
    if (!server.enabled) throw new RegistryError('DISABLED', `The server "${name}" is disabled`, { path: ['id'] })
    return server
  }

  async function perform(
    server: ServerRecord,
    queued: RefreshRecord,
    ownerId: OwnerId,
    context: CallerContext,
    signal: AbortSignal,
  ): Promise<void> {
    const writer = createJobWriter({ storage, bus, closing: jobs.closing, ownerId }, queued.id)
    let refresh = queued
    try {
      await slots(async () => {
        signal.throwIfAborted()
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
      } catch (lost) {
        // Others have settled it; the lease has been reported.
        if (!isRegistryError(lost, 'LEASE_LOST')) throw lost
      }
      return
    }
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

  const preview: RefreshControl['preview'] = async (server, { signal, ...context }) => {
    jobs.assertOpen()
    const ending = signal ? AbortSignal.any([signal, jobs.closing]) : jobs.closing
    const { outcome, events, listed } = await slots(() =>
      compareTools(parts, server, context, { signal: ending, onPhase: () => undefined, onOutput: () => undefined }),
    )
    const added = events.flatMap((event) =>
      event.type === 'RefreshToolChanged' && event.change === 'ADDED' ? (listed.get(event.name)?.definition ?? []) : [],
    )
    return { ...(await withTools(views, { ...outcome, added: [] })), added }
  }

  function idOf(id: string): RefreshId {
    const refreshId = parseId('refresh', id)
    if (!refreshId) throw new RegistryError('NOT_FOUND', `No refresh has the id ${id.slice(0, 100)}`, { path: ['id'] })
    return refreshId
  }

  async function mustGet(id: RefreshId): Promise<RefreshRecord> {
    const record = await storage.refreshes.get(id)
    if (!record) throw new RegistryError('NOT_FOUND', `No refresh has the id ${id}`, { path: ['id'] })
    return record
  }

  async function wait(id: string): Promise<Refresh> {
    const refreshId = idOf(id)
    // Whose it is comes first: for the end of another tenant's nobody waits.
    await mustGet(refreshId)
    await jobs.ended(refreshId)
    const record = await mustGet(refreshId)
    if (hasEnded(record.status)) return toRefresh(record)
    await endOfEvents(events(refreshId))
    return toRefresh(await mustGet(refreshId))
  }

  async function cancel(id: string, reason?: string): Promise<Refresh> {
    const refreshId = idOf(id)
    await cancelJob({ storage, jobs, read: () => mustGet(refreshId) }, 'CALLER', reason)
    return wait(refreshId)
  }

  /** The refresh that runs for the server, here or elsewhere. */
  async function unfinishedOf(serverId: ServerId): Promise<RefreshId | undefined> {
    await running.get(serverId)?.catch(() => undefined)
    const latest = (await storage.refreshes.latestByServer([serverId])).get(serverId)
    return latest && !hasEnded(latest.status) ? latest.id : undefined
  }

  async function result(id: RefreshId): Promise<RefreshResult> {
    const refresh = await wait(id)
    const { status, error, outcome } = refresh
    if (status !== 'SUCCEEDED') {
      if (!error) throw new RegistryError('INTERNAL', `The refresh ${id} is ${status} and nobody works on it`)
      const { code, message, retryable, ...details } = error
      throw new RegistryError(code, message, { retryable, details })
    }
    return { ...refresh, ...(await withTools(views, outcome)) }
  }

  function events(id: string, eventsOptions: Parameters<Refreshes['events']>[1] = {}) {
    const jobId = idOf(id)
    return followJob<RefreshId, RefreshJobEvent>(
      {
        storage,
        bus,
        jobId,
        exists: async () => (await storage.refreshes.get(jobId)) !== undefined,
        async present(page) {
          const ids = page.flatMap(({ event }) => (event.type === 'RefreshToolChanged' ? event.toolId : []))
          const tools = ids.length === 0 ? undefined : await views.byIds(ids)
          return page.map(({ event, located }) => {
            if (!isRefreshEvent(event)) return undefined
            if (event.type !== 'RefreshToolChanged') return { ...event, ...located }
            const tool = tools?.get(event.toolId)
            return tool && { ...event, ...located, tool }
          })
        },
      },
      eventsOptions,
    )
  }

  function handle(id: RefreshId, deduplicated: boolean): RefreshJob {
    return {
      id,
      deduplicated,
      events: (eventsOptions) => events(id, eventsOptions),
      result: () => result(id),
      cancel: async (reason) => {
        await cancel(id, reason)
      },
    }
  }

  return {
    ...history,
    begin,
    preview,
    async endOf(serverId) {
      const id = await unfinishedOf(serverId)
      if (id !== undefined) await wait(id)
    },
    async cancelFor(serverId, by) {
      const id = await unfinishedOf(serverId)
      if (id === undefined) return
      await cancelJob({ storage, jobs, read: () => mustGet(id) }, by)
      await wait(id)
    },
    events,
    wait,
    cancel,
  }
}
