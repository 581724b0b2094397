import { canonicalDigest } from '../base/canonical-json.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { createId, parseId, type RunId } from '../base/ids.ts'
import { memoryOf } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { Owners } from '../cluster/nodes.ts'
import type { EventBus } from '../events/bus.ts'
import { cancelJob } from '../jobs/cancel-requests.ts'
import { createFloodGate, type FloodGate } from '../jobs/event-throttle.ts'
import { endOfEvents, followJob } from '../jobs/follow-job.ts'
import { createJobWriter } from '../jobs/job-log.ts'
import { abortReason, canceled, type RunningJobs } from '../jobs/running-jobs.ts'
import { type EndedJobStatus, hasEnded, type RunEvent } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { RunJob, RunJobEvent, RunOptions, Runs, ToolRun } from '../registry/registry-api.ts'
import type { ServerStates } from '../status/server-status-store.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { isRunEvent } from './run-event.ts'
import { createRunHistory, toToolRun } from './run-history.ts'
import { checkRunOptions } from './run-options.ts'
import { endedBy, endOf, serversFault } from './run-outcome.ts'
import type { RunPlan } from './run-plan.ts'
import { createRunRecorder, type RunRecorder } from './run-recorder.ts'
import { createRunRoom } from './run-room.ts'

/** The runs of a registry, and how its tools start them. */
export interface RunControl extends Runs {
  /** INVALID_INPUT, IDEMPOTENCY_CONFLICT, CLOSED; LIMIT_EXCEEDED, retryable, where the tenant has too many unfinished. */
  begin(plan: RunPlan, options: RunOptions): Promise<RunJob>
}

export interface RunParts {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly states: ServerStates
  readonly jobs: RunningJobs
  readonly owners: Pick<Owners, 'self'>
  /** How long a key answers its run, in ms. */
  readonly idempotencyKeyMs: number
  readonly meter: BudgetMeter
  readonly telemetry: Telemetry
  readonly onError: (error: unknown) => void
}

interface Begun {
  readonly run: RunRecord
  readonly trace: JobTrace
  /** Gives back what the run takes of its tenant's room; may be called twice. */
  readonly leave: () => void
}

type RunEnd = Pick<RunRecord, 'error' | 'result'> & { readonly status: EndedJobStatus }

