import { invalidInput } from '../base/errors.ts'

const maxActorLength = 255

/** The actor of a change, for the audit: the id of a key or a person. At most 255 characters. */
export interface ActorOptions {
  readonly actor?: string | undefined
}

/** Throws INVALID_INPUT unless the actor is text of at most 255 characters. */
export function checkActor(actor: string | undefined): void {
  if (actor === undefined || (typeof actor === 'string' && actor.length <= maxActorLength)) return
  throw invalidInput(['actor'], `actor: expected text of at most ${maxActorLength} characters, got something else`)
}
