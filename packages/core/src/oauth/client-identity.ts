import { RegistryError } from '../base/errors.ts'
import { inTurn, type Turns } from '../budgets/turns.ts'
import type { OAuthClientRegistration, OAuthConfig } from '../model/oauth.ts'
import type { DiscoveredServer } from './discovery.ts'
import { discoveryError } from './failures.ts'
import { type ForeignRequests, shown } from './foreign-fetch.ts'
import type { OAuthOptions, ResolvedOAuthOptions } from './options.ts'
import { registrationOf } from './registration.ts'
import { resolveOAuth } from './resolve-options.ts'
import type { Sdk } from './sdk.ts'
import { isLoopbackHost } from './secure-url.ts'
import type { Vault } from './vault.ts'

/** The client as an authorization server knows it. */
export interface ClientIdentity {
  readonly clientId: string
  readonly registration: OAuthClientRegistration
}

export interface IdentityDeps {
  readonly vault: Vault
  readonly options: ResolvedOAuthOptions
  /** One registration at a time for an issuer and redirect URI. */
  readonly registering: Turns<string>
}

export interface IdentityRequest {
  readonly config: OAuthConfig
  readonly server: DiscoveredServer
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly signal: AbortSignal
}

/** The members of a client's metadata (RFC 7591 section 2), in its document and at registration. */
export function clientMetadata(redirectUris: readonly string[], clientName: string) {
  return {
    client_name: clientName,
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    // OpenID Connect Registration section 2: a native application may be called back over http on its own machine.
    application_type: redirectUris.every(isLoopbackUri) ? 'native' : 'web',
  }
}

/**
 * The client's metadata document (CIMD), to be served at `clientMetadataUrl` as application/json; undefined without that
 * URL. `options` are those of the registry.
 * @throws INVALID_INPUT that names the option
 */
export function clientMetadataDocument(options: OAuthOptions): Readonly<Record<string, unknown>> | undefined {
  const { clientMetadataUrl, callbackUrl, redirectUris, clientName } = resolveOAuth(options)
  if (clientMetadataUrl === undefined) return undefined
  const all = [...(callbackUrl === undefined ? [] : [callbackUrl]), ...redirectUris]
  return { client_id: clientMetadataUrl, ...clientMetadata(all, clientName) }
}

export function isLoopbackUri(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).protocol === 'http:' && isLoopbackHost(new URL(uri).hostname)
}

/**
 * The client's identity at an authorization server: that which the owner set; the metadata document, where the server takes
 * such and it names the redirect URI; or a registration, which is made once for an issuer and redirect URI.
 *
 * @throws AUTH_REQUIRED if there is no way to be known there; CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT
 */
export async function identifyClient(
  sdk: Sdk,
  request: IdentityRequest,
  deps: IdentityDeps,
  requests: ForeignRequests,
): Promise<ClientIdentity> {
  const { config, server, redirectUri } = request
  const { options, registering } = deps
  if (config.clientId !== null) return { clientId: config.clientId, registration: 'PRE_REGISTERED' }
  const { clientMetadataUrl, callbackUrl, redirectUris } = options
  const isInDocument = redirectUri === callbackUrl || redirectUris.includes(redirectUri)
  if (server.takesMetadataDocuments && clientMetadataUrl !== undefined && isInDocument) {
    return { clientId: clientMetadataUrl, registration: 'METADATA_DOCUMENT' }
  }
  const place = JSON.stringify([server.endpoints.issuer, redirectUri])
  return await inTurn(registering, place, request.signal, () => register(sdk, request, deps, requests))
}

async function register(
  sdk: Sdk,
  { server, redirectUri, scopes }: IdentityRequest,
  { vault, options }: IdentityDeps,
  requests: ForeignRequests,
): Promise<ClientIdentity> {
  const { issuer } = server.endpoints
  const known = await vault.client(issuer, redirectUri)
  if (known) return { clientId: known.client_id, registration: 'DYNAMIC' }
  if (server.registrationEndpoint === undefined) throw unknownClient(issuer)
  try {
    const answer = await sdk.registerClient(issuer, {
      metadata: server.metadata,
      clientMetadata: clientMetadata([redirectUri], options.clientName),
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      fetchFn: requests.fetch,
    })
    // Another node may have registered meanwhile: the client that all use is the one that is stored.
    const earlier = await vault.client(issuer, redirectUri)
    if (earlier) return { clientId: earlier.client_id, registration: 'DYNAMIC' }
    const information = registrationOf(answer, redirectUri, `The authorization server ${shown(issuer)}`)
    await vault.keepClient(issuer, redirectUri, information)
    return { clientId: information.client_id, registration: 'DYNAMIC' }
  } catch (error) {
    throw discoveryError(error, `The authorization server ${shown(issuer)}`)
  }
}

function unknownClient(issuer: string): RegistryError {
  const message = `The authorization server ${shown(issuer)} registers no clients by itself: register one there by hand, and set its clientId (and clientSecret) in the server's auth`
  return new RegistryError('AUTH_REQUIRED', message)
}
