import { invalidInput } from '../base/errors.ts'

const maxActorLength = 255

/** Who asks for a change, for the audit: the id of a key, of a person. At most 255 characters. */
export interface ActorOptions {
  readonly actor?: string | undefined
}

/** INVALID_INPUT for the name of an actor that is too long. */
export function checkActor(actor: string | undefined): void {
  if (actor === undefined || (typeof actor === 'string' && actor.length <= maxActorLength)) return
  throw invalidInput(['actor'], `actor: expected text of at most ${maxActorLength} characters, got something else`)
}
