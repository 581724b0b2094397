/** What this registry is to authorization servers. */
export interface OAuthOptions {
  /**
   * Where browsers come back to unless `servers.beginAuth` names another URI: the route that passes what came to
   * `servers.completeAuth`. @default none: each `beginAuth` names its redirect URI
   */
  readonly callbackUrl?: string
  /** Further redirect URIs that `beginAuth` may be given, compared as they are. Loopback ones always may. @default none */
  readonly redirectUris?: readonly string[]
  /**
   * The URL of the client's metadata document (`clientMetadataDocument`), which is the client id at servers that take such
   * documents. https, with a path. @default none
   */
  readonly clientMetadataUrl?: string
  /** The name that people see on consent pages. @default 'toolyard' */
  readonly clientName?: string
}

export interface ResolvedOAuthOptions {
  readonly callbackUrl: string | undefined
  readonly redirectUris: readonly string[]
  readonly clientMetadataUrl: string | undefined
  readonly clientName: string
}
