/** The place of a text in a server's configuration. */
export interface Place {
  readonly member: readonly string[]
  /** Whether the value may come from an environment variable or the provider. */
  readonly isSecret: boolean
  readonly takesTemplates: boolean
}
