import type { Budgets } from '../budgets/budget-table.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { RecordPolicy } from '../model/tool.ts'
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
  /** Where the registry keeps what it knows. @default memoryStorage() */
  readonly storage?: StorageAdapter
  /** For servers that do not set their own, in ms. @default { connectMs: 30_000, requestMs: 60_000, maxTotalMs: 600_000 }, and at most `budgets.deadlineMs` */
  readonly timeouts?: Partial<McpTimeouts>
  /** How many characters of a result's text and structured content are kept for a tool that sets no limit. @default 1_000_000 */
  readonly returnCharLimit?: number
  /** How long an idempotency key answers its run, in ms. @default 24 hours */
  readonly idempotencyKeyMs?: number
  /** What is recorded of runs, and for how long runs and refreshes are kept. */
  readonly history?: HistoryOptions
  /** Whether all enabled servers are refreshed once the registry is open. @default false */
  readonly refreshOnStart?: boolean
  /**
   * What is taken from outside at most: bytes, values, counts and times, each by the name that errors and metrics have.
   * @default those of `budgetTable`
   */
  readonly budgets?: Partial<Budgets>
  /**
   * Where several machines share the storage: how long a registry may be silent, in ms, until others take it for gone and
   * settle what it worked on. It tells of itself three times as often.
   * @default 15_000
   */
  readonly nodeLeaseMs?: number
  /** About how many events of the feed of servers are kept for those who come back with a cursor. @default 10_000 */
  readonly maxFeedEvents?: number
  /** How connections to MCP servers are kept. */
  readonly sessions?: SessionOptions
  /**
   * Which addresses HTTP servers may have: `*` all, `public` public ones, and beside it addresses, ranges (`10.1.0.0/16`)
   * and host names that may be reached as well. Checked on the address that is dialled. @default ['*']
   */
  readonly network?: readonly string[]
  /**
   * Proxies to HTTP servers. With a `network` other than `*`, names are looked up here, and the proxy is asked for a tunnel
   * to the address that was checked. @default none: the environment is not read
   */
  readonly proxy?: ProxyOptions
  /**
   * The key that protects the stored secrets, 32 bytes; or the new one followed by old ones, which are then no longer
   * needed once a registry was opened with them. @default one kept beside the storage: a SQLite file has a file beside it; in memory, a random one
   */
  readonly secretKey?: Uint8Array | readonly Uint8Array[]
  /** Environment variables that `{ env: NAME }` may read. @default none */
  readonly secretEnv?: SecretEnv
  /** What `{ provider: REFERENCE }` is read from. @default none: such secrets are refused */
  readonly secretProvider?: SecretProvider
  /** What stdio servers may run, and what their children may be given. */
  readonly stdio?: StdioOptions
  /** How this client calls itself to MCP servers. @default { name: 'toolyard', version } */
  readonly clientInfo?: { readonly name: string; readonly version: string }
  /** Spans and metrics over `@opentelemetry/api`; where no SDK is registered they cost next to nothing. */
  readonly telemetry?: TelemetryOptions
  /** Hears of MCP requests, jobs and events, for metrics and logs of one's own. @default nobody */
  readonly observer?: RegistryObserver
  /** Receives faults of background work, which no caller waits for. What it throws is not caught. @default `process.emitWarning` */
  readonly onError?: (error: unknown) => void
}

/** What is recorded of runs, and for how long runs and refreshes are kept. */
export interface HistoryOptions {
  /**
   * Of the args of runs; a tool may say otherwise. KEEP: all. REDACT: names of members and lengths of lists, without the
   * values. DROP: nothing. @default KEEP
   */
  readonly args?: RecordPolicy
  /**
   * Of the results, likewise; who runs a tool gets all of its result in any case. Progress and log lines are events of the
   * run, and stay as they came. @default KEEP
   */
  readonly results?: RecordPolicy
  /** Runs and refreshes that ended are removed this long after they were created, with their events, in ms; Infinity: never. @default 30 days */
  readonly maxAgeMs?: number
  /** About how many runs are kept, and as many refreshes; the newest refresh of a server always is. Infinity: all. @default 1_000_000 */
  readonly maxCount?: number
}

export type ResolvedHistoryOptions = Required<HistoryOptions>

/** What stdio servers may run, and what their children may be given. */
export interface StdioOptions extends StdioRules {
  /**
   * Variables that the child of every stdio server gets, by name: under its own, and never in place of PATH, HOME and the
   * like. `npx` and `docker` need those of a proxy. @default none
   */
  readonly env?: Readonly<Record<string, string>>
  /** What each process of a stdio server may take. Needs `prlimit` (util-linux) in this process's `PATH`. @default none */
  readonly limits?: StdioLimits
}

/** How connections to MCP servers are kept. */
export interface SessionOptions {
  /** How long a session that nobody uses stays open, in ms; 0 keeps none, Infinity keeps all. @default 300_000 */
  readonly idleMs?: number
  /**
   * How long a connection over HTTP may be silent while no request waits on it, in ms: the stream of notifications is then
   * opened anew, and what explains a refusal is cut. A request that waits has its own deadlines. @default 60_000
   */
  readonly bodyIdleMs?: number
  /** Ping open sessions, with so many ms between two rounds. @default never */
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
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly telemetry: ResolvedTelemetryOptions
  readonly observer: RegistryObserver
  readonly onError: (error: unknown) => void
}
