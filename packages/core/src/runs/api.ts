import type { RunId, ServerId, ToolId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { EventBase, JobBase, JobEventsOptions } from '../jobs/api.ts'
import type { ActorOptions } from '../model/actor.ts'
import type { RunEvent } from '../model/events.ts'
import type { RunFilter, RunSort } from '../model/filters.ts'
import type { RunRecorded, ToolExecutionResult } from '../model/job.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ToolRef } from '../model/tool-ref.ts'

export interface RunListOptions extends ListOptions<RunFilter, RunSort> {
  /** False leaves `result` null, which may be long; `get` and `getMany` have it. @default true */
  readonly results?: boolean | undefined
}

export interface RunOptions extends CallerContext, ActorOptions {
  /** Ends the run after so many ms, however the server's own timeouts are set. */
  readonly timeoutMs?: number
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal
  /** The same key answers the same run, also after a restart, within `RegistryOptions.idempotencyKeyMs`. At most 255 characters. */
  readonly idempotencyKey?: string
  /** Kept with the run. At most 16 KiB as JSON. */
  readonly metadata?: JsonObject
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

export type RunJobEvent = EventBase<RunId> & RunEvent

export interface RunJob {
  readonly id: RunId
  readonly deduplicated: boolean
  /** Everything from the beginning, then what comes, ending with `ToolRunFinished`. */
  events(options?: JobEventsOptions): AsyncIterableIterator<RunJobEvent>
  /** Waits for the end, whatever it is. */
  result(): Promise<ToolRun>
  cancel(reason?: string): Promise<void>
}

export interface RunsApi {
  /**
   * Starts a run of a tool. Throws NOT_FOUND, DISABLED, QUARANTINED, TOOL_ARGS_INVALID, INVALID_INPUT, IDEMPOTENCY_CONFLICT, CLOSED,
   * and LIMIT_EXCEEDED, retryable, if the tenant has too many unfinished runs; nothing has been sent then, and there is no run.
   */
  start(ref: ToolRef, args?: JsonObject, options?: RunOptions): Promise<RunJob>
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
