import { isRegistryError, type JobError, RegistryError, toJobError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { EventBus } from '../events/bus.ts'
import type { RunApproval } from '../model/approval-policy.ts'
import { type EndedJobStatus, feedOf, type RunEvent, type ServerEvent } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import type { PauseRecord } from '../model/pause.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { RunOptions } from './api.ts'
import { askedAbout, type PausedCalls } from './paused-call.ts'
import { recordedArgs } from './record-policy.ts'
import type { ToolCall } from './tool-call.ts'

export interface RunPausesDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly meter: BudgetMeter
  readonly telemetry: Telemetry
  readonly pausedCalls: PausedCalls
  /** Number of events that the feed keeps. */
  readonly maxFeedEvents: number
  /** How long a pause lasts, in ms, unless the call says otherwise. */
  readonly inputTimeoutMs: number
  /** Receives when a new pause expires, in epoch ms. */
  readonly onPause: (expiresAt: number) => void
  readonly onError: (error: unknown) => void
}

/** How a paused run ends. `approval` is set if a decision ended it. */
export interface PausedEnd {
  readonly status: EndedJobStatus
  readonly error: JobError
  readonly approval?: RunApproval
  /** Committed with the end. */
  readonly writes?: readonly Write[]
}

/**
 * The paused runs of a tenant, in the storage alone: no process holds anything for them. Each pause is ended by one write,
 * which takes it; a write that comes later changes nothing.
 */
export interface RunPauses {
  /** @throws LIMIT_EXCEEDED if the tenant has too many paused runs */
  assertRoom(): Promise<void>
  /** Stores a new run as AWAITING_APPROVAL. Rejects with IDEMPOTENCY_CONFLICT as `insertRun`. */
  insert(run: RunRecord, call: ToolCall, options: RunOptions): Promise<void>
  /** Asks for the approval again, as the call is another one now. False if the pause has ended. */
  askAgain(run: RunRecord, pause: PauseRecord, call: ToolCall): Promise<boolean>
  /** Has the approved run go on in state QUEUED, on the node that it names; undefined if the pause has ended. */
  resume(run: RunRecord, pause: PauseRecord, step: ResumeStep): Promise<RunRecord | undefined>
  /** Ends the run; undefined if the pause has ended before. */
  end(run: RunRecord, pause: PauseRecord, end: PausedEnd): Promise<RunRecord | undefined>
  /** Deletes the pause of a run that was pruned by a node of another version. */
  forgetOrphan(runId: RunRecord['id']): Promise<void>
  /** The pause and its run; undefined if the run is not paused. */
  find(runId: RunRecord['id']): Promise<PausedRun | undefined>
}

export interface PausedRun {
  readonly run: RunRecord
  readonly pause: PauseRecord
}

export interface ResumeStep extends Pick<RunRecord, 'approval' | 'ownerId'> {
  readonly args: JsonObject
  readonly writes: readonly Write[]
}

export function createRunPauses(deps: RunPausesDeps): RunPauses {
  return new StoredRunPauses(deps)
}

class StoredRunPauses implements RunPauses {
  readonly #deps: RunPausesDeps

  constructor(deps: RunPausesDeps) {
    this.#deps = deps
  }

  async assertRoom(): Promise<void> {
    const { storage, meter } = this.#deps
    const got = (await storage.pauses.count()) + 1
    if (got <= meter.budgets.pausedRunsPerTenant) return
    throw meter.exceeded('pausedRunsPerTenant', { what: 'paused runs of the tenant', got, retryable: true })
  }

