import type { OAuthOptions } from '@toolyard/core'

/** Where an authorization server sends a browser back. */
export const callbackPath = '/oauth/callback'
/** Where an authorization server reads what this client is. */
export const clientMetadataPath = '/oauth/client-metadata.json'

/** The address that browsers and authorization servers know, and the redirect URIs of front ends. */
export interface PublicAddress {
  /** Without a slash at its end; undefined: the server is reached where it listens, on this machine. */
  readonly publicUrl: string | undefined
  readonly oauthRedirects: readonly string[]
}

/** The registry's options for what the server answers at these paths. */
export function oauthOptionsOf({ publicUrl, oauthRedirects }: PublicAddress): OAuthOptions {
  return {
    redirectUris: oauthRedirects,
    ...(publicUrl === undefined ? {} : { callbackUrl: publicUrl + callbackPath }),
    // An authorization server takes a client's document by https only.
    ...(publicUrl?.startsWith('https:') ? { clientMetadataUrl: publicUrl + clientMetadataPath } : {}),
  }
}
