import type { AuditLog } from '../audit/audit.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { EventBus } from '../events/bus.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { OAuth } from '../oauth/oauth.ts'
import type { NetworkPolicy } from '../policy/network-policy.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import type { RefreshTriggers } from '../refreshes/refresh-triggers.ts'
import type { RefreshControl } from '../refreshes/refreshes.ts'
import type { PausedRunControl } from '../runs/end-pauses.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** The registry's options that concern a tenant's servers. */
export interface ServersOptions {
  /** Timeouts of servers that do not set their own. */
  readonly timeouts: McpTimeouts
  readonly network: NetworkPolicy
  /** Number of events that the feed keeps. */
  readonly maxFeedEvents: number
}

export interface ServersDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly refreshes: RefreshControl
  readonly triggers: RefreshTriggers
  readonly pausedRuns: PausedRunControl
  readonly stdio: StdioPolicy
  readonly audit: AuditLog
  readonly secrets: ServerSecrets
  readonly oauth: OAuth
  readonly meter: BudgetMeter
  readonly options: ServersOptions
  readonly onError: (error: unknown) => void
}
