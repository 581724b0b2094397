import type { JobError } from '../base/errors.ts'
import type { JobId, RefreshId, RunId, ServerId, ToolId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { BudgetName } from '../budgets/budget-table.ts'
import type { ExportOptions, ServerExport } from '../config-files/export/server-export.ts'
import type { ImportInput } from '../config-files/import/input.ts'
import type { ImportReport, ImportServersOptions } from '../config-files/import/report.ts'
import type { FollowOptions } from '../events/follow.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { JobStatus, RefreshEvent, RunEvent, ServerEvent } from '../model/events.ts'
import type {
  AuditFilter,
  AuditSort,
  RunFilter,
  RunSort,
  ServerFilter,
  ServerSort,
  ToolFilter,
  ToolSort,
} from '../model/filters.ts'
import type { RefreshOutcome, RejectedTool, RunRecorded, ToolExecutionResult } from '../model/job.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { McpServer } from '../model/server.ts'
import type {
  McpTool,
  McpToolChange,
  RecordPolicy,
  ToolDefinition,
  ToolSchemaHealth,
  ToolWarning,
} from '../model/tool.ts'
import type { CreateServerInput, UpdateServerInput } from '../servers/input.ts'

export type ServerListOptions = ListOptions<ServerFilter, ServerSort>
export type ToolListOptions = ListOptions<ToolFilter, ToolSort>
/** Which page of what a search finds. */
export interface ToolSearchOptions {
  /** 0 to 100. @default 10 */
  readonly first?: number | undefined
  readonly after?: string | undefined
  readonly filter?: ToolFilter | undefined
}

/** As a page of a list, with how well each tool fits: above 0, the higher the better. It says nothing of other tools. */
export type ToolSearchPage = Omit<Page<McpTool>, 'edges'> & {
  readonly edges: readonly (Page<McpTool>['edges'][number] & { readonly score: number })[]
}

export interface RunListOptions extends ListOptions<RunFilter, RunSort> {
  /** False leaves `result` null, which may be long; `get` and `getMany` have it. @default true */
  readonly results?: boolean | undefined
}

/** What one tenant has: its servers, tools, jobs and feed, apart from those of every other. */
export interface TenantRegistry {
  readonly servers: Servers
  readonly tools: Tools
  readonly refreshes: Refreshes
  readonly runs: Runs
  readonly audit: Audit
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

// ---------- servers ----------

export interface Servers {
  /**
   * Stores a server and, unless `refresh: false` or `enabled: false`, starts its first refresh without waiting for it.
   * Throws INVALID_INPUT, NAME_TAKEN.
   */
  create(input: CreateServerInput, acting?: Acting): Promise<McpServer>
  /** Undefined where there is none. */
  get(id: string): Promise<McpServer | undefined>
  getByName(name: string): Promise<McpServer | undefined>
  /** Those that exist, by id. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, McpServer>>
  /** By name unless ordered otherwise. Throws INVALID_INPUT. */
  list(options?: ServerListOptions): Promise<Page<McpServer>>
  count(filter?: ServerFilter): Promise<number>
  /**
   * Omitted members stay, null clears. A change ends the server's connections once their runs have
   * ended; one of the configuration cancels a running refresh besides. `changed` is false, and the revision stays, where nothing differs.
   * Throws NOT_FOUND, INVALID_INPUT, NAME_TAKEN, REVISION_CONFLICT.
   */
  update(
    id: string,
    input: UpdateServerInput,
    acting?: Acting,
  ): Promise<{ readonly server: McpServer; readonly changed: boolean }>
  /** Deletes the server and its tools; its refreshes and runs stay as history. Throws NOT_FOUND. */
  delete(
    id: string,
    acting?: Acting,
  ): Promise<{ readonly deletedServerId: ServerId; readonly deletedToolCount: number }>
  /** Tells what a refresh would change, and writes nothing. Rejects with what the refresh would have failed with. */
  refresh(id: string, options: RefreshOptions & { readonly dryRun: true }): Promise<RefreshPreview>
  /**
   * Starts a refresh, or joins the one that runs for this server. Throws NOT_FOUND, DISABLED, and INVALID_INPUT for a
   * template variable without a value.
   */
  refresh(id: string, options?: RefreshOptions & { readonly dryRun?: false }): Promise<RefreshJob>
  /** Refreshes every enabled server that the filter selects; a bounded number at a time, the others wait QUEUED. */
  refreshAll(filter?: ServerFilter, acting?: Acting): Promise<readonly RefreshJob[]>
  /**
   * Takes the servers of a client's configuration, each as `create` or `update` would: one that is at fault is FAILED in
   * the report, and the others go on. A URL without a transport is dialled to find out which one is spoken there; where
   * nothing answers, it is stored as Streamable HTTP. `docs/import.md` has the formats.
   *
   * Rejects, with nothing imported, with INVALID_INPUT for a text that is broken (`details.line` and `column`) or of no
   * known format, LIMIT_EXCEEDED for more than 1 MiB or 1,000 servers, and for an entry of a registry with NOT_FOUND,
   * CONNECT_FAILED, URL_BLOCKED and TIMEOUT. Aborted while it stores, it reports the rest FAILED with CANCELED.
   */
  import(input: ImportInput, options?: ImportServersOptions): Promise<ImportReport>
  /**
   * Writes the servers as a client keeps them, at most 1,000. Every secret is a variable in that client's own notation:
   * none is opened for it. Rejects with INVALID_INPUT and LIMIT_EXCEEDED.
   */
  export(options: ExportOptions): Promise<ServerExport>
}

// ---------- tools ----------

/** Who asks for a change, for the audit: the id of a key, of a person. At most 255 characters. */
export interface Acting {
  readonly actor?: string | undefined
}

/** A tool by id, or by the names of its server and its own. */
export type ToolRef = { readonly id: string } | { readonly server: string; readonly tool: string }

export interface Tools {
  /** Undefined where there is none; by name, a tool that its server no longer lists is not found. */
  get(ref: ToolRef): Promise<McpTool | undefined>
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, McpTool>>
  /** By name unless ordered otherwise. Throws INVALID_INPUT. */
  list(options?: ToolListOptions): Promise<Page<McpTool>>
  count(filter?: ToolFilter): Promise<number>
  /** The page that each server would get for itself, in one read. */
  listByServer(serverIds: readonly string[], options?: ToolListOptions): Promise<ReadonlyMap<string, Page<McpTool>>>
  countByServer(serverIds: readonly string[], filter?: ToolFilter): Promise<ReadonlyMap<string, number>>
  /**
   * The tools that fit words best: by their names, titles, descriptions, the properties of their input schemas, and the names
   * of their servers. A tool has all of the words or the beginnings of them; where none has, those with some are answered.
   * Throws INVALID_INPUT, also for more than 1,000 characters; text without a letter or digit finds nothing.
   */
  search(query: string, options?: ToolSearchOptions): Promise<ToolSearchPage>
  /** How many tools `search` finds, over all pages. Throws INVALID_INPUT. */
  searchCount(query: string, filter?: ToolFilter): Promise<number>
  /** Settings of the owner; a refresh never overwrites them. Omitted stays, null clears. Throws NOT_FOUND, INVALID_INPUT. */
  set(id: string, settings: ToolSettingsInput, acting?: Acting): Promise<McpTool>
  /**
   * Puts in force the definition that waits (`McpTool.quarantine`), where it is still the one of this digest; one that is
   * in force already stays. Throws NOT_FOUND, and REVISION_CONFLICT with path `['digest']` where it is another one.
   */
  approve(id: string, digest: string, acting?: Acting): Promise<McpTool>
  /**
   * Runs a tool and waits for its end. A run that fails, is cancelled or times out is answered like any other: its
   * `status` says so. Throws what `start` throws.
   */
  run(ref: ToolRef, args?: JsonObject, options?: RunOptions): Promise<ToolRun>
  /**
   * Starts a run. Throws NOT_FOUND, DISABLED, QUARANTINED, TOOL_ARGS_INVALID, INVALID_INPUT, IDEMPOTENCY_CONFLICT; nothing has been
   * sent then, and there is no run.
   */
  start(ref: ToolRef, args?: JsonObject, options?: RunOptions): Promise<RunJob>
}

export interface ToolSettingsInput {
  readonly enabled?: boolean | null
  readonly tags?: readonly string[] | null
  /** Characters. */
  readonly returnCharLimit?: number | null
  /** What is recorded of the args and the results of runs of this tool: see `HistoryOptions`. */
  readonly recordArgs?: RecordPolicy | null
  readonly recordResults?: RecordPolicy | null
}

export interface RefreshOptions extends CallerContext, Acting {
  /** Aborting it cancels the refresh that this call started; one that it joined goes on. */
  readonly signal?: AbortSignal
}

/** What a refresh would change now. Nothing of it was written. */
export interface RefreshPreview extends Pick<RefreshResult, 'updated' | 'deleted' | 'unchangedCount' | 'rejected'> {
  /** As the server lists them. */
  readonly added: readonly ToolDefinition[]
  /** All that the server lists and the registry can take, in its order. */
  readonly listed: readonly ListedMcpTool[]
  /** How long it took until there was a session with the server, in ms: about nothing where one was open. */
  readonly connectMs: number
  /** How long it took to read all pages of the list, once there was a session, in ms. */
  readonly listMs: number
}

/** A tool as its server lists it, stored or not. */
export interface ListedMcpTool {
  readonly name: string
  /** Whether a refresh would add it. */
  readonly isAdded: boolean
  readonly definition: ToolDefinition
  readonly schemaHealth: ToolSchemaHealth
  readonly warnings: readonly ToolWarning[]
}

export interface RunOptions extends CallerContext, Acting {
  /** Ends the run after so many ms, however the server's own timeouts are set. */
  readonly timeoutMs?: number
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal
  /** The same key answers the same run, also after a restart, within `RegistryOptions.idempotencyKeyMs`. At most 255 characters. */
  readonly idempotencyKey?: string
  /** Kept with the run. At most 16 KiB as JSON. */
  readonly metadata?: JsonObject
}

// ---------- jobs ----------

interface JobBase {
  readonly status: JobStatus
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly error: JobError | null
  /** Who asked for it; null where nobody said. */
  readonly actor: string | null
}

/** A refresh and what it changed, tools by id. */
export interface Refresh extends JobBase {
  readonly id: RefreshId
  readonly serverId: ServerId
  readonly outcome: RefreshOutcome
}

/** A refresh that succeeded and what it changed. */
export interface RefreshResult extends Refresh {
  readonly added: readonly McpTool[]
  readonly updated: readonly { readonly tool: McpTool; readonly changes: readonly McpToolChange[] }[]
  readonly deleted: readonly McpTool[]
  readonly unchangedCount: number
  readonly rejected: readonly RejectedTool[]
}

/** A run of a tool. Names are as they were then. */
export interface ToolRun extends JobBase {
  readonly id: RunId
  readonly serverId: ServerId
  readonly serverName: string
  readonly toolId: ToolId
  readonly toolName: string
  readonly args: JsonObject
  readonly metadata: JsonObject
  /** Null until the server has answered, and where it is not recorded. */
  readonly result: ToolExecutionResult | null
  /** What `args` and `result` are, once they are read from the history. */
  readonly recorded: RunRecorded
  /** From start to end, in ms. */
  readonly durationMs: number | null
  /** Of the trace that the run is part of, 32 hexadecimal digits; null where nothing traced it. */
  readonly traceId: string | null
}

export interface JobEventsOptions extends FollowOptions {
  /** A cursor that an event of this job gave: begins behind it. @default the first event */
  readonly after?: string | undefined
}

interface EventBase<Id extends JobId> {
  /** Opaque; pass it as `after` to go on behind this event. */
  readonly cursor: string
  readonly at: Date
  readonly jobId: Id
}

type WithTool<Event> = Event extends { readonly toolId: ToolId } ? Event & { readonly tool: McpTool } : Event

/** An event of a refresh. A changed tool that is gone by the time of reading is left out. */
export type RefreshJobEvent = EventBase<RefreshId> & WithTool<RefreshEvent>
export type RunJobEvent = EventBase<RunId> & RunEvent

/** A handle on a job. It holds nothing open: dropping it, or leaving a loop over its events, leaves the job alone. */
export interface RefreshJob {
  readonly id: RefreshId
  /** Whether the call joined a job that was there already. */
  readonly deduplicated: boolean
  /** Everything from the beginning, then what comes, ending with `RefreshFinished`. */
  events(options?: JobEventsOptions): AsyncIterableIterator<RefreshJobEvent>
  /** Waits for the end. Rejects with the refresh's own error where it did not succeed. */
  result(): Promise<RefreshResult>
  cancel(reason?: string): Promise<void>
}

export interface RunJob {
  readonly id: RunId
  readonly deduplicated: boolean
  /** Everything from the beginning, then what comes, ending with `ToolRunFinished`. */
  events(options?: JobEventsOptions): AsyncIterableIterator<RunJobEvent>
  /** Waits for the end, whatever it is. */
  result(): Promise<ToolRun>
  cancel(reason?: string): Promise<void>
}

export interface Refreshes {
  get(id: string): Promise<Refresh | undefined>
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Refresh>>
  /** The newest refresh of each server that has one. */
  latestByServer(serverIds: readonly string[]): Promise<ReadonlyMap<string, Refresh>>
  /** The iterator's first step rejects with NOT_FOUND. Throws INVALID_INPUT for a cursor of another job. */
  events(id: string, options?: JobEventsOptions): AsyncIterableIterator<RefreshJobEvent>
  /** Waits for the end; rejects with NOT_FOUND. */
  wait(id: string): Promise<Refresh>
  /** Cancels it and waits until it has ended; a refresh that has ended stays as it is. Rejects with NOT_FOUND. */
  cancel(id: string, reason?: string): Promise<Refresh>
  /** The cursor of the last event of each refresh that has events. */
  lastCursors(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

export interface Runs {
  get(id: string): Promise<ToolRun | undefined>
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, ToolRun>>
  /** The newest first. Throws INVALID_INPUT. */
  list(options?: RunListOptions): Promise<Page<ToolRun>>
  count(filter?: RunFilter): Promise<number>
  listByServer(serverIds: readonly string[], options?: RunListOptions): Promise<ReadonlyMap<string, Page<ToolRun>>>
  countByServer(serverIds: readonly string[], filter?: RunFilter): Promise<ReadonlyMap<string, number>>
  listByTool(toolIds: readonly string[], options?: RunListOptions): Promise<ReadonlyMap<string, Page<ToolRun>>>
  countByTool(toolIds: readonly string[], filter?: RunFilter): Promise<ReadonlyMap<string, number>>
  events(id: string, options?: JobEventsOptions): AsyncIterableIterator<RunJobEvent>
  wait(id: string): Promise<ToolRun>
  /** The server is told (`notifications/cancelled`). Otherwise as for a refresh. */
  cancel(id: string, reason?: string): Promise<ToolRun>
  lastCursors(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

// ---------- the audit ----------

export type AuditListOptions = ListOptions<AuditFilter, AuditSort>

export interface AuditEvent extends Omit<AuditRecord, 'at' | 'firstAt' | 'lastAt'> {
  readonly at: Date
  readonly firstAt: Date
  readonly lastAt: Date
}

/** What is put on record; all but `action` may be left out. */
export type AuditInput = Pick<AuditRecord, 'action'> &
  Partial<Omit<AuditRecord, 'id' | 'at' | 'count' | 'firstAt' | 'lastAt' | 'action' | 'actor'>> &
  Acting

/** Who changed what, and what was refused to whom. Nothing of it is ever changed or removed, and none of it is secret. */
export interface Audit {
  /** The newest first. Throws INVALID_INPUT. */
  list(options?: AuditListOptions): Promise<Page<AuditEvent>>
  count(filter?: AuditFilter): Promise<number>
  /**
   * For what the registry cannot see: keys, and operations that a layer above refuses. Of refusals with the same actor,
   * action, target and code in a minute the first three are on record at once, and the others are one record with their count.
   */
  record(input: AuditInput): Promise<void>
}

// ---------- the feed ----------

export interface ServerEventsOptions extends FollowOptions {
  /** Only what concerns this server. */
  readonly serverId?: string | undefined
  readonly after?: string | undefined
  /** Yields a `Heartbeat` when nothing happened for so many ms, at least 1,000. @default none */
  readonly heartbeatMs?: number | undefined
}

interface FeedEventBase {
  readonly cursor: string
  readonly at: Date
}

type WithServer<Event> = Event extends { readonly type: 'McpServerDeleted' }
  ? Event
  : Event & { readonly server: McpServer }

/**
 * An event of the feed. `server` is the server as it is when the event is read; events of a server that is gone by
 * then are left out, and its `McpServerDeleted` tells why.
 */
export type RegistryEvent = FeedEventBase &
  (
    | WithServer<ServerEvent>
    /** The cursor is older than what is kept, or not of this log: query anew, then go on. */
    | { readonly type: 'EventGap' }
    /** Repeats the last cursor. */
    | { readonly type: 'Heartbeat' }
  )
