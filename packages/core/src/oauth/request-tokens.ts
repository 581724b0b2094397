import type { DpopSession, OAuthClientProvider, OAuthTokens as SdkTokens } from '@modelcontextprotocol/client'
import { isRegistryError } from '../base/errors.ts'
import type { OAuthIdpConfig } from '../model/oauth.ts'
import { checkedTokens } from './checked-tokens.ts'
import { type AuthenticationRequest, authenticateClient, type ReadSecret } from './client-authentication.ts'
import { type DiscoveredServer, discoverServer } from './discovery.ts'
import { authRequired } from './failures.ts'
import { withoutForeignText } from './foreign-error.ts'
import { type ForeignRequests, shown } from './foreign-fetch.ts'
import { readableTokens } from './readable-tokens.ts'
import type { Sdk } from './sdk.ts'
import { rememberSecrets } from './sent-secrets.ts'
import type { Vault } from './vault.ts'

export interface TokenDeps {
  readonly vault: Vault
  readonly readSecret: ReadSecret
}

/** What every request for tokens needs to know. */
export interface TokenRequest extends AuthenticationRequest {
  readonly metadata: DiscoveredServer['metadata']
  readonly resource: string
  readonly dpop: DpopSession | undefined
  readonly requests: ForeignRequests
  readonly signal: AbortSignal
}

/** Exchanges the code of an authorization for tokens (OAuth 2.1 section 4.1.3). Rejects as the SDK does. */
export async function exchangeCode(
  sdk: Sdk,
  request: TokenRequest,
  flow: { readonly code: string; readonly iss: string | undefined; readonly codeVerifier: string },
  deps: TokenDeps,
): Promise<SdkTokens> {
  const { issuer, metadata, resource, dpop, requests, redirectUri, signal } = request
  const { fetch, secrets } = rememberSecrets(requests.fetch)
  const tokens = await sdk.exchangeAuthorization(issuer, {
    metadata,
    ...(await authenticatedClient(sdk, request, deps, signal)),
    authorizationCode: flow.code,
    ...(flow.iss === undefined ? {} : { iss: flow.iss }),
    codeVerifier: flow.codeVerifier,
    redirectUri: redirectUri ?? '',
    resource,
    ...(dpop ? { dpop } : {}),
    fetchFn: readableTokens(fetch),
  })
  return checkedTokens(tokens, dpop !== undefined, secrets)
}

/** Redeems a refresh token (OAuth 2.1 section 4.3). Rejects as the SDK does. */
export async function redeemRefreshToken(
  sdk: Sdk,
  request: TokenRequest,
  refreshToken: string,
  deps: TokenDeps,
): Promise<SdkTokens> {
  const { issuer, metadata, resource, dpop, requests, signal } = request
  const { fetch, secrets } = rememberSecrets(requests.fetch)
  const tokens = await sdk.refreshAuthorization(issuer, {
    metadata,
    ...(await authenticatedClient(sdk, request, deps, signal)),
    refreshToken,
    resource,
    ...(dpop ? { dpop } : {}),
    fetchFn: readableTokens(fetch),
  })
  return checkedTokens(tokens, dpop !== undefined, secrets)
}

/** A client that a browser was sent for has an id. */
async function authenticatedClient(sdk: Sdk, request: TokenRequest, deps: TokenDeps, signal: AbortSignal) {
  const { clientInformation, ...rest } = await authenticateClient(sdk, request, deps, signal)
  if (clientInformation === undefined) throw authRequired('the client is not known any more')
  return { clientInformation, ...rest }
}

