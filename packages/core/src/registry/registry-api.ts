import type { AuditApi } from '../audit/api.ts'
import type { BudgetName } from '../budgets/budget-table.ts'
import type { CatalogApi } from '../catalog/api.ts'
import type { ConfigFilesApi } from '../config-files/api.ts'
import type { PromptsApi } from '../prompts/api.ts'
import type { RefreshesApi } from '../refreshes/api.ts'
import type { ResourcesApi } from '../resources/api.ts'
import type { RunsApi } from '../runs/api.ts'
import type { RegistryEvent, ServerEventsOptions, StoredServersApi } from '../servers/api.ts'
import type { ToolsApi } from '../tools/api.ts'

/** The servers of a tenant: stored, refreshed, imported from and exported to the configuration files of MCP clients. */
export interface ServersApi extends StoredServersApi, ConfigFilesApi {}

/**
 * Everything that belongs to one tenant, isolated from all other tenants.
 *
 * Beside the codes of a method, each that reads or writes rejects with STORAGE_UNAVAILABLE while the storage is away, and each
 * that writes with LEASE_LOST after this node has lost its lease. Nothing was written then, and the call may be repeated.
 */
export interface TenantRegistry extends CatalogApi {
  readonly servers: ServersApi
  readonly tools: ToolsApi
  readonly resources: ResourcesApi
  readonly prompts: PromptsApi
  readonly refreshes: RefreshesApi
  readonly runs: RunsApi
  readonly audit: AuditApi
  /**
   * Yields what happens to the servers: created, updated, deleted, a new status, changed tools. Begins after `after`, or
   * with the next event. Ends with the signal, `return()` or the registry's `close()`.
   *
   * @throws INVALID_INPUT for a cursor of another feed, a `serverId` that is no server id, or a `heartbeatMs` out of range
   * @throws CLOSED
   */
  events(options?: ServerEventsOptions): AsyncIterableIterator<RegistryEvent>
}

/**
 * A registry of MCP servers, their tools and their runs. `createRegistry` opens one; the caller closes it. Its own members
 * are those of the tenant `default`.
 */
export interface Registry extends TenantRegistry, AsyncDisposable {
  /**
   * The tenant with this name, which is empty before its first use. The handle holds nothing open.
   *
   * @param name 1 to 64 lower-case letters, digits, `-` and `_`, beginning with a letter or digit.
   * @throws INVALID_INPUT
   */
  tenant(name: string): TenantRegistry
  /** Figures of this node, from its memory. */
  stats(): RegistryStats
  /**
   * Resolves if the storage answers a small read.
   *
   * @throws STORAGE_UNAVAILABLE, after at most a second
   * @throws CLOSED
   */
  checkStorage(): Promise<void>
  /**
   * Refuses new work, waits up to `graceMs` for running jobs, and cancels the rest. Then it ends every iterator, connection
   * and child process, and closes the storage. Further calls answer the same promise. If a part fails to end, the others
   * are ended all the same, and it rejects with the failure, or an AggregateError of several.
   *
   * @param options.graceMs In ms. @default 0
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

export interface RegistryStats {
  /** That of `@toolyard/core`. */
  readonly version: string
  /** Protocol revisions of MCP that the registry speaks, newest first. */
  readonly supportedProtocolVersions: readonly string[]
  /** Number of events that the feed keeps (the option `maxFeedEvents`). */
  readonly eventRetention: number
  /** Whether stdio servers may run any command at all. */
  readonly stdioAllowed: boolean
  /** Whether an actor may decide a run that it has started (the option `selfApproval`). */
  readonly selfApproval: boolean
  /** Sessions that are open or being opened. */
  readonly sessions: number
  /** Open sessions without a request. */
  readonly idleSessions: number
  /** Requests that wait for a turn at their server, or for a free connection. */
  readonly waitingRequests: number
  /** Sessions opened since the start. */
  readonly sessionsOpened: number
  /** Messages of servers that broke the protocol, since the start. */
  readonly protocolFaults: number
  /** Refusals since the start, by budget. */
  readonly budgetRefusals: Readonly<Record<BudgetName, number>>
  /** Runs and refreshes that this node works on. */
  readonly runningJobs: number
  /** Iterators that follow a job or the feed, and one reader of the feed for each tenant whose resources are followed. */
  readonly eventSubscribers: number
  /** Followers of resources, each counted once for each of its URIs. */
  readonly resourceFollowers: number
  /** Resources that this node follows at their servers, each counted once for each of its credentials. */
  readonly followedResources: number
}
