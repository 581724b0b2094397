import type { Budgets } from '../budgets/budget-table.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { RecordPolicy } from '../model/tool.ts'
import type { OAuthOptions, ResolvedOAuthOptions } from '../oauth/options.ts'
import type { NetworkPolicy } from '../policy/network-policy.ts'
import type { ProxyOptions, ResolvedProxies } from '../policy/proxy-options.ts'
import type { StdioRules } from '../policy/stdio-policy.ts'
import type { MasterKeys } from '../secrets/master-key.ts'
import type { SecretEnv, SecretProvider } from '../secrets/secret-sources.ts'
import type { StdioLimits } from '../sessions/stdio/limited-command.ts'
import type { StorageAdapter } from '../storage/storage.ts'
import type { RegistryObserver } from '../telemetry/observer.ts'
import type { ResolvedTelemetryOptions, TelemetryOptions } from '../telemetry/telemetry-options.ts'

export interface RegistryOptions {
  /** Stores everything that the registry keeps; opened and closed with the registry. @default memoryStorage() */
  readonly storage?: StorageAdapter
  /**
   * Timeouts of servers that do not set their own, in ms, and at most `budgets.deadlineMs`.
   * @default { connectMs: 30_000, requestMs: 60_000, maxTotalMs: 600_000 }
   */
  readonly timeouts?: Partial<McpTimeouts>
  /** Characters of a result's text and structured content that are kept, for tools that set no limit. @default 1_000_000 */
  readonly returnCharLimit?: number
  /** Time for which an idempotency key answers its run, in ms. @default 24 hours */
  readonly idempotencyKeyMs?: number
  /** How long a run waits each time for an approval or an answer, in ms, unless its caller says otherwise; at most 30 days. @default 10 minutes */
  readonly inputTimeoutMs?: number
  /**
   * Whether an actor may decide a run that it started (`runs.decide`). Runs without an actor may be decided by any.
   * @default false
   */
  readonly selfApproval?: boolean
  /** How much of runs is recorded, and how long runs and refreshes are kept. */
  readonly history?: HistoryOptions
  /** Refreshes all enabled servers once the registry is open. @default false */
  readonly refreshOnStart?: boolean
  /**
   * Bounds of everything that comes from outside: bytes, values, counts and times, by the names in errors and metrics.
   * @default those of `budgetTable`
   */
  readonly budgets?: Partial<Budgets>
  /**
   * If several machines share the storage: time without a heartbeat, in ms, after which other nodes take a node for dead and
   * recover its jobs. A node sends three heartbeats within it.
   * @default 15_000
   */
  readonly nodeLeaseMs?: number
  /** Number of events that the feed keeps for subscribers that return with a cursor, approximately. @default 10_000 */
  readonly maxFeedEvents?: number
  /** How connections to MCP servers are kept. */
  readonly sessions?: SessionOptions
  /**
   * Addresses that HTTP servers may have: `*` for all, or `public` for public ones, with further addresses, ranges
   * (`10.1.0.0/16`) and host names. Checked on the address that is dialled. @default ['*']
   */
  readonly network?: readonly string[]
  /**
   * Proxies to HTTP servers. With a `network` other than `*`, the registry looks names up itself, and asks the proxy for a
   * tunnel to the address that it checked. @default none: the environment is not read
   */
  readonly proxy?: ProxyOptions
  /**
   * The key that protects the stored secrets, 32 bytes; or a new key followed by old ones, which are no longer needed once a
   * registry was opened with them.
   * @default the key in a file beside the SQLite file; in memory, a random one
   */
  readonly secretKey?: Uint8Array | readonly Uint8Array[]
  /** Environment variables that `{ env: NAME }` may read. @default none */
  readonly secretEnv?: SecretEnv
  /** Reads secrets given as `{ provider: REFERENCE }`. @default none: such secrets are refused */
  readonly secretProvider?: SecretProvider
  /** Commands that stdio servers may run, and the environment of their child processes. */
  readonly stdio?: StdioOptions
  /** What this registry is to authorization servers. */
  readonly oauth?: OAuthOptions
  /** The name and version that MCP servers receive (`clientInfo`). @default { name: 'toolyard', version } */
  readonly clientInfo?: { readonly name: string; readonly version: string }
  /** Spans and metrics over `@opentelemetry/api`, which cost next to nothing without an SDK. */
  readonly telemetry?: TelemetryOptions
  /** Receives MCP requests, jobs and events, for your own metrics and logs. @default none */
  readonly observer?: RegistryObserver
  /** Receives failures of background work, which no caller awaits. Its own errors are not caught. @default `process.emitWarning` */
  readonly onError?: (error: unknown) => void
}

