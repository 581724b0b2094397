import { checkActor } from '../audit/audit.ts'
import { type CanceledBy, isRegistryError, RegistryError } from '../base/errors.ts'
import { createId, parseId, type RefreshId, type ServerId } from '../base/ids.ts'
import { inTurn } from '../budgets/turns.ts'
import { cancelJob } from '../jobs/cancel-requests.ts'
import { endOfEvents, followJob } from '../jobs/follow-job.ts'
import { abortReason, canceled } from '../jobs/running-jobs.ts'
import { hasEnded, type JobEvent, type RefreshEvent } from '../model/events.ts'
import { nothingChanged, type RefreshRecord } from '../model/job.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import { type DefinitionText, definitionOf } from '../model/tool.ts'
import type {
  ListedMcpTool,
  Refresh,
  Refreshes,
  RefreshJob,
  RefreshJobEvent,
  RefreshOptions,
  RefreshPreview,
  RefreshResult,
} from '../registry/registry-api.ts'
import { schemaHealth } from '../tools/schema-health.ts'
import { toolWarnings } from '../tools/tool-warnings.ts'
import { compareTools } from './compare-tools.ts'
import { createRefreshPerformer, type RefreshParts } from './refresh.ts'
import { createRefreshHistory, toRefresh, withTools } from './refresh-history.ts'

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

/** A preview may have many: of each, the text alone is held until it is asked for. */
function toListed(name: string, text: DefinitionText, isAdded: boolean): ListedMcpTool {
  return {
    name,
    isAdded,
    get definition() {
      return definitionOf(text)
    },
    get schemaHealth() {
      return schemaHealth(definitionOf(text).inputSchema)
    },
    get warnings() {
      return toolWarnings(definitionOf(text), text.definitionText)
    },
  }
}

export function createRefreshes(parts: RefreshParts): RefreshControl {
  const { storage, bus, jobs, turns, owners, views, telemetry } = parts
  const { perform, pruneHistory } = createRefreshPerformer(parts)
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
    const { id: serverId, name: serverName } = server
    const job = { kind: 'REFRESH', id: refresh.id, tenantId: storage.tenantId, serverId, serverName } as const
    const trace = telemetry.job({ ...job, toolName: null })
    const work = async (signal: AbortSignal) => {
      try {
        await perform({ server, refresh, ownerId, context, signal, trace })
      } finally {
        running.delete(server.id)
      }
      await pruneHistory(server.id)
    }
    trace.within(() => jobs.start(refresh.id, work))
    return refresh.id
  }

  /** Somebody has changed the server since it was read. */
  async function asItIs({ id, name }: ServerRecord): Promise<ServerRecord> {
    const server = await storage.servers.get(id)
    if (!server) throw new RegistryError('NOT_FOUND', `No server has the id ${id}`, { path: ['id'] })
    if (!server.enabled) throw new RegistryError('DISABLED', `The server "${name}" is disabled`, { path: ['id'] })
    return server
  }

  const preview: RefreshControl['preview'] = async (server, { signal, ...context }) => {
    jobs.assertOpen()
    const ending = signal ? AbortSignal.any([signal, jobs.closing]) : jobs.closing
    return inTurn(turns, storage.tenantId, ending, async () => {
      const ofList = { what: 'tools/list', bytes: 'previewBytes' } as const
      using budget = parts.listings.begin(storage.tenantId, ofList)
      const { outcome, events, listed, connectMs, listMs } = await compareTools(parts, server, context, {
        budget,
        signal: ending,
        onPhase: () => undefined,
        onOutput: () => undefined,
      })
      const added = new Set(
        events.flatMap((event) => (event.type === 'RefreshToolChanged' && event.change === 'ADDED' ? event.name : [])),
      )
      const tools = [...listed].map(([name, text]) => toListed(name, text, added.has(name)))
      return {
        ...(await withTools(views, { ...outcome, added: [] })),
        get added() {
          return tools.filter(({ isAdded }) => isAdded).map(({ definition }) => definition)
        },
        listed: tools,
        connectMs,
        listMs,
      }
    })
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
