import type { JsonObject } from '../base/json.ts'
import type { RunRecord } from '../model/job.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'

/** A call that is ready to be sent: everything that can be checked before was checked. */
export type ToolCall = Pick<RunRecord, 'serverId' | 'serverName' | 'toolId' | 'toolName' | 'args' | 'recorded'> & {
  readonly target: DialTarget
  /** The tool's, which may have args sent as headers as well. */
  readonly inputSchema: JsonObject | undefined
  /** The tool's definition as it is stored, by which a change of it is seen. */
  readonly definitionText: string
  /** Whether a run of it waits for an approval before anything is sent. */
  readonly needsApproval: boolean
  readonly timeouts: McpTimeouts
  /** Whether the tool may be called twice: it is annotated as read-only or idempotent. */
  readonly isRepeatable: boolean
  /** The parts of the args that could not be checked; undefined if everything was. */
  readonly unchecked: string | undefined
  /** Characters of the result that are kept. */
  readonly charLimit: number
  readonly configFingerprint: string
}