/** How much of runs is recorded, and how long runs and refreshes are kept. */
export interface HistoryOptions {
  /**
   * How much of the args is recorded, unless the tool sets its own policy. KEEP: everything. REDACT: names of members and
   * lengths of lists, without values. DROP: nothing. @default KEEP
   */
  readonly args?: RecordPolicy
  /**
   * How much of the results is recorded, likewise. The caller of a run gets its whole result in any case. Progress and log
   * lines are events of the run, and are recorded as they came. @default KEEP
   */
  readonly results?: RecordPolicy
  /** Age at which ended runs and refreshes are deleted, with their events, in ms; Infinity for never. @default 30 days */
  readonly maxAgeMs?: number
  /**
   * Number of runs that are kept, and of refreshes, approximately; Infinity for all. The latest refresh of a server is always
   * kept. @default 1_000_000
   */
  readonly maxCount?: number
}

export type ResolvedHistoryOptions = Required<HistoryOptions>

/** Commands that stdio servers may run, and the environment of their child processes. */
export interface StdioOptions extends StdioRules {
  /**
   * Environment variables of every stdio server's child, by name. The server's own go before them, and they never replace
   * PATH, HOME and the like. `npx` and `docker` need those of a proxy. @default none
   */
  readonly env?: Readonly<Record<string, string>>
  /** Limits of each process of a stdio server. Needs `prlimit` (util-linux) in this process's `PATH`. @default none */
  readonly limits?: StdioLimits
}

/** How connections to MCP servers are kept. */
export interface SessionOptions {
  /** Time for which an idle session stays open, in ms; 0 keeps none, Infinity keeps all. @default 300_000 */
  readonly idleMs?: number
  /**
   * Time for which an HTTP response may be silent while no request waits on it, in ms. After it, the stream of notifications
   * is reopened, and the body of a refusal is cut. Requests have their own deadlines. @default 60_000
   */
  readonly bodyIdleMs?: number
  /** Interval between pings of open sessions, in ms. @default never */
  readonly healthCheckMs?: number
}

export interface ResolvedSessionOptions extends Required<Omit<SessionOptions, 'healthCheckMs'>> {
  readonly healthCheckMs: number | undefined
}

export interface ResolvedOptions {
  readonly storage: StorageAdapter
  readonly timeouts: McpTimeouts
  readonly returnCharLimit: number
  readonly idempotencyKeyMs: number
  readonly inputTimeoutMs: number
  readonly selfApproval: boolean
  readonly history: ResolvedHistoryOptions
  readonly refreshOnStart: boolean
  readonly budgets: Budgets
  readonly nodeLeaseMs: number
  readonly maxFeedEvents: number
  readonly sessions: ResolvedSessionOptions
  readonly network: NetworkPolicy
  readonly proxies: ResolvedProxies | undefined
  readonly secretKey: MasterKeys | undefined
  readonly secretEnv: SecretEnv
  readonly secretProvider: SecretProvider | undefined
  readonly stdio: Required<StdioOptions>
  readonly oauth: ResolvedOAuthOptions
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly telemetry: ResolvedTelemetryOptions
  readonly observer: RegistryObserver
  readonly onError: (error: unknown) => void
}
