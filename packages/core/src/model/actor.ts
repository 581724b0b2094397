import { invalidInput } from '../base/errors.ts'

const maxActorLength = 255

/** The actor of a change, for the audit: the id of a key or a person. At most 255 characters. */
export interface ActorOptions {
  readonly actor?: string | undefined
}

/** The actor of a change that may have runs go on without an approval. */
export interface ApprovalActorOptions extends ActorOptions {
  /**
   * Whether the actor may loosen an approval policy, which is FORBIDDEN otherwise; for layers that know what their callers
   * may do. @default true
   */
  readonly mayLoosenApproval?: boolean | undefined
}

/** Throws INVALID_INPUT unless the actor is text of at most 255 characters. */
export function checkActor(actor: string | undefined): void {
  if (actor === undefined || (typeof actor === 'string' && actor.length <= maxActorLength)) return
  throw invalidInput(['actor'], `actor: expected text of at most ${maxActorLength} characters, got something else`)
}
