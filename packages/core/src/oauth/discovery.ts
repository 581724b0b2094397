import { invalidInput, RegistryError } from '../base/errors.ts'
import type { OAuthEndpoints } from '../model/oauth.ts'
import { namesIssuer } from '../model/oauth-issuer.ts'
import { parseScopes } from '../model/oauth-scopes.ts'
import { discoveryError } from './failures.ts'
import { type ForeignRequests, shown } from './foreign-fetch.ts'
import type { Sdk } from './sdk.ts'
import { secureUrl } from './secure-url.ts'

/** A protected resource, and the authorization servers that it names (RFC 9728). */
export interface DiscoveredResource {
  /** RFC 8707, as the metadata has it. */
  readonly resource: string
  readonly scopes: readonly string[]
  /** At least one. */
  readonly issuers: readonly string[]
  /** There is no metadata: the resource has to be its own authorization server, if there is one. */
  readonly isGuessed: boolean
}

/** An authorization server by its metadata (RFC 8414, OpenID Connect Discovery). */
export interface DiscoveredServer {
  readonly endpoints: OAuthEndpoints
  /** Undefined for a server that serves no browsers. */
  readonly authorizationEndpoint: string | undefined
  readonly registrationEndpoint: string | undefined
  readonly takesMetadataDocuments: boolean
  readonly takesPkce: boolean
  /** Whether it names itself in its answers to browsers (RFC 9207). */
  readonly namesIssuer: boolean
  readonly scopes: readonly string[]
  /** For the SDK's functions. */
  readonly metadata: NonNullable<Awaited<ReturnType<Sdk['discoverAuthorizationServerMetadata']>>>
}

const maxIssuers = 20
/** Longest issuer, in characters: it is a part of keys. */
const maxIssuerLength = 1_000
/** Longest resource, in characters: it is a part of URLs that browsers open. */
const maxResourceLength = 2_000

/**
 * Finds the metadata of a resource: at `metadataUrl`, which its challenge names, or at the well-known URLs with the path and
 * without. A server without any is of a revision before 2025-06-18: its own origin is the authorization server.
 *
 * @throws CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT, AUTH_REQUIRED
 */
export async function discoverResource(
  sdk: Sdk,
  serverUrl: string,
  metadataUrl: string | null,
  requests: ForeignRequests,
): Promise<DiscoveredResource> {
  // Tokens would go there in clear text.
  secureUrl(serverUrl, 'The URL of a server that uses OAuth')
  const resourceMetadataUrl = metadataUrl === null ? undefined : secureUrl(metadataUrl, 'The URL of its metadata')
  const options = resourceMetadataUrl ? { resourceMetadataUrl } : {}
  const url = sdk.resourceUrlFromServerUrl(serverUrl)
  let found: Awaited<ReturnType<Sdk['discoverOAuthProtectedResourceMetadata']>>
  try {
    found = await sdk.discoverOAuthProtectedResourceMetadata(serverUrl, options, requests.fetch)
  } catch (error) {
    const { lastStatus } = requests
    const isMissing = lastStatus !== undefined && lastStatus >= 400 && lastStatus < 500
    if (isMissing && metadataUrl === null) {
      return { resource: url.href, scopes: [], issuers: [url.origin], isGuessed: true }
    }
    throw retryableIf(lastStatus, discoveryError(error, `The metadata of the resource ${shown(serverUrl)} (RFC 9728)`))
  }
  if (!sdk.checkResourceAllowed({ requestedResource: url, configuredResource: found.resource })) {
    const message = `${shown(serverUrl)} has the metadata of another resource, ${shown(found.resource)} (RFC 9728 section 3.3); no token is asked for`
    throw new RegistryError('AUTH_REQUIRED', message)
  }
  assertResource(found.resource)
  const issuers = (found.authorization_servers ?? []).slice(0, maxIssuers)
  if (issuers.length === 0) issuers.push(url.origin)
  return { resource: found.resource, scopes: parseScopes(found.scopes_supported?.join(' ')), issuers, isGuessed: false }
}

