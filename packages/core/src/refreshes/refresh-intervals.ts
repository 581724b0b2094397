import type { ServerId } from '../base/ids.ts'
import { createPace } from '../base/pace.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** The members of a server that its interval depends on. */
export type Scheduled = Pick<ServerRecord, 'id' | 'enabled' | 'refreshIntervalMs'>

/** The timers that refresh servers at their own intervals. Only the leader of the nodes on a storage keeps any. */
export interface RefreshIntervals {
  /** Starts, changes or stops the interval of the server. */
  schedule(server: Scheduled): void
  /** Keeps the intervals of these servers and stops all others. */
  scheduleOnly(servers: readonly Scheduled[]): Promise<void>
  stop(serverId: ServerId): void
  /** Stops every interval; later calls start none. */
  close(): void
}

export interface RefreshIntervalsDeps {
  readonly storage: TenantStorage
  readonly isLeader: () => boolean
  readonly meter: BudgetMeter
  /** Refreshes the server. Never rejects. */
  readonly refresh: (serverId: ServerId) => Promise<void>
}

interface Interval {
  readonly everyMs: number
  readonly timer: NodeJS.Timeout
}

export function createRefreshIntervals(deps: RefreshIntervalsDeps): RefreshIntervals {
  return new TimedRefreshIntervals(deps)
}

class TimedRefreshIntervals implements RefreshIntervals {
  readonly #deps: RefreshIntervalsDeps
  /** Spreads the refreshes of a tenant within the budget `scheduledRefreshes` a second. */
  readonly #pace: () => number
  readonly #intervals = new Map<ServerId, Interval>()
  #isClosed = false

  constructor(deps: RefreshIntervalsDeps) {
    this.#deps = deps
    this.#pace = createPace(1_000 / deps.meter.budgets.scheduledRefreshes)
  }

  schedule({ id, enabled, refreshIntervalMs }: Scheduled): void {
    this.stop(id)
    if (this.#isClosed || !enabled || refreshIntervalMs === null || !this.#deps.isLeader()) return
    this.#start(id, refreshIntervalMs, refreshIntervalMs)
  }

  async scheduleOnly(servers: readonly Scheduled[]): Promise<void> {
    const wanted = new Map<ServerId, number>()
    for (const { id, refreshIntervalMs } of servers) if (refreshIntervalMs !== null) wanted.set(id, refreshIntervalMs)
    for (const id of [...this.#intervals.keys()]) if (!wanted.has(id)) this.stop(id)
    const changed = [...wanted].filter(([id, everyMs]) => this.#intervals.get(id)?.everyMs !== everyMs)
    const latest = await this.#deps.storage.refreshes.latestByServer(changed.map(([id]) => id))
    for (const [id, everyMs] of changed) {
      if (this.#isClosed || !this.#deps.isLeader()) return
      this.stop(id)
      // The latest refresh by any node tells when the next one is due.
      const { finishedAt } = latest.get(id) ?? {}
      const passedMs = finishedAt ? Date.now() - finishedAt : 0
      this.#start(id, everyMs, Math.min(everyMs, Math.max(0, everyMs - passedMs)))
    }
  }

  stop(serverId: ServerId): void {
    clearTimeout(this.#intervals.get(serverId)?.timer)
    this.#intervals.delete(serverId)
  }

  close(): void {
    this.#isClosed = true
    for (const serverId of [...this.#intervals.keys()]) this.stop(serverId)
  }

  /** How long the server has said that its list stays as it is, in ms from now. A failed read must not stop the interval. */
  async #freshMs(serverId: ServerId): Promise<number> {
    const server = await this.#deps.storage.servers.get(serverId).catch(() => undefined)
    return (server?.state.toolsFreshUntil ?? 0) - Date.now()
  }

  #start(serverId: ServerId, everyMs: number, firstMs: number, isPaced = false): void {
    const timer = setTimeout(async () => {
      const waitMs = isPaced ? 0 : this.#pace()
      if (waitMs > 0) {
        this.#deps.meter.count('scheduledRefreshes')
        this.#start(serverId, everyMs, waitMs, true)
        return
      }
      const freshMs = await this.#freshMs(serverId)
      if (freshMs > 0) {
        if (this.#intervals.get(serverId)?.timer === timer) this.#start(serverId, everyMs, freshMs)
        return
      }
      await this.#deps.refresh(serverId)
      // An interval lasts from the end of a refresh to the start of the next one, unless it was changed or stopped meanwhile.
      if (this.#intervals.get(serverId)?.timer === timer) this.#start(serverId, everyMs, everyMs)
    }, firstMs).unref()
    this.#intervals.set(serverId, { everyMs, timer })
  }
}
