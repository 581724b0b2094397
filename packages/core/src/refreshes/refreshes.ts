import { type CanceledBy, RegistryError } from '../base/errors.ts'
import { parseId, type RefreshId, type ServerId } from '../base/ids.ts'
import type { JobEventEntry } from '../jobs/follow-job.ts'
import { createJobHandles } from '../jobs/job-handles.ts'
import { cancelJob } from '../jobs/job-requests.ts'
import type { JobEvent, RefreshEvent } from '../model/events.ts'
import type { RefreshRecord } from '../model/job.ts'
import { assertContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import { shortestTimeouts } from '../model/timeouts.ts'
import type { ToolViews } from '../tools/tool-views.ts'
import type { Refresh, RefreshesApi, RefreshJob, RefreshJobEvent, RefreshOptions, RefreshResult } from './api.ts'
import { type BeginRefreshDeps, type BegunRefresh, createRefreshStarter } from './begin-refresh.ts'
import { previewRefresh } from './preview.ts'
import { createRefreshHistory, toRefresh, withTools } from './refresh-history.ts'

/** The refreshes of a tenant, with what its servers need to start and stop them. */
export interface RefreshControl extends RefreshesApi {
  /** As `start`, for a server that was read already. Does not check the options. */
  begin(server: ServerRecord, options: RefreshOptions): Promise<RefreshJob>
  /** Resolves once the server has no refresh under way. */
  endOf(serverId: ServerId): Promise<void>
  /** Cancels the server's refresh, if one is under way, and waits for its end. */
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

/** Adds the tools as they are now; the event of a tool that was deleted meanwhile is left out. */
async function presentEvents(
  views: ToolViews,
  page: readonly JobEventEntry<RefreshId>[],
): Promise<readonly (RefreshJobEvent | undefined)[]> {
  const ids = page.flatMap(({ event }) => (event.type === 'RefreshToolChanged' ? event.toolId : []))
  const tools = ids.length === 0 ? undefined : await views.byIds(ids)
  return page.map(({ event, base }) => {
    if (!isRefreshEvent(event)) return undefined
    if (event.type !== 'RefreshToolChanged') return { ...event, ...base }
    const tool = tools?.get(event.toolId)
    return tool && { ...event, ...base, tool }
  })
}

/** @throws NOT_FOUND, DISABLED, INVALID_INPUT */
async function resolveServer(
  { storage, meter }: Pick<BeginRefreshDeps, 'storage' | 'meter'>,
  id: string,
  options: RefreshOptions,
): Promise<ServerRecord> {
  const serverId = parseId('server', id)
  const record = serverId && (await storage.servers.get(serverId))
  if (!record) throw new RegistryError('NOT_FOUND', `No server has the id ${id.slice(0, 100)}`, { path: ['id'] })
  if (!record.enabled) {
    const message = `The server "${record.name}" is disabled; enable it to refresh it`
    throw new RegistryError('DISABLED', message, { path: ['id'] })
  }
  // Without a caller, a variable without a value is the job's error.
  assertContext(record.config, options)
  shortestTimeouts(meter, record.timeouts, options.timeouts)
  return record
}

export function createRefreshes(deps: BeginRefreshDeps): RefreshControl {
  const { storage, jobs, views } = deps
  const starter = createRefreshStarter(deps)
  const { getOrThrow, wait, cancel, events } = createJobHandles<RefreshId, RefreshRecord, Refresh, RefreshJobEvent>(
    deps,
    {
      noun: 'refresh',
      parseId: (id) => parseId('refresh', id),
      read: (id) => storage.refreshes.get(id),
      toView: toRefresh,
      present: (page) => presentEvents(views, page),
    },
  )

  async function resultOf(id: RefreshId): Promise<RefreshResult> {
    const refresh = await wait(id)
    const { status, error, outcome } = refresh
    if (status !== 'SUCCEEDED') {
      if (!error) throw new RegistryError('INTERNAL', `The refresh ${id} is ${status}, and no node works on it`)
      const { code, message, retryable, ...details } = error
      throw new RegistryError(code, message, { retryable, details })
    }
    return { ...refresh, ...(await withTools(views, outcome)) }
  }

  const toJob = ({ id, deduplicated }: BegunRefresh): RefreshJob => ({
    id,
    deduplicated,
    events: (options) => events(id, options),
    result: () => resultOf(id),
    cancel: async (reason) => {
      await cancel(id, reason)
    },
  })

  return {
    ...createRefreshHistory(storage),
    async start(serverId, options = {}) {
      return toJob(await starter.begin(await resolveServer(deps, serverId, options), options))
    },
    async preview(serverId, options = {}) {
      return previewRefresh(deps, await resolveServer(deps, serverId, options), options)
    },
    begin: async (server, options) => toJob(await starter.begin(server, options)),
    async endOf(serverId) {
      const id = await starter.unfinishedOf(serverId)
      if (id !== undefined) await wait(id)
    },
    async cancelFor(serverId, by) {
      const id = await starter.unfinishedOf(serverId)
      if (id === undefined) return
      await cancelJob({ storage, jobs, read: () => getOrThrow(id) }, by)
      await wait(id)
    },
    events,
    wait,
    cancel,
  }
}
