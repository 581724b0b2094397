import pLimit from 'p-limit'
import { encodeSeq } from '../cursors.ts'
import { type JobError, RegistryError, toJobError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { EndedJobStatus, JobEvent, RefreshEvent } from '../events/events.ts'
import { createId, parseId, type RefreshId, type ServerId } from '../ids.ts'
import { type ResolvedOptions, shortestTimeouts } from '../options.ts'
import type { Refresh, Refreshes, RefreshJob, RefreshJobEvent, RefreshResult } from '../registry.ts'
import type { CallerContext } from '../servers/resolve-config.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { ServerStates } from '../servers/server-states.ts'
import { dialTargetOf } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { Storage } from '../storage/storage.ts'
import { discover } from '../tools/discover.ts'
import { reconcile } from '../tools/reconcile.ts'
import type { ToolViews } from '../tools/tool-views.ts'
import { nothingChanged, type RefreshRecord } from './job.ts'
import { createJobWriter, followJob, type JobWriter } from './job-log.ts'
import { canceled, type RunningJobs } from './running-jobs.ts'

export interface RefreshParts {
  readonly storage: Storage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly states: ServerStates
  readonly jobs: RunningJobs
  readonly views: ToolViews
  readonly options: ResolvedOptions
}

/** The refreshes of a registry, and how its servers start and stop them. */
export interface RefreshControl extends Refreshes {
  /** Starts one, or joins the one that runs for the server. */
  begin(server: ServerRecord, context: CallerContext): Promise<RefreshJob>
  /** Resolves once none runs for the server, at once where none does. */
  endOf(serverId: ServerId): Promise<void>
  /** Cancels the one that runs for the server, if there is one, and waits for its end. */
  cancelFor(serverId: ServerId, reason: string): Promise<void>
}

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

function toRefresh(record: RefreshRecord): Refresh {
  const date = (at: number | null) => (at === null ? null : new Date(at))
  return {
    ...record,
    createdAt: new Date(record.createdAt),
    startedAt: date(record.startedAt),
    finishedAt: date(record.finishedAt),
  }
}

function statusOf(error: JobError): EndedJobStatus {
  if (error.code === 'CANCELED') return 'CANCELED'
  return error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'FAILED'
}

export function createRefreshes(parts: RefreshParts): RefreshControl {
  const { storage, bus, pool, states, jobs, views, options } = parts
  const slots = pLimit(options.refreshConcurrency)
  const running = new Map<ServerId, Promise<RefreshId>>()

  async function begin(server: ServerRecord, context: CallerContext): Promise<RefreshJob> {
    jobs.assertOpen()
    const joined = running.get(server.id)
    if (joined) return handle(await joined, true)
    const started = start(server, context)
    running.set(server.id, started)
    started.catch(() => running.delete(server.id))
    return handle(await started, false)
  }

  async function start(server: ServerRecord, context: CallerContext): Promise<RefreshId> {
    const refresh: RefreshRecord = {
      id: createId('refresh'),
      serverId: server.id,
      status: 'QUEUED',
      createdAt: Date.now(),
      startedAt: null,
      finishedAt: null,
      error: null,
      outcome: nothingChanged,
    }
    await storage.commit([{ kind: 'insertRefresh', refresh }])
    jobs.start(refresh.id, async (signal) => {
      try {
        await perform(server, refresh, context, signal)
      } finally {
        running.delete(server.id)
      }
    })
    return refresh.id
  }

  async function perform(server: ServerRecord, queued: RefreshRecord, context: CallerContext, signal: AbortSignal) {
    const writer = createJobWriter(storage, bus, queued.id)
    let refresh = queued
    try {
      await slots(async () => {
        signal.throwIfAborted()
        refresh = { ...refresh, status: 'RUNNING', startedAt: Date.now() }
        await writer.commit([{ kind: 'updateRefresh', refresh }], [{ type: 'RefreshStarted' }])
        await refreshTools(server, refresh, context, writer, signal)
      })
    } catch (cause) {
      // What the session says of a cancelled request is less than why it was cancelled.
      const error = toJobError(signal.aborted ? signal.reason : cause)
      if (error.code === 'INTERNAL') options.onError(cause)
      const status = statusOf(error)
      const ended: RefreshRecord = { ...refresh, status, finishedAt: Date.now(), error }
      await writer.commit([{ kind: 'updateRefresh', refresh: ended }], [{ type: 'RefreshFinished', status, error }])
    }
  }

  async function refreshTools(
    server: ServerRecord,
    refresh: RefreshRecord,
    context: CallerContext,
    writer: JobWriter,
    signal: AbortSignal,
  ): Promise<void> {
    const phase = (
      name: 'CONNECTING' | 'NEGOTIATING' | 'LISTING' | 'DIFFING' | 'PERSISTING',
      done: number,
      total?: number,
    ) => writer.tell({ type: 'RefreshPhaseChanged', phase: name, done, ...(total === undefined ? {} : { total }) })
    const target = await targetOf(server, context)
    const discovered = await discover(pool, target, {
      timeouts: shortestTimeouts(server.timeouts, context.timeouts),
      signal,
      onPhase: phase,
      onOutput({ stream, text }) {
        if (stream === 'STDERR' || stream === 'PROTOCOL') writer.tell({ type: 'RefreshLog', stream, text })
      },
      onFailure: (error) => states.afterRequest(server.id, error),
    })
    const total = discovered.tools.size
    phase('DIFFING', 0, total)
    const stored = await storage.tools.definitionsOf(server.id)
    const at = Date.now()
    const { outcome, writes, events } = reconcile(server.id, stored, discovered, at)
    phase('PERSISTING', 0, events.length)
    signal.throwIfAborted()
    const ended: RefreshRecord = { ...refresh, status: 'SUCCEEDED', finishedAt: at, outcome }
    const changed = { type: 'McpServerToolsChanged', serverId: server.id, refreshId: refresh.id } as const
    await writer.commit(
      [
        ...writes,
        { kind: 'updateRefresh', refresh: ended },
        ...(events.length > 0
          ? [{ kind: 'appendServerEvents', at, events: [changed], keep: options.eventRetention } as const]
          : []),
      ],
      [...events, { type: 'RefreshFinished', status: 'SUCCEEDED' }],
    )
    bus.notify('servers')
    await states.afterRequest(server.id, undefined)
  }

  async function targetOf(server: ServerRecord, context: CallerContext) {
    try {
      return dialTargetOf(server, context)
    } catch (error) {
      await states.afterRequest(server.id, error)
      throw error
    }
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
    await jobs.ended(refreshId)
    return toRefresh(await mustGet(refreshId))
  }

  async function cancel(id: string, reason?: string): Promise<Refresh> {
    const refreshId = idOf(id)
    jobs.cancel(refreshId, canceled(reason ?? 'The refresh was cancelled'))
    return wait(refreshId)
  }

  async function result(id: RefreshId): Promise<RefreshResult> {
    const refresh = await wait(id)
    const { status, error, outcome } = refresh
    if (status !== 'SUCCEEDED') {
      if (!error) throw new RegistryError('INTERNAL', `The refresh ${id} is ${status} and nobody works on it`)
      const { code, message, retryable, ...details } = error
      throw new RegistryError(code, message, { retryable, details })
    }
    const tools = await views.byIds([
      ...outcome.added,
      ...outcome.updated.map(({ toolId }) => toolId),
      ...outcome.deleted,
    ])
    const present = <T>(ids: readonly T[], find: (id: T) => RefreshResult['updated'][number] | undefined) =>
      ids.flatMap((each) => find(each) ?? [])
    const toolsOf = (ids: RefreshResult['outcome']['added']) => ids.flatMap((each) => tools.get(each) ?? [])
    return {
      ...refresh,
      added: toolsOf(outcome.added),
      updated: present(outcome.updated, ({ toolId, changes }) => {
        const tool = tools.get(toolId)
        return tool && { tool, changes }
      }),
      deleted: toolsOf(outcome.deleted),
      unchangedCount: outcome.unchangedCount,
      rejected: outcome.rejected,
    }
  }

  function events(id: string, eventsOptions: Parameters<Refreshes['events']>[1] = {}) {
    const jobId = idOf(id)
    return followJob<RefreshEvent, RefreshId, RefreshJobEvent>(
      {
        storage,
        bus,
        jobId,
        exists: async () => (await storage.refreshes.get(jobId)) !== undefined,
        isOf: isRefreshEvent,
        async present(event, located) {
          if (event.type !== 'RefreshToolChanged') return { ...event, ...located, jobId }
          const tool = (await views.byIds([event.toolId])).get(event.toolId)
          return tool && { ...event, ...located, jobId, tool }
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

  const parseIds = (ids: readonly string[]) => ids.flatMap((id) => parseId('refresh', id) ?? [])
  return {
    begin,
    async endOf(serverId) {
      const id = await running.get(serverId)
      if (id !== undefined) await jobs.ended(id)
    },
    async cancelFor(serverId, reason) {
      const id = await running.get(serverId)
      if (id !== undefined) await cancel(id, reason)
    },
    async get(id) {
      const refreshId = parseId('refresh', id)
      const record = refreshId && (await storage.refreshes.get(refreshId))
      return record && toRefresh(record)
    },
    async getMany(ids) {
      const records = await storage.refreshes.getMany(parseIds(ids))
      return new Map(records.map((record) => [record.id, toRefresh(record)]))
    },
    async latestByServer(serverIds) {
      const records = await storage.refreshes.latestByServer(serverIds.flatMap((id) => parseId('server', id) ?? []))
      return new Map([...records].map(([serverId, record]) => [serverId, toRefresh(record)]))
    },
    events,
    wait,
    cancel,
    async lastCursors(ids) {
      const seqs = await storage.log.lastJobSeqs(parseIds(ids))
      return new Map([...seqs].map(([id, seq]) => [id, encodeSeq(id, seq)]))
    },
  }
}
