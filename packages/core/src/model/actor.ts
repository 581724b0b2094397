/** Who asks for a change, for the audit: the id of a key, of a person. At most 255 characters. */
export interface ActorOptions {
  readonly actor?: string | undefined
}
