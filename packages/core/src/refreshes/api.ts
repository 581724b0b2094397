import type { RefreshId, ServerId, ToolId } from '../base/ids.ts'
import type { EventBase, JobBase, JobEventsOptions } from '../jobs/api.ts'
import type { ActorOptions } from '../model/actor.ts'
import type { RefreshEvent } from '../model/events.ts'
import type { RefreshOutcome, RejectedTool } from '../model/job.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { McpTool, McpToolChange, ToolDefinition, ToolSchemaHealth, ToolWarning } from '../model/tool.ts'

export interface RefreshOptions extends CallerContext, ActorOptions {
  /** Aborting it cancels the refresh that this call started; one that it joined goes on. */
  readonly signal?: AbortSignal
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

/** A tool as its server lists it, stored or not. */
export interface ListedMcpTool {
  readonly name: string
  /** Whether a refresh would add it. */
  readonly isAdded: boolean
  readonly definition: ToolDefinition
  readonly schemaHealth: ToolSchemaHealth
  readonly warnings: readonly ToolWarning[]
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

type WithTool<Event> = Event extends { readonly toolId: ToolId } ? Event & { readonly tool: McpTool } : Event

/** An event of a refresh. A changed tool that is gone by the time of reading is left out. */
export type RefreshJobEvent = EventBase<RefreshId> & WithTool<RefreshEvent>

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

export interface RefreshesApi {
  /**
   * Starts a refresh of the server, or joins the one that is under way. Throws NOT_FOUND, DISABLED, and INVALID_INPUT for a
   * template variable without a value.
   */
  start(serverId: string, options?: RefreshOptions): Promise<RefreshJob>
  /** Answers what a refresh of the server would change, and writes nothing. Rejects as the refresh would have failed. */
  preview(serverId: string, options?: RefreshOptions): Promise<RefreshPreview>
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
