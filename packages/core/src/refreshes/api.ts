import type { RefreshId, ServerId, ToolId } from '../base/ids.ts'
import type { EventBase, JobBase, JobEventsOptions } from '../jobs/api.ts'
import type { ActorOptions } from '../model/actor.ts'
import type { RefreshEvent } from '../model/events.ts'
import type { ListDifferences, RefreshOutcome, RejectedTool } from '../model/job.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { McpTool, McpToolChange, ToolDefinition, ToolSchemaHealth, ToolWarning } from '../model/tool.ts'

export interface RefreshOptions extends CallerContext, ActorOptions {
  /** Asks the server for its era anew, over a new connection. Has no effect on a refresh that is joined. @default false */
  readonly renegotiate?: boolean
  /** Aborting it cancels the refresh that this call started; a refresh that it joined goes on. */
  readonly signal?: AbortSignal
}

/** A page of refreshes, the newest first. */
export type RefreshListOptions = Pick<ListOptions<never, never>, 'first' | 'after' | 'last' | 'before'>

/** A refresh, and the ids of the tools that it changed. */
export interface Refresh extends JobBase {
  readonly id: RefreshId
  readonly serverId: ServerId
  readonly outcome: RefreshOutcome
}

/** A refresh that succeeded, and what it changed. */
export interface RefreshResult extends Refresh, ListDifferences {
  readonly added: readonly McpTool[]
  readonly updated: readonly { readonly tool: McpTool; readonly changes: readonly McpToolChange[] }[]
  readonly deleted: readonly McpTool[]
  readonly unchangedCount: number
  /** Tools that the server lists and the registry cannot take, with the reasons. */
  readonly rejected: readonly RejectedTool[]
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

/** The changes that a refresh would make now. None of them was written. */
export interface RefreshPreview
  extends ListDifferences,
    Pick<RefreshResult, 'updated' | 'deleted' | 'unchangedCount' | 'rejected'> {
  /** The new tools, as the server lists them. */
  readonly added: readonly ToolDefinition[]
  /** Every tool that the server lists and the registry can take, in the server's order. */
  readonly listed: readonly ListedMcpTool[]
  /** Time until a session with the server was open, in ms; close to 0 if one was open already. */
  readonly connectMs: number
  /** Time to read all pages of all lists, in ms. */
  readonly listMs: number
}

type WithTool<Event> = Event extends { readonly toolId: ToolId } ? Event & { readonly tool: McpTool } : Event

/** An event of a refresh. The event of a tool that was deleted before it is read is left out. */
export type RefreshJobEvent = EventBase<RefreshId> & WithTool<RefreshEvent>

/** A handle on a refresh. It holds nothing open: dropping it, or leaving a loop over its events, leaves the job alone. */
export interface RefreshJob {
  readonly id: RefreshId
  /** Whether the call joined a refresh that was under way. */
  readonly deduplicated: boolean
  /** Yields every event from the first one on, then new ones, and ends after `RefreshFinished`. */
  events(options?: JobEventsOptions): AsyncIterableIterator<RefreshJobEvent>
  /**
   * Waits for the end of the refresh.
   *
   * @throws the refresh's own error if it did not succeed
   */
  result(): Promise<RefreshResult>
  /** Cancels the refresh and waits until it has ended. */
  cancel(reason?: string): Promise<void>
}

/**
 * The refreshes of a tenant. Each reads what one server lists, by its capabilities: tools, resources, resource templates and
 * prompts, and stores what has changed in one transaction. It fails if the tools cannot be listed; a failure of another
 * list is the `error` of its difference.
 */
export interface RefreshesApi {
  /**
   * Starts a refresh of the server, or joins the one under way on any node. Resolves once the refresh is stored; wait for
   * its end with `result()` of the job.
   *
   * @throws NOT_FOUND, DISABLED, CLOSED
   * @throws INVALID_INPUT for a template variable without a value
   */
  start(serverId: string, options?: RefreshOptions): Promise<RefreshJob>
  /**
   * Reads the server's tools and answers what a refresh would change. Writes nothing, and is not a job.
   *
   * @throws NOT_FOUND, DISABLED, CLOSED, INVALID_INPUT, and every code that a refresh fails with
   */
  preview(serverId: string, options?: RefreshOptions): Promise<RefreshPreview>
  /** The refresh with this id, or undefined. */
  get(id: string): Promise<Refresh | undefined>
  /** The refreshes with these ids, by id; ids without a refresh are left out. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Refresh>>
  /** The latest refresh of each server that has one, by server id. */
  latestByServer(serverIds: readonly string[]): Promise<ReadonlyMap<string, Refresh>>
  /**
   * A page of the recorded refreshes of each server, in one read. An old refresh is deleted with its events, by age and by
   * bytes (`RegistryOptions.budgets`); the newest of a server stays.
   *
   * @throws INVALID_INPUT for a page size out of range, or a cursor of another list
   */
  listByServer(serverIds: readonly string[], options?: RefreshListOptions): Promise<ReadonlyMap<string, Page<Refresh>>>
  /** The number of recorded refreshes of each server that has one. */
  countByServer(serverIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /**
   * Yields the events of a refresh, from the first one or after a cursor, and ends after `RefreshFinished`. Events of other
   * nodes are included. `return()`, the signal and the registry's `close()` end it too.
   *
   * @throws INVALID_INPUT for a cursor of another job
   * @throws NOT_FOUND for text that is no id of a refresh, and from the first step if no refresh has the id
   */
  events(id: string, options?: JobEventsOptions): AsyncIterableIterator<RefreshJobEvent>
  /**
   * Waits until the refresh has ended, on any node, and answers it whether it succeeded or not.
   *
   * @throws NOT_FOUND
   */
  wait(id: string): Promise<Refresh>
  /**
   * Cancels the refresh, on any node, and waits until it has ended. A refresh that has ended stays as it is.
   *
   * @param reason At most 1,000 characters; becomes part of the refresh's error message.
   * @throws NOT_FOUND, INVALID_INPUT
   */
  cancel(id: string, reason?: string): Promise<Refresh>
  /** The cursor of the last event of each refresh that has events, by id. */
  lastCursors(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}