/** Asks for tokens with the owner's credentials, without a browser. Rejects as the SDK does. */
export async function requestTokens(
  sdk: Sdk,
  request: TokenRequest,
  scopes: readonly string[],
  deps: TokenDeps,
): Promise<SdkTokens> {
  const { issuer, metadata, resource, dpop, requests, signal } = request
  const { clientInformation, addClientAuthentication } = await authenticateClient(sdk, request, deps, signal)
  const parameters = await grantParameters(sdk, request, scopes, deps)
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '))
  const provider: TokenProvider = {
    redirectUrl: undefined,
    clientMetadata: { redirect_uris: [] },
    clientInformation: () => clientInformation,
    prepareTokenRequest: () => parameters,
    ...(addClientAuthentication ? { addClientAuthentication } : {}),
    ...(dpop ? { dpop: () => dpop } : {}),
    ...browserMembers,
  }
  const { fetch, secrets } = rememberSecrets(requests.fetch)
  const fetchFn = readableTokens(fetch)
  const tokens = await sdk.fetchToken(provider, issuer, { metadata, resource, fetchFn })
  return checkedTokens(tokens, dpop !== undefined, secrets)
}

type TokenProvider = OAuthClientProvider

/** Members of the SDK's provider that a request without a browser never calls. */
const browserMembers = {
  tokens: () => undefined,
  saveTokens: () => undefined,
  redirectToAuthorization: () => undefined,
  saveCodeVerifier: () => undefined,
  codeVerifier: () => '',
}

async function grantParameters(
  sdk: Sdk,
  request: TokenRequest,
  scopes: readonly string[],
  deps: TokenDeps,
): Promise<URLSearchParams> {
  const { config } = request
  const { assertion, idp } = config
  if (config.grant === 'CLIENT_CREDENTIALS') return new URLSearchParams({ grant_type: 'client_credentials' })
  if (config.grant === 'JWT_BEARER' && assertion) {
    const given = await deps.readSecret(request.serverId, 'assertion', assertion, request.signal)
    assertUnexpired(given, 'assertion')
    return jwtBearer(given)
  }
  if (config.grant === 'ENTERPRISE_MANAGED' && idp)
    return jwtBearer(await exchangeIdToken(sdk, request, idp, scopes, deps))
  throw authRequired(`The grant ${config.grant} lacks what it exchanges; set it in the server's auth`)
}

const jwtBearer = (assertion: string) =>
  new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })

/** Exchanges the ID token for an ID-JAG at the identity provider (RFC 8693, enterprise-managed authorization). */
async function exchangeIdToken(
  sdk: Sdk,
  request: TokenRequest,
  idp: OAuthIdpConfig,
  scopes: readonly string[],
  { readSecret }: TokenDeps,
): Promise<string> {
  const { serverId, signal, requests, issuer, resource } = request
  const idToken = await readSecret(serverId, 'idp.idToken', idp.idToken, signal)
  assertUnexpired(idToken, 'idToken')
  const clientSecret = idp.clientSecret && (await readSecret(serverId, 'idp.clientSecret', idp.clientSecret, signal))
  const tokenEndpoint = idp.tokenEndpoint ?? (await discoverServer(sdk, idp.issuer, requests)).endpoints.tokenEndpoint
  try {
    const { jwtAuthGrant } = await sdk.requestJwtAuthorizationGrant({
      tokenEndpoint,
      audience: issuer,
      resource,
      idToken,
      clientId: idp.clientId,
      ...(clientSecret ? { clientSecret } : {}),
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      fetchFn: requests.fetch,
    })
    return jwtAuthGrant
  } catch (error) {
    const { lastStatus = 0 } = requests
    if (isRegistryError(error) || lastStatus < 400 || lastStatus >= 500 || lastStatus === 429) throw error
    const message = `The identity provider ${shown(tokenEndpoint)} refuses the idToken (HTTP ${lastStatus}); set a new one`
    throw authRequired(message, { cause: withoutForeignText(error) })
  }
}

/** A JWT tells when it expires (RFC 7519 section 4.1.4); one that cannot be read is left to the server to judge. */
function assertUnexpired(jwt: string, name: 'assertion' | 'idToken'): void {
  const [, payload = ''] = jwt.split('.')
  let claims: unknown
  try {
    claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  } catch {
    // Opaque to us, and maybe not to the server.
    return
  }
  const exp: unknown = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined
  if (typeof exp === 'number' && exp * 1_000 <= Date.now()) {
    throw authRequired(`The ${name} in the server's auth has expired; set a new one`)
  }
}
