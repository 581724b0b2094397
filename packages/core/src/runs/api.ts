import type { RunId, ServerId, ToolId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { EventBase, JobBase, JobEventsOptions } from '../jobs/api.ts'
import type { ActorOptions } from '../model/actor.ts'
import type { ApprovalDecision, RunApproval } from '../model/approval-policy.ts'
import type { RunEvent } from '../model/events.ts'
import type { RunFilter, RunSort } from '../model/filters.ts'
import type { ElicitationAction, InputRequest } from '../model/input-request.ts'
import type { RunRecorded, ToolExecutionResult } from '../model/job.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ToolRef } from '../model/tool-ref.ts'

export interface RunListOptions extends ListOptions<RunFilter, RunSort> {
  /** Whether runs have their `result`, which may be long; false leaves it null. `get` and `getMany` have it. @default true */
  readonly results?: boolean | undefined
}

export interface RunOptions extends CallerContext, ActorOptions {
  /** Ends the run after this many ms, from 1 to 86,400,000, even if the server's own timeouts are longer. */
  readonly timeoutMs?: number
  /**
   * How long the run waits each time for an approval or an answer, in ms, from 1 to 2,592,000,000. That time counts against
   * no other deadline. @default the option `inputTimeoutMs` of the registry
   */
  readonly inputTimeoutMs?: number
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal
  /**
   * At most 255 characters. A second call with the same key answers the run of the first one, even after a restart, for
   * `RegistryOptions.idempotencyKeyMs`.
   */
  readonly idempotencyKey?: string
  /**
   * Id of the run that this one repeats: one of the same tool and tenant. Omitted args are then those of that run, if its
   * history has all of them.
   */
  readonly retriedFrom?: string
  /** Stored with the run. At most 16 KiB as JSON. */
  readonly metadata?: JsonObject
}

/** A run of a tool. The names are those at the time of the run. */
export interface ToolRun extends JobBase {
  readonly id: RunId
  readonly serverId: ServerId
  readonly serverName: string
  readonly toolId: ToolId
  readonly toolName: string
  /** As they are recorded. What a caller decides on is in `runs.pausedArgs`. */
  readonly args: JsonObject
  readonly metadata: JsonObject
  /** Null until the server has answered, and in the history if results are not recorded. */
  readonly result: ToolExecutionResult | null
  /** The approval of the run; null if it needed none. */
  readonly approval: ToolApproval | null
  /** What its server asks for, and `runs.answer` has not answered yet; empty unless the run is INPUT_REQUIRED. */
  readonly pendingInput: readonly PendingInput[]
  /** How many times the server has asked; 0 before. */
  readonly inputRound: number
  /** How much of `args` and `result` the history has. */
  readonly recorded: RunRecorded
  /** Time from start to end, in ms. */
  readonly durationMs: number | null
  /** Id of the trace that the run is part of, 32 hexadecimal digits; null without tracing. */
  readonly traceId: string | null
  /** Id of the run that this one repeats, which may have been deleted since; null if it repeats none. */
  readonly retriedFrom: RunId | null
}

/** The approval of a run. */
export interface ToolApproval extends Omit<RunApproval, 'requestedAt' | 'decidedAt'> {
  /** When it was asked for; anew if the definition of the tool changed meanwhile. */
  readonly requestedAt: Date
  /** Null while it is undecided, and of a run that ended undecided. */
  readonly decidedAt: Date | null
}

/** A request of a server that waits for an answer. */
export type PendingInput = InputRequest & {
  /** When the run ends TIMED_OUT without one. */
  readonly expiresAt: Date
}

export interface AnswerRunInput extends ActorOptions {
  /** One for each key that is answered. What is left out stays asked. */
  readonly responses: readonly InputResponse[]
  /**
   * Whether the actor may answer a run that another one started, for layers that know what callers may do.
   * @default true
   */
  readonly mayAnswerOthers?: boolean | undefined
}

export interface InputResponse {
  /** That of a request in `pendingInput`. */
  readonly key: string
  readonly action: ElicitationAction
  /**
   * With ACCEPT of a form: its values; members with a default may be left out. With ACCEPT of a sampling:
   * `CreateMessageResult`. None with the rest.
   */
  readonly content?: JsonObject | null | undefined
}

export interface DecideRunInput extends ActorOptions {
  readonly decision: ApprovalDecision
  /** Stored with the run; part of the error message of a rejected one. At most 1,000 characters. */
  readonly reason?: string | undefined
  /**
   * Whether the actor may decide a run that it started, for layers that know whether callers are told apart.
   * @default the option `selfApproval` of the registry
   */
  readonly mayDecideOwn?: boolean | undefined
}

export interface RunResultOptions {
  /** Resolves once the run is paused, too, with its state as it is then. @default false */
  readonly untilPaused?: boolean | undefined
}

export type RunJobEvent = EventBase<RunId> & RunEvent

/** A handle on a run. It holds nothing open: dropping it, or leaving a loop over its events, leaves the run alone. */
export interface RunJob {
  readonly id: RunId
  /** Whether the run is that of an earlier call with the same idempotency key. */
  readonly deduplicated: boolean
  /** Yields every event from the first one on, then new ones, and ends after `ToolRunFinished`. */
  events(options?: JobEventsOptions): AsyncIterableIterator<RunJobEvent>
  /**
   * Waits for the end of the run and answers it, whether it succeeded or not: `status` says which. A run that waits for an
   * approval or an answer is waited for; its events say so. If the registry closes before, answers the run as it is.
   */
  result(options?: RunResultOptions): Promise<ToolRun>
  /** Cancels the run and waits until it has ended. */
  cancel(reason?: string): Promise<void>
}

/** The runs of a tenant: each is one call of a tool (`tools/call`), recorded from QUEUED to its end. */
export interface RunsApi {
  /**
   * Checks the args and starts a run. Resolves once the run is stored; wait for its end with `result()` of the job. If it
   * rejects, nothing was sent and there is no run. A run whose tool or server asks for an approval (`approvalPolicy`) waits
   * for `decide` in state AWAITING_APPROVAL; its args are sealed meanwhile.
   *
   * @param args Fit the tool's input schema. @default those of `retriedFrom`, or else {}
   * @throws NOT_FOUND, DISABLED, QUARANTINED if the tool cannot be run
   * @throws TOOL_ARGS_INVALID, with the first faults in `details.issues`
   * @throws INVALID_INPUT for an option out of range, a template variable without a value, or `retriedFrom` that is no run
   *   of this tool
   * @throws IDEMPOTENCY_CONFLICT if the key belongs to a run with another tool or other args
   * @throws LIMIT_EXCEEDED, retryable, if the tenant has too many unfinished or paused runs
   * @throws CLOSED
   */
  start(ref: ToolRef, args?: JsonObject, options?: RunOptions): Promise<RunJob>
  /** The run with this id, or undefined. */
  get(id: string): Promise<ToolRun | undefined>
  /** The runs with these ids, by id; ids without a run are left out. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, ToolRun>>
  /**
   * A page of runs, the newest first unless `orderBy` says otherwise.
   *
   * @throws INVALID_INPUT for a page size out of range, or a cursor of another list
   */
  list(options?: RunListOptions): Promise<Page<ToolRun>>
  count(filter?: RunFilter): Promise<number>
  /**
   * The page that `list` would answer for each server, in one read.
   *
   * @throws INVALID_INPUT as `list`
   */
  listByServer(serverIds: readonly string[], options?: RunListOptions): Promise<ReadonlyMap<string, Page<ToolRun>>>
  /** The number that `count` would answer for each server, in one read. */
  countByServer(serverIds: readonly string[], filter?: RunFilter): Promise<ReadonlyMap<string, number>>
  /**
   * The page that `list` would answer for each tool, in one read.
   *
   * @throws INVALID_INPUT as `list`
   */
  listByTool(toolIds: readonly string[], options?: RunListOptions): Promise<ReadonlyMap<string, Page<ToolRun>>>
  /** The number that `count` would answer for each tool, in one read. */
  countByTool(toolIds: readonly string[], filter?: RunFilter): Promise<ReadonlyMap<string, number>>
  /**
   * Yields the events of a run, from the first one or after a cursor, and ends after `ToolRunFinished`. Events of other
   * nodes are included. `return()`, the signal and the registry's `close()` end it too.
   *
   * @throws INVALID_INPUT for a cursor of another job
   * @throws NOT_FOUND for text that is no id of a run, and from the first step if no run has the id
   */
  events(id: string, options?: JobEventsOptions): AsyncIterableIterator<RunJobEvent>
  /**
   * Waits until the run has ended, on any node, and answers it whether it succeeded or not.
   *
   * @throws NOT_FOUND
   */
  wait(id: string, options?: RunResultOptions): Promise<ToolRun>
  /**
   * Decides a run that waits for an approval: APPROVED sends it, from this node; REJECTED ends it CANCELED. Answers the run
   * as it is then, without waiting for its end. A run is decided once: of two decisions, on whatever nodes, one counts. The
   * run and the audit say by whom, and why.
   *
   * What was asked about is what runs. If the definition of the tool has changed since, the run waits on and is asked about
   * again; if it can no longer be made (tool removed or disabled, another configuration of the server), it ends CANCELED.
   * Either is an error of the call.
   *
   * @throws NOT_FOUND
   * @throws INVALID_INPUT for a run that waits for no decision: the message has its state
   * @throws FORBIDDEN if the actor started the run, and may not decide its own
   * @throws LIMIT_EXCEEDED, retryable, if the tenant has too many unfinished runs; the run waits on
   * @throws SECRET_UNREADABLE if the args were sealed with a key that this registry does not have
   * @throws CLOSED
   */
  decide(id: string, decision: DecideRunInput): Promise<ToolRun>
  /** Whether the run waits for an approval, and `decide` would take one of this actor. */
  mayDecide(run: ToolRun, by: Pick<DecideRunInput, 'actor' | 'mayDecideOwn'>): boolean
  /**
   * Answers what the server of a run asks for, by the keys of `pendingInput`. Once all is answered, the run goes on: from
   * this node if its server holds nothing meanwhile (MCP 2026-07-28), else from the node that has its session (MCP
   * 2025-11-25). Answers the run as it is then, without waiting for its end. Content of an ACCEPT is checked against what was
   * asked for, and defaults are filled in. Of two answers, on whatever nodes, one counts. The audit says by whom.
   *
   * @throws NOT_FOUND
   * @throws INVALID_INPUT for a run that waits for no answer: the message has its state; for a key that does not wait
   * @throws TOOL_ARGS_INVALID for content that does not fit, with the first faults in `details.issues`; the run waits on
   * @throws FORBIDDEN if another actor started the run, and this one may not answer it
   * @throws LIMIT_EXCEEDED, retryable, if the tenant has too many unfinished runs; the run waits on
   * @throws SECRET_UNREADABLE if the call was sealed with a key that this registry does not have
   * @throws CLOSED
   */
  answer(id: string, input: AnswerRunInput): Promise<ToolRun>
  /** The args of runs that wait for an approval, in full however they are recorded, by id: what a caller decides on. */
  pausedArgs(ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>
  /**
   * Cancels the run, on any node, and waits until it has ended; a run that has ended stays as it is. The server is sent
   * `notifications/cancelled` (MCP 2025-11-25, cancellation); the call may have taken effect all the same.
   *
   * @param reason At most 1,000 characters; becomes part of the run's error message.
   * @throws NOT_FOUND, INVALID_INPUT
   */
  cancel(id: string, reason?: string): Promise<ToolRun>
  /** The cursor of the last event of each run that has events, by id. */
  lastCursors(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}
