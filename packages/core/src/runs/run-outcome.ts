import { type JobError, type RegistryError, toJobError } from '../base/errors.ts'
import type { EndedJobStatus } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { CallOutcome } from '../sessions/session.ts'

/** The end of a run, by the outcome of its call. */
export function endOf(
  outcome: Exclude<CallOutcome, { kind: 'INPUT_REQUIRED' }>,
  result: RunRecord['result'],
): { status: EndedJobStatus; error: JobError | null } {
  switch (outcome.kind) {
    case 'ANSWERED':
      return { status: result?.status === 'ERROR' ? 'FAILED' : 'SUCCEEDED', error: null }
    case 'REFUSED':
    case 'NOT_SENT':
    case 'UNSENDABLE':
    case 'UNANSWERABLE':
      return { status: 'FAILED', error: toJobError(outcome.error) }
    case 'LOST':
      return { status: 'OUTCOME_UNKNOWN', error: toJobError(outcome.error) }
    case 'TIMED_OUT':
      return { status: 'TIMED_OUT', error: toJobError(outcome.error) }
    case 'CANCELED':
      return { status: 'CANCELED', error: toJobError(outcome.error) }
  }
}

/** The server's failure in an outcome; undefined if the server answered, even with an error. */
export function serverFailure(outcome: CallOutcome): RegistryError | undefined {
  const { kind } = outcome
  if (kind === 'ANSWERED' || kind === 'CANCELED' || kind === 'INPUT_REQUIRED') return undefined
  if (kind === 'UNSENDABLE' || kind === 'UNANSWERABLE') return undefined
  const { jsonRpcCode, authentication, httpStatus } = outcome.error.details
  // The scopes that were granted suffice for other tools.
  const isStepUp = authentication === 'OAUTH' && httpStatus === 403
  return jsonRpcCode === undefined && !isStepUp ? outcome.error : undefined
}

/** The end of a run without an answer, by the reason that stopped it. */
export function endedBy(reason: unknown): { status: EndedJobStatus; error: JobError } {
  const error = toJobError(reason)
  if (error.code === 'CANCELED') return { status: 'CANCELED', error }
  return { status: error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'FAILED', error }
}
