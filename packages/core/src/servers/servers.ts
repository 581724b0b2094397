import { invalidInput } from '../base/errors.ts'
import { feedOf } from '../model/events.ts'
import type { RefreshJob, RefreshOptions, RefreshPreview } from '../refreshes/api.ts'
import type { RefreshControl } from '../refreshes/refreshes.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { StoredServersApi } from './api.ts'
import { createServerCreation, type ServerCreation } from './create-server.ts'
import { grantTargetOf } from './grant-target-of.ts'
import { feedWrite, targetOf } from './server-change.ts'
import { createServerConnection } from './server-connection.ts'
import type { ServersDeps } from './server-deps.ts'
import { createServerQueries, getServerOrThrow, type ServerQueries } from './server-queries.ts'
import { createServerViews } from './server-views.ts'
import { createServerUpdate } from './update-server.ts'

/** The servers of a tenant, with the checks that an import makes before it stores any. */
export interface ServerControl extends StoredServersApi, ServerCreation, Pick<ServerQueries, 'oauthConfigs'> {}

/** Servers read at a time to refresh them all. */
const refreshPageSize = 100

export function createServers(deps: ServersDeps): ServerControl {
  const { storage, refreshes } = deps

  function refresh(id: string, options: RefreshOptions & { readonly dryRun: true }): Promise<RefreshPreview>
  function refresh(id: string, options?: RefreshOptions & { readonly dryRun?: false }): Promise<RefreshJob>
  async function refresh(
    id: string,
    { dryRun = false, ...options }: RefreshOptions & { readonly dryRun?: boolean } = {},
  ) {
    return dryRun ? refreshes.preview(id, options) : refreshes.start(id, options)
  }

  const update = createServerUpdate(deps)

  return {
    ...createServerQueries(storage),
    ...createServerCreation(deps),
    ...createServerConnection({ ...deps, update, views: createServerViews(storage) }),
    update,
    delete: createServerDeletion(deps),
    refresh,
    refreshAll: createRefreshAll(storage, refreshes),
  }
}

function createServerDeletion(deps: ServersDeps): StoredServersApi['delete'] {
  const { storage, bus, pool, statuses, refreshes, triggers, pausedRuns, audit, oauth, options } = deps
  return async (id, { actor } = {}) => {
    const entry = { action: 'SERVER_DELETED', actor, ...targetOf(id) } as const
    const record = await audit.orRefused(entry, () => getServerOrThrow(storage, id))
    const { id: serverId, name: targetName } = record
    const grantTarget = grantTargetOf(record)
    if (grantTarget) await oauth.disconnect(grantTarget)
    await refreshes.cancelFor(serverId, 'SERVER_DELETED')
    const deletedToolCount = await statuses.serialize(async () => {
      const deleted = await storage.tools.count({ serverId: [serverId] })
      await storage.commit([
        { kind: 'deleteServer', serverId },
        feedWrite('McpServerDeleted', serverId, options.maxFeedEvents),
        audit.done({ ...entry, targetName }),
      ])
      return deleted
    })
    bus.notify(feedOf(storage.tenantId))
    triggers.forget(serverId)
    oauth.forget(serverId)
    pool.retire(serverId)
    await pausedRuns.cancelFor(serverId, 'SERVER_DELETED')
    return { deletedServerId: serverId, deletedToolCount }
  }
}

function createRefreshAll(storage: TenantStorage, refreshes: RefreshControl): StoredServersApi['refreshAll'] {
  return async (filter = {}, { actor } = {}) => {
    if (filter.enabled === false) {
      const message = 'filter.enabled: expected true or nothing: disabled servers are not refreshed'
      throw invalidInput(['filter', 'enabled'], message)
    }
    const started: RefreshJob[] = []
    for (let after: { value: string; id: string } | undefined; ; ) {
      const page = await storage.servers.page({
        filter: { ...filter, enabled: true },
        sort: 'NAME',
        direction: 'ASC',
        limit: refreshPageSize,
        ...(after ? { beyond: after } : {}),
      })
      for (const record of page) started.push(await refreshes.begin(record, { actor }))
      const last = page.at(-1)
      if (!last || page.length < refreshPageSize) return started
      after = { value: last.name, id: last.id }
    }
  }
}
