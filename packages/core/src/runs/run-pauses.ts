import { type JobError, RegistryError, toJobError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { RunApproval } from '../model/approval-policy.ts'
import { type EndedJobStatus, isPaused } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import { type ApprovalPause, type PauseRecord, settledFor } from '../model/pause.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { RunOptions } from './api.ts'
import { createPauseCommits, type PauseCommits, type PauseCommitsDeps } from './pause-commits.ts'
import { askedAbout, type PausedCalls } from './paused-call.ts'
import { recordedArgs } from './record-policy.ts'
import type { ToolCall } from './tool-call.ts'

export interface RunPausesDeps extends PauseCommitsDeps {
  readonly storage: TenantStorage
  readonly meter: BudgetMeter
  readonly telemetry: Telemetry
  readonly pausedCalls: PausedCalls
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
  askAgain(run: RunRecord, pause: ApprovalPause, call: ToolCall): Promise<boolean>
  /** Has the approved run go on in state QUEUED, on the node that it names; undefined if the pause has ended. */
  resume(run: RunRecord, pause: PauseRecord, step: ResumeStep): Promise<RunRecord | undefined>
  /** Ends the run; undefined if the pause has ended before. */
  end(run: RunRecord, pause: PauseRecord, end: PausedEnd): Promise<RunRecord | undefined>
  /** Deletes the pause of a run that has ended, or was pruned, by a node of another version or one that died meanwhile. */
  forgetOrphan(runId: RunRecord['id']): Promise<void>
  /** The pause and its run; undefined if the run is not paused. */
  find(runId: RunRecord['id']): Promise<PausedRun | undefined>
}

export interface PausedRun<Pause extends PauseRecord = PauseRecord> {
  readonly run: RunRecord
  readonly pause: Pause
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
  readonly #commits: PauseCommits

  constructor(deps: RunPausesDeps) {
    this.#deps = deps
    this.#commits = createPauseCommits(deps)
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
    const pause: ApprovalPause = {
      kind: 'APPROVAL',
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
    await this.#commits.commit(run, {
      writes: [
        { kind: 'insertRun', run },
        { kind: 'insertPause', pause },
      ],
      type: 'McpToolRunPaused',
      events: [{ type: 'ToolRunApprovalRequested' }],
    })
    onPause(pause.expiresAt)
  }

  async askAgain(before: RunRecord, pause: ApprovalPause, call: ToolCall): Promise<boolean> {
    const approval = undecided()
    const run = advance(before, { status: 'AWAITING_APPROVAL', approval })
    const expiresAt = approval.requestedAt + pause.timeoutMs
    const next: PauseRecord = { ...pause, version: pause.version + 1, expiresAt, ...askedAbout(call) }
    const isAsked = await this.#commits.take(run, pause, {
      args: {},
      writes: [{ kind: 'insertPause', pause: next }],
      type: 'McpToolRunPaused',
      events: [{ type: 'ToolRunApprovalRequested' }],
    })
    if (isAsked) this.#deps.onPause(expiresAt)
    return isAsked
  }

  async resume(before: RunRecord, pause: PauseRecord, step: ResumeStep): Promise<RunRecord | undefined> {
    const { args, writes, ...patch } = step
    const run = advance(before, { status: 'QUEUED', ...patch })
    const recorded = recordedArgs(args, run.recorded.args)
    const resumed = { args: recorded, writes, type: 'McpToolRunResumed', events: [] } as const
    return (await this.#commits.take(run, pause, resumed)) ? run : undefined
  }

  async end(before: RunRecord, pause: PauseRecord, { writes = [], ...end }: PausedEnd): Promise<RunRecord | undefined> {
    const { status, error } = end
    const run = advance(before, { finishedAt: Date.now(), ...end, ownerId: null })
    const event = { type: 'ToolRunFinished', status, error } as const
    const args = await this.#argsAfter(run, pause)
    const ended = { writes, type: 'McpToolRunResumed', events: [event], args } as const
    if (!(await this.#commits.take(run, pause, ended))) return undefined
    const { serverId, serverName, toolName, createdAt } = run
    const { tenantId } = this.#deps.storage
    const facts = { kind: 'RUN', id: run.id, tenantId, serverId, serverName, toolName } as const
    this.#deps.telemetry.job(facts, createdAt).ended(status, error)
    return args ? { ...run, args } : run
  }

  async find(runId: RunRecord['id']): Promise<PausedRun | undefined> {
    const { storage } = this.#deps
    const pause = await storage.pauses.get(runId)
    const run = pause && (await storage.runs.get(runId))
    return pause && run && isPaused(run.status) && settledFor(pause) === undefined ? { pause, run } : undefined
  }

  async forgetOrphan(runId: RunRecord['id']): Promise<void> {
    const { storage } = this.#deps
    const pause = await storage.pauses.get(runId)
    const run = pause && (await storage.runs.get(runId))
    if (!pause || (run && run.finishedAt === null)) return
    await storage.commit([{ kind: 'takePause', runId, version: pause.version }])
  }

  /** The args for the history. A run that has begun has them in it; none can be read without the key that sealed them. */
  async #argsAfter({ recorded }: RunRecord, pause: PauseRecord): Promise<JsonObject | undefined> {
    const { pausedCalls, onError } = this.#deps
    if (pause.kind === 'INPUT') return undefined
    try {
      return recordedArgs((await pausedCalls.open(pause)).args, recorded.args)
    } catch (error) {
      // It must not keep a run from its end.
      onError(error)
      return {}
    }
  }
}

function undecided(): RunApproval {
  return { requestedAt: Date.now(), decidedAt: null, decision: null, decidedBy: null, reason: null }
}

/** The error of a run that no caller went on with in time. */
export function inputTimeout({ kind, timeoutMs }: PauseRecord): RegistryError {
  const what = kind === 'APPROVAL' ? 'decision' : 'answer'
  return new RegistryError('TIMEOUT', `No ${what} came within inputTimeoutMs (${timeoutMs} ms)`, { retryable: true })
}

/** The end of a run whose approval or answer did not come in time. */
export function expired({ pause }: PausedRun): PausedEnd {
  return { status: 'TIMED_OUT', error: toJobError(inputTimeout(pause)) }
}
