import type { AuditApi } from '../audit/api.ts'
import type { BudgetName } from '../budgets/budget-table.ts'
import type { ConfigFilesApi } from '../config-files/api.ts'
import type { RefreshesApi } from '../refreshes/api.ts'
import type { RunsApi } from '../runs/api.ts'
import type { RegistryEvent, ServerEventsOptions, StoredServersApi } from '../servers/api.ts'
import type { ToolsApi } from '../tools/api.ts'

/** The servers of a tenant: kept, refreshed, and exchanged with the configuration files of MCP clients. */
export interface ServersApi extends StoredServersApi, ConfigFilesApi {}

/** What one tenant has: its servers, tools, jobs and feed, apart from those of every other. */
export interface TenantRegistry {
  readonly servers: ServersApi
  readonly tools: ToolsApi
  readonly refreshes: RefreshesApi
  readonly runs: RunsApi
  readonly audit: AuditApi
  /**
   * What happens to the servers: created, updated, deleted, status and tools changed. With `after` it begins behind
   * that cursor, else with what happens from now on. Ends with the signal, `return()` or the registry.
   * Throws INVALID_INPUT for a cursor that is not of this feed.
   */
  events(options?: ServerEventsOptions): AsyncIterableIterator<RegistryEvent>
}

/**
 * A registry of MCP servers, their tools, and what was done with them. Made by `createRegistry`; close it when done.
 * Its own members are those of the tenant `default`.
 */
export interface Registry extends TenantRegistry, AsyncDisposable {
  /**
   * What the tenant of this name has; one that nobody has used before has nothing. It holds nothing open. Names are 1 to
   * 64 lower-case letters, digits, `-` and `_`, and begin with a letter or digit. Throws INVALID_INPUT.
   */
  tenant(name: string): TenantRegistry
  stats(): RegistryStats
  /**
   * Resolves where the storage answers a small read now. Rejects with STORAGE_UNAVAILABLE, after a second at the latest, and
   * with CLOSED.
   */
  checkStorage(): Promise<void>
  /**
   * Takes no new work, gives what runs `graceMs` to end, cancels the rest, ends every iterator, connection and child,
   * and closes the storage. A second call answers the same promise.
   * @param options.graceMs @default 0
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

export interface RegistryStats {
  readonly version: string
  /** MCP protocol revisions that can be spoken, newest first. */
  readonly supportedProtocolVersions: readonly string[]
  /** Events of the feed that are kept (the option `maxFeedEvents`). */
  readonly eventRetention: number
  /** Whether any command may be run for a stdio server. */
  readonly stdioAllowed: boolean
  /** Connections open or being opened. */
  readonly sessions: number
  /** Of these, open ones that nobody uses now. */
  readonly idleSessions: number
  /** Requests that wait for their turn: at their server, or for room for one connection more. */
  readonly waitingRequests: number
  /** Connections opened since the start. */
  readonly sessionsOpened: number
  /** Messages of servers that broke the protocol, since the start. */
  readonly protocolFaults: number
  /** How often each budget has refused something, since the start. */
  readonly budgetRefusals: Readonly<Record<BudgetName, number>>
  readonly runningJobs: number
  /** Iterators that follow a job or the feed. */
  readonly eventSubscribers: number
}
