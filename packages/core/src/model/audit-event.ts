import type { ErrorCode } from '../base/errors.ts'
import type { AuditEventId } from '../base/ids.ts'

/** What was done, or refused. */
export type AuditAction =
  | 'SERVER_CREATED'
  | 'SERVER_UPDATED'
  | 'SERVER_DELETED'
  | 'TOOL_UPDATED'
  | 'TOOL_APPROVED'
  | 'KEY_ADDED'
  | 'KEY_REVOKED'
  /** Only where it was refused: what was run is in the history, with its actor. */
  | 'TOOL_RUN'
  /** Only where it was refused: somebody came with a key that has expired. */
  | 'ACCESS'
  /** An operation that the caller's scopes do not allow. */
  | 'OPERATION'

/** Who did what, or was refused it. Nothing in it is a secret: what was changed is told by name. */
export interface AuditRecord {
  readonly id: AuditEventId
  /** Epoch ms: when it was written. */
  readonly at: number
  /** How many equal refusals it stands for; 1 but for those that were counted. */
  readonly count: number
  /** Epoch ms of the first and of the last of them; as `at` for one. */
  readonly firstAt: number
  readonly lastAt: number
  /** As the caller said who acts; null where nobody said. */
  readonly actor: string | null
  readonly action: AuditAction
  /** The code of the error for what was refused; null for what was done. */
  readonly refusedWith: ErrorCode | null
  /** The id of what it was done to; null where there was none yet. */
  readonly targetId: string | null
  readonly targetName: string | null
  /** Which members were changed or asked for, by name. */
  readonly fields: readonly string[]
}
