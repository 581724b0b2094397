import type { RunId } from '../base/ids.ts'
import type { EventThrottle } from '../jobs/event-throttle.ts'
import type { RunInput } from './run-input.ts'

/** The hooks of a run around its call. */
export interface CallHooks {
  readonly runId: RunId
  readonly signal: AbortSignal
  /** Awaited right before the call is sent. */
  readonly beforeSend: () => Promise<void>
  /** The server's requests for input. */
  readonly input: RunInput
  /** Receives the server's progress and output. */
  readonly emit: EventThrottle['push']
}
