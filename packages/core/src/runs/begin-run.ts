import { canonicalDigest } from '../base/canonical-json.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { createId, type NodeId, type RunId } from '../base/ids.ts'
import { memoryOf } from '../base/json.ts'
import type { EventBus } from '../events/bus.ts'
import { createJobWriter } from '../jobs/job-writer.ts'
import { cancelOnAbort, type RunningJobs } from '../jobs/running-jobs.ts'
import type { RunRecord } from '../model/job.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { RunOptions } from './api.ts'
import { createIdempotentRuns } from './idempotency.ts'
import { createRunPerformer, type PerformRunDeps } from './perform-run.ts'
import { checkRunOptions } from './run-options.ts'
import { createRunRecorder } from './run-recorder.ts'
import { createRunRoom } from './run-room.ts'
import type { ToolCall } from './tool-call.ts'

export interface BeginRunDeps extends PerformRunDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly jobs: RunningJobs
  /** This node, which another one takes its place of once its lease was lost. */
  readonly nodes: { readonly self: NodeId }
  /** How long a key answers its run, in ms. */
  readonly idempotencyKeyMs: number
  readonly telemetry: Telemetry
}

/** A run that was asked for: begun by this call, or by an earlier one with the same key. */
export type BegunRun =
  | { readonly id: RunId; readonly deduplicated: true }
  | { readonly id: RunId; readonly deduplicated: false; readonly ended: Promise<RunRecord> }

interface NewRun {
  readonly run: RunRecord
  readonly trace: JobTrace
  /** Gives back what the run takes of its tenant's room; may be called twice. */
  readonly leave: () => void
}

/**
 * Answers the function that begins a run. It throws INVALID_INPUT, IDEMPOTENCY_CONFLICT and CLOSED; LIMIT_EXCEEDED,
 * retryable, if the tenant has too many unfinished runs.
 */
export function createRunBeginning(deps: BeginRunDeps) {
  const { storage, bus, pool, jobs, nodes, idempotencyKeyMs, meter, telemetry } = deps
  const room = createRunRoom(meter)
  const idempotent = createIdempotentRuns(storage, idempotencyKeyMs)
  const perform = createRunPerformer(deps)

  function toRun(call: ToolCall, { idempotencyKey, metadata = {}, actor }: RunOptions): Omit<NewRun, 'leave'> {
    const { serverId, serverName, toolId, toolName, args, recorded } = call
    const id = createId('run')
    // A run that is not begun after all never ends, and so is no span.
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
    }
    return { run, trace }
  }

  async function beginInRoom(call: ToolCall, options: RunOptions, { run, trace, leave }: NewRun): Promise<BegunRun> {
    const writer = createJobWriter({ storage, bus, closing: jobs.closing, ownerId: nodes.self }, run.id)
    const recorder = createRunRecorder(writer, run)
    // A run that waits for nothing is written once it is RUNNING: that is one write less.
    if (run.idempotencyKey !== null || !pool.isFree(call.target)) {
      const earlier = await idempotent.insert(recorder)
      if (earlier) {
        leave()
        return { id: earlier.id, deduplicated: true }
      }
      // Closed while it was written: the next start finds it QUEUED, and never sent.
      jobs.assertOpen()
    }
    const { promise: ended, resolve, reject } = Promise.withResolvers<RunRecord>()
    // A caller that does not ask for the result is not told of its loss; onError is.
    ended.catch(() => undefined)
    const work = async (signal: AbortSignal) => {
      try {
        resolve(await perform({ call, recorder, writer, trace }, signal, reject))
      } catch (lost) {
        reject(lost)
        // Another node has recovered the run; the loss of the lease has been reported.
        if (!isRegistryError(lost, 'LEASE_LOST')) throw lost
      } finally {
        leave()
      }
    }
    trace.within(() => jobs.start(run.id, work))
    cancelOnAbort(jobs, run.id, options.signal)
    cancelAfter(run.id, options.timeoutMs)
    await recorder.stored
    return { id: run.id, deduplicated: false, ended }
  }

  function cancelAfter(id: RunId, timeoutMs: number | undefined): void {
    if (timeoutMs === undefined) return
    const timer = setTimeout(() => {
      const message = `The run did not end within timeoutMs (${timeoutMs} ms)`
      jobs.cancel(id, new RegistryError('TIMEOUT', message, { retryable: true }))
    }, timeoutMs)
    void jobs.ended(id).then(() => clearTimeout(timer))
  }

  return async (call: ToolCall, options: RunOptions): Promise<BegunRun> => {
    jobs.assertOpen()
    checkRunOptions(options, meter)
    const bytes = memoryOf(call.args) + memoryOf(options.metadata ?? {}) + memoryOf(options.variables)
    const begun = toRun(call, options)
    if (!room.hasRoom(bytes)) {
      // A run that is there already takes no room.
      const earlier = await idempotent.find(begun.run)
      if (earlier) return { id: earlier.id, deduplicated: true }
    }
    const leave = room.take(bytes)
    try {
      return await beginInRoom(call, options, { ...begun, leave })
    } catch (error) {
      leave()
      throw error
    }
  }
}
