import type { Cancellation } from '../base/cancellation.ts'
import { isRegistryError, type RegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { createEventThrottle, type EventThrottle } from '../jobs/event-throttle.ts'
import type { JobWriter } from '../jobs/job-writer.ts'
import type { EndedJobStatus, RunEvent } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { InputAsked } from '../sessions/session.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import { callTool } from './call-tool.ts'
import type { RunInput } from './run-input.ts'
import { endedBy, endOf, serverFailure } from './run-outcome.ts'
import type { RunPauses } from './run-pauses.ts'
import type { RunRecorder } from './run-recorder.ts'
import type { ToolCall } from './tool-call.ts'

export interface PerformRunDeps {
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly meter: BudgetMeter
  readonly pauses: RunPauses
  readonly onError: (error: unknown) => void
}

/** A run that may begin, with everything that it writes to. */
export interface RunToPerform {
  readonly call: ToolCall
  readonly recorder: RunRecorder
  readonly writer: JobWriter
  readonly trace: JobTrace
  readonly input: RunInput
}

const started: readonly RunEvent[] = [{ type: 'ToolRunStarted' }]

/** Whether the run has to end. A registry that closes leaves a run that waits as it is. */
function isCanceled({ error }: Cancellation): boolean {
  return error !== undefined && !(error.code === 'CANCELED' && error.details.canceledBy === 'REGISTRY_CLOSED')
}

type RunEnd = Pick<RunRecord, 'error' | 'result'> & { readonly status: EndedJobStatus }

/** What the call of a run came to: its end, or what its server asks for before. */
type CallCameTo = RunEnd | { readonly asked: InputAsked }

/**
 * Answers the function that takes a run to its end, or to where its server asks for input and holds nothing. It resolves once
 * that is committed, and rejects if it is lost.
 */
export function createRunPerformer({ pool, statuses, meter, pauses, onError }: PerformRunDeps) {
  /** Calls the tool and answers what that came to. Never rejects, so no failure is lost. */
  async function endOfCall(
    { call, recorder, input }: RunToPerform,
    throttle: EventThrottle,
    cancellation: Cancellation,
  ): Promise<CallCameTo> {
    const { id: runId, serverId } = recorder.run
    const beforeSend = () => {
      if (recorder.run.status !== 'QUEUED') return undefined
      if (cancellation.error) throw cancellation.error
      // Committed before the call is sent: after a crash, a run that is not RUNNING had no effect.
      return recorder.step({ status: 'RUNNING', startedAt: Date.now() }, started)
    }
    const emit: EventThrottle['push'] = (event) => throttle.push(event)
    try {
      const { outcome, result } = await callTool(pool, call, { runId, cancellation, beforeSend, input, emit })
      const storing = cancellation.error ? undefined : storeStatus(serverId, serverFailure(outcome))
      if (storing) await storing
      if (outcome.kind === 'INPUT_REQUIRED') {
        return isCanceled(cancellation) ? { ...endedBy(cancellation.error), result: null } : { asked: outcome.asked }
      }
      const { status, error } =
        outcome.kind === 'CANCELED' && cancellation.error ? endedBy(cancellation.error) : endOf(outcome, result)
      return { status, error, result }
    } catch (cause) {
      if (!cancellation.error && !isRegistryError(cause)) onError(cause)
      return { ...endedBy(cancellation.error ?? cause), result: null }
    }
  }

  /** A failure to store the server's status must not fail the run. */
  function storeStatus(serverId: ServerId, failure: RegistryError | undefined): Promise<void> | undefined {
    if (failure === undefined && !statuses.isFailing(serverId)) return undefined
    return statuses.afterRequest(serverId, failure).catch(onError)
  }

  /** Has the run wait; answers how it ends if it may not. */
  async function pausedBy(
    { input, trace, recorder }: RunToPerform,
    asked: InputAsked,
    cancellation: Cancellation,
    onDelay: (error: unknown) => void,
  ): Promise<RunEnd | 'PAUSED'> {
    try {
      const pause = await input.pause(asked, onDelay)
      trace.paused()
      // Cancelled while that was stored.
      if (isCanceled(cancellation)) await pauses.end(recorder.run, pause, endedBy(cancellation.error))
      return 'PAUSED'
    } catch (error) {
      if (isRegistryError(error, 'LIMIT_EXCEEDED')) return { ...endedBy(error), result: null }
      trace.lost(error)
      throw error
    }
  }

  return async (
    run: RunToPerform,
    cancellation: Cancellation,
    /** Receives the first failure to commit the end, which is retried. */
    onDelay: (error: unknown) => void,
  ): Promise<RunRecord> => {
    const { recorder, writer, trace, input } = run
    const throttle = createEventThrottle((event) => writer.append(event), meter)
    const cameTo = await endOfCall(run, throttle, cancellation)
    // The server's last output stands before the end.
    throttle.close()
    const closing = input.close(onDelay)
    if (closing) await closing
    const end = 'asked' in cameTo ? await pausedBy(run, cameTo.asked, cancellation, onDelay) : cameTo
    if (end === 'PAUSED') return recorder.run
    const { status, error, result } = end
    const finished: RunEvent =
      error === null ? { type: 'ToolRunFinished', status } : { type: 'ToolRunFinished', status, error }
    try {
      // Committed before any subscriber receives it: an answer that was given is never lost.
      const isRecorded = await recorder.end({ status, error, result, finishedAt: Date.now() }, [finished], onDelay)
      if (isRecorded) trace.ended(status, error)
      return recorder.run
    } catch (lost) {
      trace.lost(lost)
      throw lost
    }
  }
}

export type RunPerformer = ReturnType<typeof createRunPerformer>
