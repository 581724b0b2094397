import type { Cancellation } from '../base/cancellation.ts'
import type { RunId } from '../base/ids.ts'
import type { EventThrottle } from '../jobs/event-throttle.ts'
import type { RunInput } from './run-input.ts'

/** The hooks of a run around its call. */
export interface CallHooks {
  readonly runId: RunId
  /** Ends the call when the run is cancelled. */
  readonly cancellation: Cancellation
  /** Called right before the call is sent, and awaited if it answers a promise. */
  readonly beforeSend: () => Promise<void> | undefined
  /** The server's requests for input. */
  readonly input: RunInput
  /** Receives the server's progress and output. */
  readonly emit: EventThrottle['push']
}
