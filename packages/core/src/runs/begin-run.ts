import type { Cancellation } from '../base/cancellation.ts'
import { canonicalDigest } from '../base/canonical-json.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { HeldTimer } from '../base/held-timer.ts'
import { createId, type NodeId, parseId, type RunId } from '../base/ids.ts'
import { memoryOf } from '../base/json.ts'
import type { EventBus } from '../events/bus.ts'
import { createJobWriter, type JobWriter } from '../jobs/job-writer.ts'
import { cancelOnAbort, type RunningJobs } from '../jobs/running-jobs.ts'
import type { RunRecord } from '../model/job.ts'
import type { InputAnswered } from '../sessions/session.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { RunOptions } from './api.ts'
import type { RunInputDeps } from './asking-run.ts'
import { createIdempotentRuns, type IdempotentRuns } from './idempotency.ts'
import type { PausedOptions } from './paused-call.ts'
import { createRunPerformer, type PerformRunDeps, type RunPerformer } from './perform-run.ts'
import { RunInput } from './run-input.ts'
import { checkRunOptions } from './run-options.ts'
import type { RunPauses } from './run-pauses.ts'
import { createRunRecorder, type RunRecorder } from './run-recorder.ts'
import { createRunRoom, type RunRoom } from './run-room.ts'
import type { ToolCall } from './tool-call.ts'

export interface BeginRunDeps extends PerformRunDeps, RunInputDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly jobs: RunningJobs
  /** This node, under a new id after it lost its lease. */
  readonly nodes: { readonly self: NodeId }
  /** How long an idempotency key answers its run, in ms. */
  readonly idempotencyKeyMs: number
  readonly telemetry: Telemetry
  readonly pauses: RunPauses
  /** How long a pause lasts, in ms, unless the call says otherwise. */
  readonly inputTimeoutMs: number
}

/** The run that a call began, or that of an earlier call with the same key (`deduplicated`). */
export type BegunRun =
  | { readonly id: RunId; readonly deduplicated: true }
  | ({ readonly id: RunId; readonly deduplicated: false } & Work)
  /** It waits for an approval: no process works on it. */
  | { readonly id: RunId; readonly deduplicated: false; readonly ended?: undefined }

/** The work on a run, on this node. */
export interface Work {
  /** The run as it is once this node works on it no more: ended, or waiting for input while nothing is held. */
  readonly ended: Promise<RunRecord>
  readonly input: RunInput
}

/** What an answered run goes on with. */
export interface Continued {
  readonly inputTimeoutMs: number
  readonly spentMs: number
  readonly answered: InputAnswered | undefined
}

interface NewRun {
  readonly run: RunRecord
  readonly trace: JobTrace
  /** Gives the run's room back to its tenant; may be called twice. */
  readonly leave: () => void
}

export interface RunStarter {
  /**
   * Begins a run of the call. A run that does not have to wait is answered once it is stored as RUNNING.
   *
   * @throws INVALID_INPUT, IDEMPOTENCY_CONFLICT, CLOSED; LIMIT_EXCEEDED, retryable, if the tenant has too many unfinished runs
   */
  begin(call: ToolCall, options: RunOptions): Promise<BegunRun>
  /**
   * Takes room for an approved or answered run, has `store` commit that this node works on it, and starts the work. Answers what `store`
   * does: the run, or undefined if another write came first.
   *
   * @throws CLOSED; LIMIT_EXCEEDED, retryable, if the tenant has too many unfinished runs
   */
  resume(
    call: ToolCall,
    options: ResumeOptions,
    store: (node: NodeId) => Promise<RunRecord | undefined>,
  ): Promise<RunRecord | undefined>
}

export type ResumeOptions = PausedOptions & Partial<Continued>

export function createRunStarter(deps: BeginRunDeps): RunStarter {
  return new BoundedRunStarter(deps)
}

class BoundedRunStarter implements RunStarter {
  readonly #deps: BeginRunDeps
  readonly #room: RunRoom
  readonly #idempotent: IdempotentRuns
  readonly #perform: RunPerformer

