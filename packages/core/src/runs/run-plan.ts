import type { RunId } from '../base/ids.ts'
import type { FloodGate } from '../jobs/event-throttle.ts'
import type { RunRecord } from '../model/job.ts'
import type { CallOutcome } from '../sessions/session.ts'

/** A call as it is to be made; what it needs of a server was checked before. */
export type RunPlan = Pick<RunRecord, 'serverId' | 'serverName' | 'toolId' | 'toolName' | 'args' | 'recorded'> & {
  /** Makes the call. `onSending` is awaited right before it is sent. */
  readonly call: (
    during: CallDuring,
  ) => Promise<{ readonly outcome: CallOutcome; readonly result: RunRecord['result'] }>
  /** Whether `call` would come to `onSending` without waiting. */
  readonly startsAtOnce: () => boolean
}

export interface CallDuring {
  readonly runId: RunId
  readonly signal: AbortSignal
  readonly onSending: () => Promise<void>
  /** Tells of what the server says meanwhile. */
  readonly tell: FloodGate['tell']
}
