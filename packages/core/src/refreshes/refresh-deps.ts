import type { TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { Listings } from '../budgets/listings.ts'
import type { Turns } from '../budgets/turns.ts'
import type { EventBus } from '../events/bus.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { PausedRunControl } from '../runs/end-pauses.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolViews } from '../tools/tool-views.ts'

export interface RefreshDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly jobs: RunningJobs
  /** Bounds how many refreshes of all tenants run at a time. */
  readonly turns: Turns<TenantId>
  readonly meter: BudgetMeter
  readonly listings: Listings<TenantId>
  readonly views: ToolViews
  readonly secrets: ServerSecrets
  readonly pausedRuns: PausedRunControl
  /** Number of events that the feed keeps. */
  readonly maxFeedEvents: number
  readonly onError: (error: unknown) => void
}
