import { isRegistryError } from '../errors.ts'
import type { ServerId } from '../ids.ts'
import type { CallerContext } from '../servers/resolve-config.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { RefreshControl } from './refreshes.ts'

const firstPauseMs = 300
const maxPauseMs = 60_000

/** The refreshes that nobody asks for: those that a server's news and its interval ask for. Closing it stops its timers. */
export interface AutomaticRefreshes {
  /** Refreshes the server soon, with the credentials of the session that brought the news. */
  toolsChanged(target: DialTarget): void
  /** Starts, changes or stops the interval of the server. */
  schedule(server: Pick<ServerRecord, 'id' | 'enabled' | 'refreshIntervalMs'>): void
  /** The server is gone. */
  forget(serverId: ServerId): void
  close(): void
}

export interface AutomaticRefreshParts {
  readonly storage: TenantStorage
  readonly refreshes: RefreshControl
  readonly onError: (error: unknown) => void
}

interface News {
  /** Set from the first news until their refresh begins. */
  timer: NodeJS.Timeout | undefined
  pauseMs: number
  refreshedAt: number
}

export function createAutomaticRefreshes({ storage, refreshes, onError }: AutomaticRefreshParts): AutomaticRefreshes {
  const intervals = new Map<ServerId, NodeJS.Timeout>()
  const news = new Map<ServerId, News>()
  let closed = false

  /** Refreshes the server as it is now, and answers whether anything had changed. */
  async function refresh(serverId: ServerId, context: CallerContext): Promise<boolean> {
    const server = await storage.servers.get(serverId)
    if (closed || !server?.enabled) return false
    const { outcome } = await refreshes.wait((await refreshes.begin(server, context)).id)
    return outcome.added.length + outcome.updated.length + outcome.deleted.length > 0
  }

  function report(error: unknown): void {
    // The end of the registry refuses the refresh, or takes the storage away from under it.
    if (!closed && !isRegistryError(error, 'CLOSED')) onError(error)
  }

  function refreshSoon({ serverId, context }: DialTarget, entry: News): void {
    const onTimer = async () => {
      // What ran until now may have read the list before it changed.
      await refreshes.endOf(serverId)
      entry.timer = undefined
      const changed = await refresh(serverId, context)
      entry.refreshedAt = performance.now()
      // A server that says so after every list, without need, must not keep this registry busy.
      entry.pauseMs = changed ? firstPauseMs : Math.min(maxPauseMs, entry.pauseMs * 2)
    }
    if (performance.now() - entry.refreshedAt > maxPauseMs) entry.pauseMs = firstPauseMs
    entry.timer = setTimeout(() => void onTimer().catch(report), entry.pauseMs).unref()
  }

  function stopInterval(serverId: ServerId): void {
    clearTimeout(intervals.get(serverId))
    intervals.delete(serverId)
  }

  function startInterval(serverId: ServerId, everyMs: number): void {
    const timer = setTimeout(async () => {
      await refresh(serverId, {}).catch(report)
      // From end to start, unless it was changed or stopped meanwhile.
      if (intervals.get(serverId) === timer) startInterval(serverId, everyMs)
    }, everyMs).unref()
    intervals.set(serverId, timer)
  }

  function schedule({ id, enabled, refreshIntervalMs }: Parameters<AutomaticRefreshes['schedule']>[0]): void {
    stopInterval(id)
    if (!closed && enabled && refreshIntervalMs !== null) startInterval(id, refreshIntervalMs)
  }

  return {
    toolsChanged(target) {
      if (closed) return
      const { serverId } = target
      const entry = news.get(serverId) ?? { timer: undefined, pauseMs: firstPauseMs, refreshedAt: 0 }
      news.set(serverId, entry)
      if (!entry.timer) refreshSoon(target, entry)
    },
    schedule,
    forget(serverId) {
      stopInterval(serverId)
      clearTimeout(news.get(serverId)?.timer)
      news.delete(serverId)
    },
    close() {
      closed = true
      for (const serverId of [...intervals.keys()]) stopInterval(serverId)
      for (const { timer } of news.values()) clearTimeout(timer)
    },
  }
}
