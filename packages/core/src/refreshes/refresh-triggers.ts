import { isRegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { asRoot } from '../telemetry/active-span.ts'
import { createListChanged, hasChanges, type ListChanged } from './list-changed.ts'
import { createRefreshIntervals, type RefreshIntervals } from './refresh-intervals.ts'
import type { RefreshControl } from './refreshes.ts'

/** Starts the refreshes that no caller asks for: on a server's notification, and at its interval. */
export interface RefreshTriggers extends Pick<RefreshIntervals, 'schedule' | 'scheduleOnly'> {
  readonly listChanged: ListChanged['receive']
  /** Drops everything that is kept of a deleted server. */
  forget(serverId: ServerId): void
  /** Stops all timers. */
  close(): void
}

export interface RefreshTriggersDeps {
  readonly storage: TenantStorage
  /** Whether this node is the one of those on the storage that keeps the intervals. */
  readonly isLeader: () => boolean
  readonly refreshes: RefreshControl
  readonly statuses: Pick<ServerStatusStore, 'degrade' | 'endDegradation' | 'forget'>
  readonly meter: BudgetMeter
  readonly onError: (error: unknown) => void
}

export function createRefreshTriggers(deps: RefreshTriggersDeps): RefreshTriggers {
  const { storage, isLeader, refreshes, statuses, meter } = deps
  let isClosed = false

  /** Refreshes the server as it is now; answers whether anything had changed. */
  async function refresh(serverId: ServerId, context: CallerContext): Promise<boolean> {
    const server = await storage.servers.get(serverId)
    // Another node has deleted the server.
    if (!server) forget(serverId)
    if (isClosed || !server?.enabled) return false
    // The timer was set within the request that brought the notification or changed the interval.
    const { id } = await asRoot(() => refreshes.begin(server, context))
    await refreshes.wait(id)
    const ended = await storage.refreshes.get(id)
    return ended !== undefined && hasChanges(ended)
  }

  function onError(error: unknown): void {
    // A registry that closes refuses the refresh, or closes the storage while it runs.
    if (!isClosed && !isRegistryError(error, 'CLOSED')) deps.onError(error)
  }

  const listChanged = createListChanged({ storage, refreshes, statuses, meter, refresh, onError })
  const intervals = createRefreshIntervals({
    storage,
    isLeader,
    meter,
    refresh: (serverId) => refresh(serverId, {}).then(() => undefined, onError),
  })

  function forget(serverId: ServerId): void {
    intervals.stop(serverId)
    listChanged.forget(serverId)
    statuses.forget(serverId)
  }

  return {
    listChanged: (target) => listChanged.receive(target),
    schedule: (server) => intervals.schedule(server),
    scheduleOnly: (servers) => intervals.scheduleOnly(servers),
    forget,
    close() {
      isClosed = true
      intervals.close()
      listChanged.close()
    },
  }
}
