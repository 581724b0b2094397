/** The actor of an API without keys, which is the same of all that is done. */
const anonymous = 'anonymous'

/** Who did something, if the API tells its callers apart; undefined otherwise. */
export const namedActor = (actor: string | null): string | undefined =>
  actor === null || actor === anonymous ? undefined : actor
