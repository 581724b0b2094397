import type { JsonObject } from '../base/json.ts'
import type { ActorOptions } from '../model/actor.ts'
import type { ToolFilter, ToolSort } from '../model/filters.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { McpTool, RecordPolicy } from '../model/tool.ts'
import type { ToolRef } from '../model/tool-ref.ts'
import type { RunJob, RunOptions, ToolRun } from '../runs/api.ts'

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

export interface ToolSettingsInput {
  readonly enabled?: boolean | null
  readonly tags?: readonly string[] | null
  /** Characters. */
  readonly returnCharLimit?: number | null
  /** What is recorded of the args and the results of runs of this tool: see `HistoryOptions`. */
  readonly recordArgs?: RecordPolicy | null
  readonly recordResults?: RecordPolicy | null
}

export interface ToolsApi {
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
  set(id: string, settings: ToolSettingsInput, acting?: ActorOptions): Promise<McpTool>
  /**
   * Puts in force the definition that waits (`McpTool.quarantine`), where it is still the one of this digest; one that is
   * in force already stays. Throws NOT_FOUND, and REVISION_CONFLICT with path `['digest']` where it is another one.
   */
  approve(id: string, digest: string, acting?: ActorOptions): Promise<McpTool>
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