  constructor(deps: BeginRunDeps) {
    this.#deps = deps
    this.#room = createRunRoom(deps.meter)
    this.#idempotent = createIdempotentRuns(deps.storage, deps.idempotencyKeyMs)
    this.#perform = createRunPerformer(deps)
  }

  async begin(call: ToolCall, options: RunOptions): Promise<BegunRun> {
    this.#deps.jobs.assertOpen()
    checkRunOptions(options, this.#deps.meter)
    const bytes = memoryOf(call.args) + memoryOf(options.metadata ?? {}) + memoryOf(options.variables)
    if (call.needsApproval) return this.#pause(call, options)
    const { run, trace } = this.#toRun(call, options)
    if (!this.#room.hasRoom(bytes)) {
      // A run that the key already has takes no room.
      const earlier = await this.#idempotent.find(run)
      if (earlier) return { id: earlier.id, deduplicated: true }
    }
    const begun = { run, trace, leave: this.#room.take(bytes) }
    // A run that does not have to wait is first written as RUNNING, which saves a write.
    if (run.idempotencyKey === null && this.#deps.pool.isFree(call.target))
      return this.#beginAtOnce(call, options, begun)
    try {
      return await this.#beginQueued(call, options, begun)
    } catch (error) {
      begun.leave()
      throw error
    }
  }

  #toRun(call: ToolCall, { idempotencyKey, metadata = {}, actor, retriedFrom }: RunOptions): Omit<NewRun, 'leave'> {
    const { serverId, serverName, toolId, toolName, args, recorded } = call
    const { storage, nodes, telemetry } = this.#deps
    const id = createId('run')
    // The span of a run that fails to begin never ends, and so is never exported.
    const trace = telemetry.job({ kind: 'RUN', id, tenantId: storage.tenantId, serverId, serverName, toolName })
    const run: RunRecord = {
      serverId,
      serverName,
      toolId,
      toolName,
      args,
      recorded,
      id,
      status: 'QUEUED',
      createdAt: Date.now(),
      startedAt: null,
      finishedAt: null,
      error: null,
      metadata,
      idempotencyKey: idempotencyKey ?? null,
      argsDigest: idempotencyKey === undefined ? null : canonicalDigest(args),
      result: null,
      ownerId: nodes.self,
      actor: actor ?? null,
      traceId: trace.traceId,
      retriedFrom: (retriedFrom === undefined ? undefined : parseId('run', retriedFrom)) ?? null,
    }
    return { run, trace }
  }

  async #beginAtOnce(call: ToolCall, options: RunOptions, begun: NewRun): Promise<BegunRun> {
    const { id } = begun.run
    const writer = this.#writerOf(id)
    const recorder = createRunRecorder(writer, begun.run)
    const { ended, input } = this.#startWork(call, options, begun, writer, recorder)
    cancelOnAbort(this.#deps.jobs, id, options.signal)
    await recorder.stored
    return { id, deduplicated: false, ended, input }
  }

  async #beginQueued(call: ToolCall, options: RunOptions, begun: NewRun): Promise<BegunRun> {
    const { jobs } = this.#deps
    const { id } = begun.run
    const writer = this.#writerOf(id)
    const recorder = createRunRecorder(writer, begun.run)
    const earlier = await this.#idempotent.insert(recorder)
    if (earlier) {
      begun.leave()
      return { id: earlier.id, deduplicated: true }
    }
    // The registry may have closed during the write: the next start finds the run QUEUED, which means never sent.
    jobs.assertOpen()
    const { ended, input } = this.#startWork(call, options, begun, writer, recorder)
    cancelOnAbort(jobs, id, options.signal)
    return { id, deduplicated: false, ended, input }
  }

  #writerOf(id: RunId, ownerId = this.#deps.nodes.self): JobWriter {
    const { storage, bus, jobs } = this.#deps
    return createJobWriter({ storage, bus, closing: jobs.closing, ownerId }, id)
  }

