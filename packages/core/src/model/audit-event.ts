import type { ErrorCode } from '../base/errors.ts'
import type { AuditEventId } from '../base/ids.ts'

/** The action that was done, or refused. */
export type AuditAction =
  | 'SERVER_CREATED'
  | 'SERVER_UPDATED'
  | 'SERVER_DELETED'
  /** A browser was sent to the authorization server. */
  | 'SERVER_AUTH_BEGUN'
  | 'SERVER_CONNECTED'
  | 'SERVER_DISCONNECTED'
  | 'TOOL_UPDATED'
  | 'TOOL_APPROVED'
  /** Its target is the server, named by the URI. */
  | 'RESOURCE_READ'
  /** A caller began to follow resources. Its target is the server, named by their URIs. */
  | 'RESOURCE_FOLLOWED'
  | 'PROMPT_RENDERED'
  | 'KEY_ADDED'
  | 'KEY_REVOKED'
  /** A run that waited for an approval was decided. */
  | 'RUN_APPROVED'
  | 'RUN_REJECTED'
  /** What the server of a run asked for was answered, or a part of it. */
  | 'RUN_ANSWERED'
  /** Only refused runs: the others are in the history, with their actor. */
  | 'TOOL_RUN'
  /** Only refused access: a request with an expired key. */
  | 'ACCESS'
  /** An operation that the caller's scopes do not allow. */
  | 'OPERATION'

/** One action with its actor, done or refused. It holds no secrets: changed members are named, without values. */
export interface AuditRecord {
  readonly id: AuditEventId
  /** Time of the record, in epoch ms. */
  readonly at: number
  /** Number of equal refusals that it stands for; 1 for any other event. */
  readonly count: number
  /** Times of the first and the last of them, in epoch ms; `at` for one. */
  readonly firstAt: number
  readonly lastAt: number
  /** The actor that the caller named; null if it named none. */
  readonly actor: string | null
  readonly action: AuditAction
  /** The error code of a refused action; null for one that was done. */
  readonly refusedWith: ErrorCode | null
  /** The id of the target; null if it had none yet. */
  readonly targetId: string | null
  readonly targetName: string | null
  /** Names of the members that were changed or requested. */
  readonly fields: readonly string[]
}
