import type { RunId } from '../base/ids.ts'
import type { EventThrottle } from '../jobs/event-throttle.ts'
import type { RunRecord } from '../model/job.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'

/** A call as it is to be made: everything that can be checked before it is sent was checked. */
export type ToolCall = Pick<RunRecord, 'serverId' | 'serverName' | 'toolId' | 'toolName' | 'args' | 'recorded'> & {
  readonly target: DialTarget
  readonly timeouts: McpTimeouts
  /** Whether a second call changes nothing: the tool is annotated as read-only or idempotent. */
  readonly isRepeatable: boolean
  /** The parts of the args that could not be checked; undefined if all were. */
  readonly unchecked: string | undefined
  /** Characters of the result that are kept. */
  readonly charLimit: number
  readonly configFingerprint: string
}

/** What a run does around its call. */
export interface CallHooks {
  readonly runId: RunId
  readonly signal: AbortSignal
  /** Awaited right before the call is sent. */
  readonly beforeSend: () => Promise<void>
  /** Receives what the server says meanwhile. */
  readonly emit: EventThrottle['push']
}