export function createRuns(parts: RunParts): RunControl {
  const { storage, bus, states, jobs, owners, idempotencyKeyMs, meter, telemetry, onError } = parts
  const { closing } = jobs
  const history = createRunHistory(storage)
  const room = createRunRoom(meter)

  async function begin(plan: RunPlan, options: RunOptions): Promise<RunJob> {
    jobs.assertOpen()
    checkRunOptions(options, meter)
    const { metadata = {}, variables } = options
    const bytes = memoryOf(plan.args) + memoryOf(metadata) + memoryOf(variables)
    const { run, trace } = toRun(plan, options)
    if (!room.hasRoom(bytes)) {
      // One that is there already takes no room.
      const earlier = await sameRun(run)
      if (earlier) return handle(earlier.id, true)
    }
    const leave = room.take(bytes)
    try {
      return await beginInRoom(plan, options, { run, trace, leave })
    } catch (error) {
      leave()
      throw error
    }
  }

  function toRun({ call, startsAtOnce, ...snapshot }: RunPlan, { idempotencyKey, metadata = {}, actor }: RunOptions) {
    const id = createId('run')
    const { serverId, serverName, toolName, args } = snapshot
    // One that is not begun after all is never ended, and so is no span.
    const trace = telemetry.job({ kind: 'RUN', id, tenantId: storage.tenantId, serverId, serverName, toolName })
    const run: RunRecord = {
      ...snapshot,
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
      ownerId: owners.self,
      actor: actor ?? null,
      traceId: trace.traceId,
    }
    return { run, trace }
  }

  async function beginInRoom({ call, startsAtOnce }: RunPlan, options: RunOptions, begun: Begun): Promise<RunJob> {
    const { run, trace, leave } = begun
    const writer = createJobWriter({ storage, bus, closing, ownerId: owners.self }, run.id)
    const recorder = createRunRecorder(writer, run)
    // A run that waits for nothing is written when it is RUNNING: that is one write less.
    if (run.idempotencyKey !== null || !startsAtOnce()) {
      const earlier = await insert(recorder)
      if (earlier) {
        leave()
        return handle(earlier.id, true)
      }
      // Closed while it was written: the next start finds it QUEUED, and never sent.
      jobs.assertOpen()
    }
    const { promise: ended, resolve, reject } = Promise.withResolvers<RunRecord>()
    // A caller that does not ask for the result is not told of its loss; onError is.
    ended.catch(() => undefined)
    const work = async (abort: AbortSignal) => {
      const gate = createFloodGate((event) => writer.tell(event), meter)
      const end = await perform(recorder, gate, call, abort)
      // The last of what was said stands before the end.
      gate.close()
      const { status, error } = end
      const finished: RunEvent = { type: 'ToolRunFinished', status, ...(error === null ? {} : { error }) }
      try {
        // Committed before any subscriber hears of it: an answer that was given is never forgotten, whatever happens next.
        const isRecorded = await recorder.end({ ...end, finishedAt: Date.now() }, [finished], reject)
        resolve(recorder.run)
        if (isRecorded) trace.ended(status, error)
      } catch (lost) {
        reject(lost)
        trace.lost(lost)
        // Others have settled it; the lease has been reported.
        if (!isRegistryError(lost, 'LEASE_LOST')) throw lost
      } finally {
        leave()
      }
    }
    trace.within(() => jobs.start(run.id, work))
    cancelWith(run.id, options.signal, options.timeoutMs)
    await recorder.stored
    return handle(run.id, false, ended)
  }

  /** Answers the run that has the key already, where there is one. */
  async function insert(recorder: RunRecorder): Promise<RunRecord | undefined> {
    try {
      await recorder.insert()
    } catch (error) {
      if (recorder.run.idempotencyKey === null || !isRegistryError(error, 'IDEMPOTENCY_CONFLICT')) throw error
      const earlier = await sameRun(recorder.run)
      if (earlier) return earlier
      await recorder.insert()
    }
    return undefined
  }

  /** The run that has the key; undefined without a key, and where the key's time was over and it has been given up. */
  async function sameRun(wanted: RunRecord): Promise<RunRecord | undefined> {
    const key = wanted.idempotencyKey
    const earlier = key === null ? undefined : await storage.runs.getByIdempotencyKey(key)
    if (!earlier) return undefined
    if (earlier.createdAt < Date.now() - idempotencyKeyMs) {
      await storage.commit([{ kind: 'updateRun', run: { ...earlier, idempotencyKey: null } }])
      return undefined
    }
    // A run of an earlier version has no digest, and all of its args.
    const argsDigest = earlier.argsDigest ?? canonicalDigest(earlier.args)
    if (earlier.toolId === wanted.toolId && argsDigest === wanted.argsDigest) return earlier
    throw new RegistryError(
      'IDEMPOTENCY_CONFLICT',
      `The idempotency key belongs to ${earlier.id}, a run of "${earlier.toolName}" with another tool or other args`,
      { path: ['idempotencyKey'], details: { jobId: earlier.id, serverId: earlier.serverId } },
    )
  }

  function cancelWith(id: RunId, signal: AbortSignal | undefined, timeoutMs: number | undefined): void {
    const onAbort = () => jobs.cancel(id, canceled('SIGNAL', signal && abortReason(signal)))
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            const message = `The run did not end within timeoutMs (${timeoutMs} ms)`
            jobs.cancel(id, new RegistryError('TIMEOUT', message, { retryable: true }))
          }, timeoutMs)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    void jobs.ended(id).then(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    })
  }

  /** How the run ended, whatever happens: nothing that fails meanwhile is lost. */
  async function perform(
    recorder: RunRecorder,
    gate: FloodGate,
    call: RunPlan['call'],
    signal: AbortSignal,
  ): Promise<RunEnd> {
    const onSending = async () => {
      if (recorder.run.status !== 'QUEUED') return
      signal.throwIfAborted()
      // Committed before the call is sent: after a crash, a run that is not RUNNING had no effect.
      await recorder.step({ status: 'RUNNING', startedAt: Date.now() }, [{ type: 'ToolRunStarted' }])
    }
    try {
      const { outcome, result } = await call({ runId: recorder.run.id, signal, onSending, tell: gate.tell })
      if (!signal.aborted) {
        // What is known of the server is not what became of the run.
        await states.afterRequest(recorder.run.serverId, serversFault(outcome)).catch(onError)
      }
      const caused = outcome.kind === 'CANCELED' && signal.aborted ? endedBy(signal.reason) : endOf(outcome, result)
      return { ...caused, result }
    } catch (cause) {
      if (!signal.aborted && !isRegistryError(cause)) onError(cause)
      return { ...endedBy(signal.aborted ? signal.reason : cause), result: null }
    }
  }

  function idOf(id: string): RunId {
    const runId = parseId('run', id)
    if (!runId) throw new RegistryError('NOT_FOUND', `No run has the id ${id.slice(0, 100)}`, { path: ['id'] })
    return runId
  }

  async function mustGet(id: RunId): Promise<RunRecord> {
    const record = await storage.runs.get(id)
    if (!record) throw new RegistryError('NOT_FOUND', `No run has the id ${id}`, { path: ['id'] })
    return record
  }

  async function wait(id: string): Promise<ToolRun> {
    const runId = idOf(id)
    // Whose it is comes first: of a run of another tenant nobody waits for the end.
    await mustGet(runId)
    await jobs.ended(runId)
    const record = await mustGet(runId)
    if (hasEnded(record.status)) return toToolRun(record)
    await endOfEvents(events(runId))
    return toToolRun(await mustGet(runId))
  }

  async function cancel(id: string, reason?: string): Promise<ToolRun> {
    const runId = idOf(id)
    await cancelJob({ storage, jobs, read: () => mustGet(runId) }, 'CALLER', reason)
    return wait(id)
  }

  function events(id: string, options: Parameters<Runs['events']>[1] = {}) {
    const jobId = idOf(id)
    return followJob<RunId, RunJobEvent>(
      {
        storage,
        bus,
        jobId,
        exists: async () => (await storage.runs.get(jobId)) !== undefined,
        present: async (page) =>
          page.map(({ event, located }) => (isRunEvent(event) ? { ...event, ...located } : undefined)),
      },
      options,
    )
  }

  /** `ended` is the record of a run that this handle's call started, which need not be read again. */
  function handle(id: RunId, deduplicated: boolean, ended?: Promise<RunRecord>): RunJob {
    return {
      id,
      deduplicated,
      events: (options) => events(id, options),
      async result() {
        try {
          return ended ? toToolRun(await ended) : await wait(id)
        } catch (error) {
          if (!isRegistryError(error, 'LEASE_LOST')) throw error
          // How it ended is what those say who settled it.
          return wait(id)
        }
      },
      cancel: async (reason) => {
        await cancel(id, reason)
      },
    }
  }

  return { ...history, begin, events, wait, cancel }
}
