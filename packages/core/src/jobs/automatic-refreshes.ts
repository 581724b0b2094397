import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { isRegistryError } from '../errors.ts'
import type { ServerId } from '../ids.ts'
import type { CallerContext } from '../servers/resolve-config.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { asRoot } from '../telemetry/active-span.ts'
import type { RefreshRecord } from './job.ts'
import { createPace } from './pace.ts'
import type { RefreshControl } from './refreshes.ts'

const firstPauseMs = 300
const maxPauseMs = 60_000

/** The refreshes that nobody asks for: those that a server's news and its interval ask for. Closing it stops its timers. */
export interface AutomaticRefreshes {
  /**
   * Refreshes the server soon, with the credentials of the session that brought the news; unless a refresh has begun since
   * then, here or on another node.
   */
  toolsChanged(target: DialTarget): void
  /** Starts, changes or stops the interval of the server, where this registry is the one that keeps them. */
  schedule(server: Scheduled): void
  /** Keeps the intervals of these servers, and of no others. */
  scheduleOnly(servers: readonly Scheduled[]): Promise<void>
  /** The server is gone. */
  forget(serverId: ServerId): void
  close(): void
}

export type Scheduled = Pick<ServerRecord, 'id' | 'enabled' | 'refreshIntervalMs'>

export interface AutomaticRefreshParts {
  readonly storage: TenantStorage
  /** Whether this registry is the one of those on the storage that keeps the intervals. */
  readonly isLeading: () => boolean
  readonly refreshes: RefreshControl
  readonly meter: BudgetMeter
  readonly onError: (error: unknown) => void
}

interface News {
  /** Set from the first news until their refresh begins. */
  timer: NodeJS.Timeout | undefined
  pauseMs: number
  refreshedAt: number
  /** The newest refresh when the news came. */
  before: Promise<RefreshRecord | undefined>
}

interface Interval {
  readonly everyMs: number
  readonly timer: NodeJS.Timeout
}

function hasChanged({ outcome }: Pick<RefreshRecord, 'outcome'>): boolean {
  return outcome.added.length + outcome.updated.length + outcome.deleted.length > 0
}

export function createAutomaticRefreshes(parts: AutomaticRefreshParts): AutomaticRefreshes {
  const { storage, isLeading, refreshes, meter, onError } = parts
  const pace = createPace(1_000 / meter.budgets.scheduledRefreshes)
  const intervals = new Map<ServerId, Interval>()
  const news = new Map<ServerId, News>()
  let closed = false

  /** Refreshes the server as it is now, and answers whether anything had changed. */
  async function refresh(serverId: ServerId, context: CallerContext): Promise<boolean> {
    const server = await storage.servers.get(serverId)
    if (closed || !server?.enabled) return false
    // Its timer was set within whatever brought the news, or changed the interval.
    const { id } = await asRoot(() => refreshes.begin(server, context))
    await refreshes.wait(id)
    const ended = await storage.refreshes.get(id)
    return ended !== undefined && hasChanged(ended)
  }

  async function latest(serverId: ServerId): Promise<RefreshRecord | undefined> {
    return (await storage.refreshes.latestByServer([serverId])).get(serverId)
  }

  /** The refresh that began after the news came, and saw what they tell of; once it has ended. */
  async function since({ before }: News, serverId: ServerId): Promise<RefreshRecord | undefined> {
    const [old, now] = [await before, await latest(serverId)]
    if (!now || now.id === old?.id) return undefined
    await refreshes.wait(now.id)
    const ended = await storage.refreshes.get(now.id)
    return ended?.status === 'SUCCEEDED' ? ended : undefined
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
      const others = await since(entry, serverId)
      const changed = others ? hasChanged(others) : await refresh(serverId, context)
      entry.refreshedAt = performance.now()
      // A server that says so after every list, without need, must not keep this registry busy.
      entry.pauseMs = changed ? firstPauseMs : Math.min(maxPauseMs, entry.pauseMs * 2)
    }
    if (performance.now() - entry.refreshedAt > maxPauseMs) entry.pauseMs = firstPauseMs
    entry.timer = setTimeout(() => void onTimer().catch(report), entry.pauseMs).unref()
  }

  function stopInterval(serverId: ServerId): void {
    clearTimeout(intervals.get(serverId)?.timer)
    intervals.delete(serverId)
  }

  function startInterval(serverId: ServerId, everyMs: number, firstMs: number, isPaced = false): void {
    const timer = setTimeout(async () => {
      const waitMs = isPaced ? 0 : pace()
      if (waitMs > 0) {
        meter.count('scheduledRefreshes')
        startInterval(serverId, everyMs, waitMs, true)
        return
      }
      await refresh(serverId, {}).catch(report)
      // From end to start, unless it was changed or stopped meanwhile.
      if (intervals.get(serverId)?.timer === timer) startInterval(serverId, everyMs, everyMs)
    }, firstMs).unref()
    intervals.set(serverId, { everyMs, timer })
  }

  function schedule({ id, enabled, refreshIntervalMs }: Scheduled): void {
    stopInterval(id)
    if (closed || !enabled || refreshIntervalMs === null || !isLeading()) return
    startInterval(id, refreshIntervalMs, refreshIntervalMs)
  }

  async function scheduleOnly(servers: readonly Scheduled[]): Promise<void> {
    const wanted = new Map<ServerId, number>()
    for (const { id, refreshIntervalMs } of servers) if (refreshIntervalMs !== null) wanted.set(id, refreshIntervalMs)
    for (const id of [...intervals.keys()]) if (!wanted.has(id)) stopInterval(id)
    const changed = [...wanted].filter(([id, everyMs]) => intervals.get(id)?.everyMs !== everyMs)
    const refreshed = await storage.refreshes.latestByServer(changed.map(([id]) => id))
    for (const [id, everyMs] of changed) {
      if (closed || !isLeading()) return
      stopInterval(id)
      // When it was refreshed last, by whomever, tells when it is due.
      const { finishedAt } = refreshed.get(id) ?? {}
      const passedMs = finishedAt ? Date.now() - finishedAt : 0
      startInterval(id, everyMs, Math.min(everyMs, Math.max(0, everyMs - passedMs)))
    }
  }

  return {
    toolsChanged(target) {
      if (closed) return
      const { serverId } = target
      const before = latest(serverId)
      // Whoever waits for it is told.
      before.catch(() => undefined)
      const entry = news.get(serverId) ?? { timer: undefined, pauseMs: firstPauseMs, refreshedAt: 0, before }
      entry.before = before
      news.set(serverId, entry)
      if (!entry.timer) refreshSoon(target, entry)
    },
    schedule,
    scheduleOnly,
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
