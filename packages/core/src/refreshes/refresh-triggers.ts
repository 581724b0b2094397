import { isRegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import { createPace } from '../base/pace.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { createTokenBuckets } from '../budgets/token-buckets.ts'
import type { RefreshRecord } from '../model/job.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { asRoot } from '../telemetry/active-span.ts'
import type { RefreshControl } from './refreshes.ts'

const firstPauseMs = 300
const maxPauseMs = 60_000
/** How long after a notification the newest refresh is read, in ms: once for all that come meanwhile. */
const readAfterMs = 50

/** The refreshes that nobody asks for: those that a server's news and its interval ask for. Closing it stops its timers. */
export interface RefreshTriggers {
  /**
   * Refreshes the server soon, with the credentials of the session that brought the news; unless a refresh has begun since
   * then, here or on another node. Beyond the budget the server is DEGRADED, and refreshed once the budget allows.
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

export interface RefreshTriggersDeps {
  readonly storage: TenantStorage
  /** Whether this registry is the one of those on the storage that keeps the intervals. */
  readonly isLeader: () => boolean
  readonly refreshes: RefreshControl
  readonly statuses: Pick<ServerStatusStore, 'degrade' | 'endDegradation' | 'forget'>
  readonly meter: BudgetMeter
  readonly onError: (error: unknown) => void
}

interface PendingRefresh {
  /** Set from the first news until their refresh begins. */
  timer: NodeJS.Timeout | undefined
  pauseMs: number
  refreshedAt: number
  /** Set from news until `before` is read. */
  reading: NodeJS.Timeout | undefined
  /** The newest refresh, as read after the last news; undefined until then. */
  before: Promise<RefreshRecord | undefined> | undefined
  /** Its refresh waits for the budget, and sees whatever is told until then. */
  isOverBudget: boolean
}

interface Interval {
  readonly everyMs: number
  readonly timer: NodeJS.Timeout
}

function hasChanged({ outcome }: Pick<RefreshRecord, 'outcome'>): boolean {
  return outcome.added.length + outcome.updated.length + outcome.deleted.length > 0
}

export function createRefreshTriggers(parts: RefreshTriggersDeps): RefreshTriggers {
  const { storage, isLeader, refreshes, statuses, meter, onError } = parts
  const { automaticRefreshes, automaticRefreshBurst } = meter.budgets
  const buckets = createTokenBuckets({ capacity: automaticRefreshBurst, perSecond: automaticRefreshes / 3_600 })
  const pace = createPace(1_000 / meter.budgets.scheduledRefreshes)
  const intervals = new Map<ServerId, Interval>()
  const pending = new Map<ServerId, PendingRefresh>()
  let closed = false

  /** Refreshes the server as it is now, and answers whether anything had changed. */
  async function refresh(serverId: ServerId, context: CallerContext): Promise<boolean> {
    const server = await storage.servers.get(serverId)
    // Another node has deleted it.
    if (!server) forget(serverId)
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

  /** Storage is asked for all that is told within a moment: a server may say it a hundred thousand times a second. */
  function readLatest(serverId: ServerId, entry: PendingRefresh): void {
    entry.before = undefined
    entry.reading ??= setTimeout(() => {
      entry.reading = undefined
      entry.before = latest(serverId)
      // Callers that wait for it receive the error.
      entry.before.catch(() => undefined)
    }, readAfterMs).unref()
  }

  /** The refresh that began after the news came, and saw what they tell of; once it has ended. */
  async function since({ before }: PendingRefresh, serverId: ServerId): Promise<RefreshRecord | undefined> {
    if (!before) return undefined
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

  /** Whether the budget allows another refresh; if not, the server is DEGRADED until the refresh that is due then. */
  async function isAllowed(target: DialTarget, entry: PendingRefresh, wasOverBudget: boolean): Promise<boolean> {
    const { serverId } = target
    const refused = buckets.take(serverId, 1)
    if (!refused) {
      statuses.endDegradation(serverId)
      return true
    }
    entry.isOverBudget = true
    // Once they are past the budget, no notification costs more than to be counted out.
    clearTimeout(entry.reading)
    entry.reading = undefined
    entry.before = undefined
    refreshIn(refused.retryAfterMs, target, entry)
    if (wasOverBudget) return false
    const what = 'list_changed of the server'
    await statuses.degrade(serverId, meter.exceeded('automaticRefreshes', { what, retryable: true }))
    return false
  }

  async function refreshNow(target: DialTarget, entry: PendingRefresh): Promise<void> {
    const { serverId, context } = target
    // What ran until now may have read the list before it changed.
    await refreshes.endOf(serverId)
    entry.timer = undefined
    const wasOverBudget = entry.isOverBudget
    entry.isOverBudget = false
    const others = await since(entry, serverId)
    if (!others && !(await isAllowed(target, entry, wasOverBudget))) return
    const changed = others ? hasChanged(others) : await refresh(serverId, context)
    entry.refreshedAt = performance.now()
    // A server that says so after every list, without need, must not keep this registry busy.
    entry.pauseMs = changed ? firstPauseMs : Math.min(maxPauseMs, entry.pauseMs * 2)
  }

  function refreshIn(ms: number, target: DialTarget, entry: PendingRefresh): void {
    clearTimeout(entry.timer)
    if (closed) return
    entry.timer = setTimeout(() => void refreshNow(target, entry).catch(report), ms).unref()
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
    if (closed || !enabled || refreshIntervalMs === null || !isLeader()) return
    startInterval(id, refreshIntervalMs, refreshIntervalMs)
  }

  async function scheduleOnly(servers: readonly Scheduled[]): Promise<void> {
    const wanted = new Map<ServerId, number>()
    for (const { id, refreshIntervalMs } of servers) if (refreshIntervalMs !== null) wanted.set(id, refreshIntervalMs)
    for (const id of [...intervals.keys()]) if (!wanted.has(id)) stopInterval(id)
    const changed = [...wanted].filter(([id, everyMs]) => intervals.get(id)?.everyMs !== everyMs)
    const refreshed = await storage.refreshes.latestByServer(changed.map(([id]) => id))
    for (const [id, everyMs] of changed) {
      if (closed || !isLeader()) return
      stopInterval(id)
      // When it was refreshed last, by whomever, tells when it is due.
      const { finishedAt } = refreshed.get(id) ?? {}
      const passedMs = finishedAt ? Date.now() - finishedAt : 0
      startInterval(id, everyMs, Math.min(everyMs, Math.max(0, everyMs - passedMs)))
    }
  }

  function entryOf(serverId: ServerId): PendingRefresh {
    const known = pending.get(serverId)
    if (known) return known
    const entry: PendingRefresh = {
      timer: undefined,
      pauseMs: firstPauseMs,
      refreshedAt: 0,
      reading: undefined,
      before: undefined,
      isOverBudget: false,
    }
    pending.set(serverId, entry)
    return entry
  }

  function forget(serverId: ServerId): void {
    stopInterval(serverId)
    const entry = pending.get(serverId)
    clearTimeout(entry?.timer)
    clearTimeout(entry?.reading)
    pending.delete(serverId)
    statuses.forget(serverId)
  }

  return {
    toolsChanged(target) {
      if (closed) return
      const { serverId } = target
      const entry = entryOf(serverId)
      if (entry.isOverBudget) return
      readLatest(serverId, entry)
      if (entry.timer) return
      if (performance.now() - entry.refreshedAt > maxPauseMs) entry.pauseMs = firstPauseMs
      refreshIn(entry.pauseMs, target, entry)
    },
    schedule,
    scheduleOnly,
    forget,
    close() {
      closed = true
      for (const serverId of [...intervals.keys()]) stopInterval(serverId)
      for (const { timer, reading } of pending.values()) {
        clearTimeout(timer)
        clearTimeout(reading)
      }
    },
  }
}
