import { isRegistryError } from '../base/errors.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { createEventThrottle, type EventThrottle } from '../jobs/event-throttle.ts'
import type { JobWriter } from '../jobs/job-writer.ts'
import type { EndedJobStatus, RunEvent } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { JobTrace } from '../telemetry/job-trace.ts'
import { callTool } from './call-tool.ts'
import { endedBy, endOf, serverFailure } from './run-outcome.ts'
import type { RunRecorder } from './run-recorder.ts'
import type { ToolCall } from './tool-call.ts'

export interface PerformRunDeps {
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly meter: BudgetMeter
  readonly onError: (error: unknown) => void
}

/** A run that may begin, with everything that it writes to. */
export interface RunToPerform {
  readonly call: ToolCall
  readonly recorder: RunRecorder
  readonly writer: JobWriter
  readonly trace: JobTrace
}

type RunEnd = Pick<RunRecord, 'error' | 'result'> & { readonly status: EndedJobStatus }

/** Answers the function that takes a run to its end. It resolves once the end is committed, and rejects if the end is lost. */
export function createRunPerformer({ pool, statuses, meter, onError }: PerformRunDeps) {
  /** Calls the tool and answers how the run ends. Never rejects, so no failure is lost. */
  async function endOfCall(
    { call, recorder }: RunToPerform,
    throttle: EventThrottle,
    signal: AbortSignal,
  ): Promise<RunEnd> {
    const { id: runId, serverId } = recorder.run
    const beforeSend = async () => {
      if (recorder.run.status !== 'QUEUED') return
      signal.throwIfAborted()
      // Committed before the call is sent: after a crash, a run that is not RUNNING had no effect.
      await recorder.step({ status: 'RUNNING', startedAt: Date.now() }, [{ type: 'ToolRunStarted' }])
    }
    try {
      const { outcome, result } = await callTool(pool, call, { runId, signal, beforeSend, emit: throttle.push })
      if (!signal.aborted) {
        // A failure to store the server's status must not fail the run.
        await statuses.afterRequest(serverId, serverFailure(outcome)).catch(onError)
      }
      const end = outcome.kind === 'CANCELED' && signal.aborted ? endedBy(signal.reason) : endOf(outcome, result)
      return { ...end, result }
    } catch (cause) {
      if (!signal.aborted && !isRegistryError(cause)) onError(cause)
      return { ...endedBy(signal.aborted ? signal.reason : cause), result: null }
    }
  }

  return async (
    run: RunToPerform,
    signal: AbortSignal,
    /** Receives the first failure to commit the end, which is retried. */
    onDelay: (error: unknown) => void,
  ): Promise<RunRecord> => {
    const { recorder, writer, trace } = run
    const throttle = createEventThrottle((event) => writer.append(event), meter)
    const end = await endOfCall(run, throttle, signal)
    // The server's last output stands before the end.
    throttle.close()
    const { status, error } = end
    const finished: RunEvent = { type: 'ToolRunFinished', status, ...(error === null ? {} : { error }) }
    try {
      // Committed before any subscriber receives it: an answer that was given is never lost.
      const isRecorded = await recorder.end({ ...end, finishedAt: Date.now() }, [finished], onDelay)
      if (isRecorded) trace.ended(status, error)
      return recorder.run
    } catch (lost) {
      trace.lost(lost)
      throw lost
    }
  }
}

export type RunPerformer = ReturnType<typeof createRunPerformer>