  async resume(
    call: ToolCall,
    options: ResumeOptions,
    store: (node: NodeId) => Promise<RunRecord | undefined>,
  ): Promise<RunRecord | undefined> {
    const { storage, jobs, nodes, telemetry } = this.#deps
    jobs.assertOpen()
    const leave = this.#room.take(memoryOf(call.args) + memoryOf(options.variables))
    try {
      const ownerId = nodes.self
      const stored = await store(ownerId)
      if (!stored) {
        leave()
        return undefined
      }
      // The registry may have closed during the write: the next start finds the run QUEUED, which means never sent.
      jobs.assertOpen()
      const { id, createdAt, serverId, serverName, toolName } = stored
      const facts = { kind: 'RUN', id, tenantId: storage.tenantId, serverId, serverName, toolName } as const
      const trace = telemetry.job(facts, createdAt)
      const writer = this.#writerOf(id, ownerId)
      const run = { ...stored, args: call.args }
      const recorder = createRunRecorder(writer, run, true)
      this.#startWork(call, options, { run, trace, leave }, writer, recorder)
      return stored
    } catch (error) {
      leave()
      throw error
    }
  }

  /** Stores a run that waits for an approval. Nothing in this process belongs to it, but the caller's signal. */
  async #pause(call: ToolCall, options: RunOptions): Promise<BegunRun> {
    const { pauses } = this.#deps
    const { run, trace } = this.#toRun(call, options)
    const insert = async () => {
      await pauses.assertRoom()
      await pauses.insert(run, call, options)
    }
    // A run that the key already has takes no room.
    const earlier = (await this.#idempotent.find(run)) ?? (await this.#idempotent.insert({ run, insert }))
    trace.paused()
    return earlier ? { id: earlier.id, deduplicated: true } : { id: run.id, deduplicated: false }
  }

  #startWork(
    call: ToolCall,
    options: ResumeOptions,
    { run, trace, leave }: NewRun,
    writer: JobWriter,
    recorder: RunRecorder,
  ): Work {
    const { jobs, inputTimeoutMs: usualMs } = this.#deps
    const { inputTimeoutMs = usualMs, spentMs = 0, answered } = options
    const { promise: ended, resolve, reject } = Promise.withResolvers<RunRecord>()
    // A caller that does not ask for the result receives no rejection; onError does.
    ended.catch(() => undefined)
    const timer = timerOf(jobs, run.id, options.timeoutMs, spentMs)
    const input = new RunInput(this.#deps, { call, options, inputTimeoutMs, recorder, answered, spentMs, timer })
    const toPerform = { call: withTimeLeft(call, spentMs), recorder, writer, trace, input }
    const work = async (cancellation: Cancellation) => {
      try {
        resolve(await this.#perform(toPerform, cancellation, reject))
      } catch (lost) {
        reject(lost)
        // Another node has recovered the run; the loss of the lease has been reported.
        if (!isRegistryError(lost, 'LEASE_LOST')) throw lost
      } finally {
        timer?.clear()
        leave()
      }
    }
    trace.within(() => jobs.start(run.id, work))
    return { ended, input }
  }
}

/** The call with what is left of its longest time. */
function withTimeLeft(call: ToolCall, spentMs: number): ToolCall {
  if (spentMs === 0) return call
  const { timeouts } = call
  return { ...call, timeouts: { ...timeouts, maxTotalMs: Math.max(1, timeouts.maxTotalMs - spentMs) } }
}

function timerOf(jobs: RunningJobs, id: RunId, timeoutMs: number | undefined, spentMs: number): HeldTimer | undefined {
  if (timeoutMs === undefined) return undefined
  return new HeldTimer(Math.max(1, timeoutMs - spentMs), () => {
    const message = `The run did not end within timeoutMs (${timeoutMs} ms)`
    jobs.cancel(id, new RegistryError('TIMEOUT', message, { retryable: true }))
  })
}