/**
 * Reads the metadata of an authorization server, whose issuer has to be `issuer` (RFC 8414 section 3.3). Nothing of it is
 * guessed.
 *
 * @throws CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT
 */
export async function discoverServer(sdk: Sdk, issuer: string, requests: ForeignRequests): Promise<DiscoveredServer> {
  const what = `The authorization server ${shown(issuer)}`
  secureUrl(issuer, what)
  if (issuer.length > maxIssuerLength) {
    throw new RegistryError('LIMIT_EXCEEDED', `${what} has an issuer of over ${maxIssuerLength} characters`)
  }
  let metadata: DiscoveredServer['metadata'] | undefined
  try {
    metadata = await sdk.discoverAuthorizationServerMetadata(issuer, { fetchFn: requests.fetch })
  } catch (error) {
    throw retryableIf(requests.lastStatus, discoveryError(error, what))
  }
  if (metadata === undefined) {
    throw new RegistryError('CONNECT_FAILED', `${what} has no metadata (RFC 8414, OpenID Connect Discovery)`)
  }
  const { authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint } = metadata
  if (tokenEndpoint === undefined) throw new RegistryError('CONNECT_FAILED', `${what} has no token endpoint`)
  secureUrl(tokenEndpoint, 'Its token endpoint')
  if (authorizationEndpoint !== undefined) secureUrl(authorizationEndpoint, 'Its authorization endpoint')
  return {
    endpoints: {
      issuer: metadata.issuer,
      tokenEndpoint,
      revocationEndpoint: textOf(metadata, 'revocation_endpoint') ?? null,
      clientAuthMethods: metadata.token_endpoint_auth_methods_supported ?? [],
    },
    authorizationEndpoint,
    registrationEndpoint: metadata.registration_endpoint,
    takesMetadataDocuments: flagOf(metadata, 'client_id_metadata_document_supported'),
    takesPkce: metadata.code_challenge_methods_supported?.includes('S256') ?? false,
    namesIssuer: flagOf(metadata, 'authorization_response_iss_parameter_supported'),
    scopes: parseScopes(metadata.scopes_supported?.join(' ')),
    metadata,
  }
}

/**
 * The authorization server to use: the one that the owner set, or that already granted, or else the first.
 * @throws INVALID_INPUT for no issuer that the owner allows
 */
export function chooseIssuer(
  { issuers }: DiscoveredResource,
  wanted: { readonly configured: string | null; readonly known: string | undefined },
): string {
  if (wanted.configured !== null) return wanted.configured
  const known = issuers.find((each) => wanted.known !== undefined && namesIssuer(each, wanted.known))
  const [first] = issuers
  if (first === undefined) throw invalidInput(['serverId'], 'The server names no authorization server')
  return known ?? first
}

/** RFC 8707 section 2: no fragment. It goes into URLs that people see, so it has no credentials and no great length either. */
function assertResource(resource: string): void {
  const { username, password } = new URL(resource)
  const hasCredentials = username !== '' || password !== ''
  if (!resource.includes('#') && !hasCredentials && resource.length <= maxResourceLength) return
  const message = `The metadata of ${shown(resource)} names a resource with a fragment or credentials, or of over ${maxResourceLength} characters (RFC 8707 section 2)`
  throw new RegistryError('CONNECT_FAILED', message)
}

function flagOf(metadata: object, name: string): boolean {
  return name in metadata && Object.getOwnPropertyDescriptor(metadata, name)?.value === true
}

function textOf(metadata: object, name: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(metadata, name)?.value
  return typeof value === 'string' ? value : undefined
}

/** Whether the server may be well again later is told by its status. */
function retryableIf(status: number | undefined, error: RegistryError): RegistryError {
  if (status === undefined || (status < 500 && status !== 429) || error.code !== 'CONNECT_FAILED') return error
  return new RegistryError(error.code, `${error.message} (HTTP ${status})`, { cause: error, retryable: true })
}