  async insert(queued: RunRecord, call: ToolCall, options: RunOptions): Promise<void> {
    const { pausedCalls, inputTimeoutMs, onPause } = this.#deps
    const approval = undecided()
    const timeoutMs = options.inputTimeoutMs ?? inputTimeoutMs
    const pause: PauseRecord = {
      runId: queued.id,
      serverId: queued.serverId,
      version: 1,
      timeoutMs,
      expiresAt: approval.requestedAt + timeoutMs,
      ...askedAbout(call),
      call: pausedCalls.seal(queued.id, call, options),
    }
    // Its args are sealed until the pause ends, even those that the history will have.
    const run = advance({ ...queued, args: {} }, { status: 'AWAITING_APPROVAL', ownerId: null, approval })
    await this.#commit(
      run,
      [
        { kind: 'insertRun', run },
        { kind: 'insertPause', pause },
      ],
      'McpToolRunPaused',
      [{ type: 'ToolRunApprovalRequested' }],
    )
    onPause(pause.expiresAt)
  }

  async askAgain(before: RunRecord, pause: PauseRecord, call: ToolCall): Promise<boolean> {
    const approval = undecided()
    const run = advance(before, { status: 'AWAITING_APPROVAL', approval })
    const expiresAt = approval.requestedAt + pause.timeoutMs
    const next: PauseRecord = { ...pause, version: pause.version + 1, expiresAt, ...askedAbout(call) }
    const isAsked = await this.#take(run, pause, {}, [{ kind: 'insertPause', pause: next }], 'McpToolRunPaused', [
      { type: 'ToolRunApprovalRequested' },
    ])
    if (isAsked) this.#deps.onPause(expiresAt)
    return isAsked
  }

  async resume(before: RunRecord, pause: PauseRecord, step: ResumeStep): Promise<RunRecord | undefined> {
    const { args, writes, ...patch } = step
    const run = advance(before, { status: 'QUEUED', ...patch })
    const isTaken = await this.#take(run, pause, recordedArgs(args, run.recorded.args), writes, 'McpToolRunResumed', [])
    return isTaken ? run : undefined
  }

  async end(before: RunRecord, pause: PauseRecord, { writes = [], ...end }: PausedEnd): Promise<RunRecord | undefined> {
    const { status, error } = end
    const run = advance(before, { finishedAt: Date.now(), ...end })
    const event = { type: 'ToolRunFinished', status, error } as const
    const args = recordedArgs(await this.#argsOf(pause), run.recorded.args)
    if (!(await this.#take(run, pause, args, writes, 'McpToolRunResumed', [event]))) return undefined
    const { serverId, serverName, toolName, createdAt } = run
    const { tenantId } = this.#deps.storage
    const facts = { kind: 'RUN', id: run.id, tenantId, serverId, serverName, toolName } as const
    this.#deps.telemetry.job(facts, createdAt).ended(status, error)
    return { ...run, args }
  }

  async find(runId: RunRecord['id']): Promise<PausedRun | undefined> {
    const { storage } = this.#deps
    const pause = await storage.pauses.get(runId)
    const run = pause && (await storage.runs.get(runId))
    return pause && run?.status === 'AWAITING_APPROVAL' ? { pause, run } : undefined
  }

  async forgetOrphan(runId: RunRecord['id']): Promise<void> {
    const { storage } = this.#deps
    const pause = await storage.pauses.get(runId)
    if (!pause || (await storage.runs.get(runId))) return
    await storage.commit([{ kind: 'takePause', runId, version: pause.version, args: {} }])
  }

  /** The args, for the history; none if they cannot be read, which must not keep a run from its end. */
  async #argsOf(pause: PauseRecord): Promise<JsonObject> {
    const { pausedCalls, onError } = this.#deps
    try {
      return (await pausedCalls.open(pause)).args
    } catch (error) {
      onError(error)
      return {}
    }
  }

  /** Commits the end of this version of the pause; false if another write took it. */
  async #take(
    run: RunRecord,
    { version }: PauseRecord,
    args: JsonObject,
    writes: readonly Write[],
    type: PauseEvent,
    events: readonly RunEvent[],
  ): Promise<boolean> {
    const { id: runId } = run
    const taken = { kind: 'takePause', runId, version, args } as const
    try {
      await this.#commit(run, [taken, { kind: 'updateRun', run: { ...run, args } }, ...writes], type, events)
      return true
    } catch (error) {
      if (isRegistryError(error, 'REVISION_CONFLICT')) return false
      throw error
    }
  }

  async #commit({ id, serverId }: RunRecord, writes: readonly Write[], type: PauseEvent, events: readonly RunEvent[]) {
    const { storage, bus, maxFeedEvents } = this.#deps
    const at = Date.now()
    const logged: Write[] = events.length > 0 ? [{ kind: 'appendJobEvents', jobId: id, at, events }] : []
    const feed: readonly ServerEvent[] = [{ type, serverId, runId: id }]
    await storage.commit([...writes, ...logged, { kind: 'appendServerEvents', at, events: feed, keep: maxFeedEvents }])
    bus.notify(id)
    bus.notify(feedOf(storage.tenantId))
  }
}

type PauseEvent = 'McpToolRunPaused' | 'McpToolRunResumed'

function undecided(): RunApproval {
  return { requestedAt: Date.now(), decidedAt: null, decision: null, decidedBy: null, reason: null }
}

/** The end of a run whose approval did not come in time. */
export function expired({ pause }: PausedRun): PausedEnd {
  const message = `No decision came within inputTimeoutMs (${pause.timeoutMs} ms)`
  return { status: 'TIMED_OUT', error: toJobError(new RegistryError('TIMEOUT', message, { retryable: true })) }
}
