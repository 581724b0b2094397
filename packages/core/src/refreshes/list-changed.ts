import type { ServerId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { createTokenBuckets, type TokenBuckets } from '../budgets/token-buckets.ts'
import { differencesOf, type RefreshRecord } from '../model/job.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { hasListChanges } from './compare-features.ts'
import type { RefreshControl } from './refreshes.ts'

/** Delay from a notification to its refresh, in ms: one refresh answers a burst of notifications. */
const firstDelayMs = 300
/** Longest delay, in ms: a server that notifies after every list without a change backs off to it. */
const maxDelayMs = 60_000
/** Delay from a notification to reading the latest refresh, in ms: one read answers a burst of notifications. */
const readAfterMs = 50

/** The refreshes that servers ask for with `notifications/tools/list_changed`, and those of resources and prompts (MCP 2025-11-25). */
export interface ListChanged {
  /**
   * Refreshes the server soon, with the credentials of the session that received the notification. Skips it if another refresh
   * has begun since then, on any node. Beyond the budget, the server is DEGRADED until the budget allows a refresh.
   */
  receive(target: DialTarget): void
  /** Drops what is pending for the server. */
  forget(serverId: ServerId): void
  /** Drops everything that is pending; later notifications are ignored. */
  close(): void
}

export interface ListChangedDeps {
  readonly storage: TenantStorage
  readonly refreshes: Pick<RefreshControl, 'endOf' | 'wait'>
  readonly statuses: Pick<ServerStatusStore, 'degrade' | 'endDegradation'>
  readonly meter: BudgetMeter
  /** Refreshes the server as it is now; answers whether anything had changed. */
  readonly refresh: (serverId: ServerId, context: CallerContext) => Promise<boolean>
  readonly onError: (error: unknown) => void
}

interface PendingRefresh {
  /** Set from the first notification until its refresh begins. */
  timer: NodeJS.Timeout | undefined
  delayMs: number
  refreshedAt: number
  /** Set from a notification until `before` is read. */
  reading: NodeJS.Timeout | undefined
  /** The latest refresh, as read after the last notification; undefined until then. */
  before: Promise<RefreshRecord | undefined> | undefined
  /** Whether the refresh waits for the budget; it will see whatever changes until then. */
  isOverBudget: boolean
}

export function hasChanges({ outcome }: Pick<RefreshRecord, 'outcome'>): boolean {
  if (outcome.added.length + outcome.updated.length + outcome.deleted.length > 0) return true
  return Object.values(differencesOf(outcome)).some(hasListChanges)
}

export function createListChanged(deps: ListChangedDeps): ListChanged {
  return new BudgetedListChanged(deps)
}

class BudgetedListChanged implements ListChanged {
  readonly #deps: ListChangedDeps
  readonly #buckets: TokenBuckets
  readonly #pending = new Map<ServerId, PendingRefresh>()
  #isClosed = false

  constructor(deps: ListChangedDeps) {
    this.#deps = deps
    const { automaticRefreshes, automaticRefreshBurst } = deps.meter.budgets
    this.#buckets = createTokenBuckets({ capacity: automaticRefreshBurst, perSecond: automaticRefreshes / 3_600 })
  }

  receive(target: DialTarget): void {
    if (this.#isClosed) return
    const { serverId } = target
    const entry = this.#entryOf(serverId)
    if (entry.isOverBudget) return
    this.#readLatestSoon(serverId, entry)
    if (entry.timer) return
    if (performance.now() - entry.refreshedAt > maxDelayMs) entry.delayMs = firstDelayMs
    this.#refreshIn(entry.delayMs, target, entry)
  }

  forget(serverId: ServerId): void {
    const entry = this.#pending.get(serverId)
    if (entry) stopTimers(entry)
    this.#pending.delete(serverId)
  }

  close(): void {
    this.#isClosed = true
    for (const entry of this.#pending.values()) stopTimers(entry)
  }

  #entryOf(serverId: ServerId): PendingRefresh {
    const known = this.#pending.get(serverId)
    if (known) return known
    const entry: PendingRefresh = {
      timer: undefined,
      delayMs: firstDelayMs,
      refreshedAt: 0,
      reading: undefined,
      before: undefined,
      isOverBudget: false,
    }
    this.#pending.set(serverId, entry)
    return entry
  }

  /** Reads once for a burst: a server may send a hundred thousand notifications a second. */
  #readLatestSoon(serverId: ServerId, entry: PendingRefresh): void {
    entry.before = undefined
    entry.reading ??= setTimeout(() => {
      entry.reading = undefined
      entry.before = this.#latest(serverId)
      // The caller that awaits it later receives the error.
      entry.before.catch(() => undefined)
    }, readAfterMs).unref()
  }

  async #latest(serverId: ServerId): Promise<RefreshRecord | undefined> {
    return (await this.#deps.storage.refreshes.latestByServer([serverId])).get(serverId)
  }

  #refreshIn(ms: number, target: DialTarget, entry: PendingRefresh): void {
    clearTimeout(entry.timer)
    if (this.#isClosed) return
    entry.timer = setTimeout(() => void this.#refreshNow(target, entry).catch(this.#deps.onError), ms).unref()
  }

  async #refreshNow(target: DialTarget, entry: PendingRefresh): Promise<void> {
    const { serverId, context } = target
    // A refresh that is under way may have read the list before it changed.
    await this.#deps.refreshes.endOf(serverId)
    entry.timer = undefined
    const wasOverBudget = entry.isOverBudget
    entry.isOverBudget = false
    const other = await this.#refreshSince(entry, serverId)
    if (!other && !(await this.#isAllowed(target, entry, wasOverBudget))) return
    const changed = other ? hasChanges(other) : await this.#deps.refresh(serverId, context)
    entry.refreshedAt = performance.now()
    // A server that notifies after every list without a change must not keep this registry busy.
    entry.delayMs = changed ? firstDelayMs : Math.min(maxDelayMs, entry.delayMs * 2)
  }

  /** The refresh that began after the last notification, and so saw its change; read once it has ended. */
  async #refreshSince({ before }: PendingRefresh, serverId: ServerId): Promise<RefreshRecord | undefined> {
    if (!before) return undefined
    const [old, now] = [await before, await this.#latest(serverId)]
    if (!now || now.id === old?.id) return undefined
    await this.#deps.refreshes.wait(now.id)
    const ended = await this.#deps.storage.refreshes.get(now.id)
    return ended?.status === 'SUCCEEDED' ? ended : undefined
  }

  /** Whether the budget allows a refresh; if not, the server is DEGRADED until the refresh that is due then. */
  async #isAllowed(target: DialTarget, entry: PendingRefresh, wasOverBudget: boolean): Promise<boolean> {
    const { statuses, meter } = this.#deps
    const { serverId } = target
    const refused = this.#buckets.take(serverId, 1)
    if (!refused) {
      statuses.endDegradation(serverId)
      return true
    }
    entry.isOverBudget = true
    // Beyond the budget, a notification costs no more than looking up its entry.
    clearTimeout(entry.reading)
    entry.reading = undefined
    entry.before = undefined
    this.#refreshIn(refused.retryAfterMs, target, entry)
    if (wasOverBudget) return false
    const what = 'list_changed of the server'
    await statuses.degrade(serverId, meter.exceeded('automaticRefreshes', { what, retryable: true }))
    return false
  }
}

function stopTimers({ timer, reading }: PendingRefresh): void {
  clearTimeout(timer)
  clearTimeout(reading)
}
