import type { JsonObject } from '../base/json.ts'
import type { ApprovalActorOptions } from '../model/actor.ts'
import type { ToolApprovalPolicy } from '../model/approval-policy.ts'
import type { ToolFilter, ToolSort } from '../model/filters.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { McpTool, RecordPolicy } from '../model/tool.ts'
import type { ToolRef } from '../model/tool-ref.ts'
import type { RunJob, RunOptions, ToolRun } from '../runs/api.ts'

export type ToolListOptions = ListOptions<ToolFilter, ToolSort>

/** The page of a search. */
export interface ToolSearchOptions {
  /** Page size, 0 to 100. @default 10 */
  readonly first?: number | undefined
  /** A cursor of this search: begins after it. */
  readonly after?: string | undefined
  readonly filter?: ToolFilter | undefined
}

/** A page of tools with their scores: above 0, and higher for a better match. Scores of two searches do not compare. */
export type ToolSearchPage = Omit<Page<McpTool>, 'edges'> & {
  readonly edges: readonly (Page<McpTool>['edges'][number] & { readonly score: number })[]
}

/** Settings of a tool that its owner makes. An omitted member stays; null restores the default. */
export interface ToolSettingsInput {
  /** Whether the tool can be run. */
  readonly enabled?: boolean | null
  readonly tags?: readonly string[] | null
  /** Characters of a result's text and structured content that are kept. */
  readonly returnCharLimit?: number | null
  /** How much of the args of its runs is recorded: see `HistoryOptions`. */
  readonly recordArgs?: RecordPolicy | null
  /** How much of the results of its runs is recorded: see `HistoryOptions`. */
  readonly recordResults?: RecordPolicy | null
  /** Which of its runs wait for an approval. null: by that of the server. */
  readonly approvalPolicy?: ToolApprovalPolicy | null
}

/** The tools of a tenant, as the last refresh of each server stored them. */
export interface ToolsApi {
  /** The tool, or undefined. By name, a tool that its server no longer lists is not found. */
  get(ref: ToolRef): Promise<McpTool | undefined>
  /** The tools with these ids, by id; ids without a tool are left out. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, McpTool>>
  /**
   * A page of tools, by name unless `orderBy` says otherwise.
   *
   * @throws INVALID_INPUT for a page size out of range, or a cursor of another list
   */
  list(options?: ToolListOptions): Promise<Page<McpTool>>
  count(filter?: ToolFilter): Promise<number>
  /**
   * The page that `list` would answer for each server, in one read.
   *
   * @throws INVALID_INPUT as `list`
   */
  listByServer(serverIds: readonly string[], options?: ToolListOptions): Promise<ReadonlyMap<string, Page<McpTool>>>
  /** The number that `count` would answer for each server, in one read. */
  countByServer(serverIds: readonly string[], filter?: ToolFilter): Promise<ReadonlyMap<string, number>>
  /**
   * Finds the tools that match words best, in their names, titles, descriptions, the properties of their input schemas, and
   * the names of their servers. A match has every word, or a word that begins with it. If no tool has them all, tools with
   * some of them match.
   *
   * @param query At most 1,000 characters. Text without a letter or digit finds nothing.
   * @throws INVALID_INPUT for a longer query, a page size out of range, or a cursor of another search
   */
  search(query: string, options?: ToolSearchOptions): Promise<ToolSearchPage>
  /**
   * The number of tools that `search` finds, over all pages.
   *
   * @throws INVALID_INPUT for a longer query
   */
  searchCount(query: string, filter?: ToolFilter): Promise<number>
  /**
   * Changes the settings of a tool. A refresh never overwrites them.
   *
   * Disabling a tool cancels its runs that wait for an approval.
   *
   * @throws NOT_FOUND
   * @throws INVALID_INPUT, with the path of the member
   * @throws FORBIDDEN for a looser `approvalPolicy`, if `mayLoosenApproval` is false
   */
  set(id: string, settings: ToolSettingsInput, actor?: ApprovalActorOptions): Promise<McpTool>
  /**
   * Accepts the pending definition (`McpTool.quarantine`), or the hints that a refresh loosened (`McpTool.heldHints`), if it
   * still has this digest. A definition that was accepted before stays.
   *
   * @param digest `McpTool.quarantine.digest` or `McpTool.heldHints.digest`, of the definition that was reviewed.
   * @throws NOT_FOUND
   * @throws REVISION_CONFLICT, with path `['digest']`, if another definition is pending
   * @throws FORBIDDEN, if `mayLoosenApproval` is false, for hints by which runs of the tool need no approval any more
   */
  approve(id: string, digest: string, actor?: ApprovalActorOptions): Promise<McpTool>
  /**
   * Runs a tool and waits for its end. A run that fails, is cancelled or times out is answered like any other: its `status`
   * says so. A run that needs an approval is waited for.
   *
   * @throws every code that `RunsApi.start` throws
   */
  run(ref: ToolRef, args?: JsonObject, options?: RunOptions): Promise<ToolRun>
  /**
   * Starts a run: the same as `RunsApi.start`.
   *
   * @throws every code that `RunsApi.start` throws
   */
  start(ref: ToolRef, args?: JsonObject, options?: RunOptions): Promise<RunJob>
}
