import { hash, randomBytes } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { startDeadline } from '../base/deadline.ts'
import { invalidInput, RegistryError } from '../base/errors.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import { isScope, parseScopes, scopesBeyond, unionOfScopes } from '../model/oauth-scopes.ts'
import { type AskedResource, askResource } from './ask-resource.ts'
import { identifyClient, isLoopbackUri } from './client-identity.ts'
import { chooseIssuer, type DiscoveredServer, discoverResource, discoverServer } from './discovery.ts'
import { createDpopKey } from './dpop.ts'
import { authRequired } from './failures.ts'
import { createForeignRequests, shown } from './foreign-fetch.ts'
import { assertPinned, type GrantTarget } from './grant-target.ts'
import type { ResolvedOAuthOptions } from './options.ts'
import { loadSdk } from './sdk.ts'
import { secureUrl } from './secure-url.ts'
import type { Vault } from './vault.ts'

/** How long a browser is waited for, in ms. */
const flowMs = 600_000
/** Time for discovery and registration together, in ms. */
const beginMs = 45_000
/** Times that the owner is sent to consent to scopes that the server refuses all the same. */
const maxStepUps = 3

export interface BeginAuthOptions {
  /** Where the browser comes back to. @default the option `oauth.callbackUrl` of the registry */
  readonly redirectUri?: string
  /** Asked for beside what the server asks for. */
  readonly scopes?: readonly string[]
  /** The caller, who alone may complete it. */
  readonly actor?: string
  /** A secret of the browser that begins it, such as a cookie, which has to come back with the answer. */
  readonly browser?: string
  readonly signal?: AbortSignal
}

/** A browser's way to the authorization server. */
export interface BegunAuth {
  /** http or https; to be opened in the owner's browser. */
  readonly authorizationUrl: string
  /** Comes back to the redirect URI, with a code. */
  readonly state: string
  readonly expiresAt: Date
}

export interface FlowDeps {
  readonly vault: Vault
  readonly dispatcher: Dispatcher
  readonly options: ResolvedOAuthOptions
  readonly closing: AbortSignal
}

export const hashOf = (text: string) => hash('sha256', text, 'base64url')

/**
 * Finds the authorization server, makes the client known there, and begins an authorization with PKCE, whose state is used
 * once.
 *
 * @throws INVALID_INPUT, AUTH_REQUIRED, CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT
 */
export async function beginFlow(target: GrantTarget, given: BeginAuthOptions, deps: FlowDeps): Promise<BegunAuth> {
  const { vault, dispatcher, options, closing } = deps
  const redirectUri = allowedRedirect(given.redirectUri, options)
  const added = checkedScopes(given.scopes ?? [])
  const caller = given.signal ? AbortSignal.any([closing, given.signal]) : closing
  using limit = startDeadline(caller, [{ name: 'the time to find the authorization server', ms: beginMs }])
  const requests = createForeignRequests(dispatcher, limit.signal)
  const sdk = await loadSdk()
  const grant = await vault.grant(target)
  assertMayStepUp(target, grant, added)
  const asked = grant.resourceMetadataUrl === null ? await askResource(target.serverUrl, requests) : undefined
  const resourceMetadataUrl = grant.resourceMetadataUrl ?? asked?.challenge.resourceMetadataUrl ?? null
  const resource = await discoverResource(sdk, target.serverUrl, resourceMetadataUrl, requests)
  const wanted = { configured: target.config.issuer, known: grant.endpoints?.issuer ?? grant.pinned?.issuer }
  const issuer = chooseIssuer(resource, wanted)
  assertPinned(target, grant, issuer)
  const server = await discoverServer(sdk, issuer, requests).catch((error: unknown) => {
    throw resource.isGuessed ? usesNoOAuth(target, asked, error) : error
  })
  assertServesBrowsers(server)
  const challenged = unionOfScopes(added, parseScopes(asked?.challenge.scope))
  const scopes = scopesToAskFor(target, grant, resource.scopes, server.scopes, challenged)
  const identityRequest = { config: target.config, server, redirectUri, scopes }
  const { clientId, registration } = await identifyClient(sdk, identityRequest, { vault, options }, requests)
  const state = randomBytes(32).toString('base64url')
  const { authorizationUrl, codeVerifier } = await sdk.startAuthorization(issuer, {
    metadata: server.metadata,
    clientInformation: { client_id: clientId },
    redirectUrl: redirectUri,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    state,
    resource: resource.resource,
  })
  const now = Date.now()
  const expiresAt = now + flowMs
  const flow = {
    stateHash: hashOf(state),
    serverId: target.serverId,
    serverUrl: target.serverUrl,
    actor: given.actor ?? null,
    browserHash: given.browser === undefined ? null : hashOf(given.browser),
    redirectUri,
    endpoints: server.endpoints,
    namesIssuer: server.namesIssuer,
    resource: resource.resource,
    scopes,
    clientId,
    registration,
    createdAt: now,
    expiresAt,
  }
  await vault.keepFlow(flow, { codeVerifier, dpopKey: target.config.dpop ? await createDpopKey() : null })
  await vault.change(grant, { authorizingUntil: expiresAt })
  return { authorizationUrl: authorizationUrl.href, state, expiresAt: new Date(expiresAt) }
}

function usesNoOAuth({ serverName }: GrantTarget, asked: AskedResource | undefined, cause: unknown): RegistryError {
  const answer = asked?.status === undefined ? 'gave no answer' : `answered HTTP ${asked.status}`
  const message = `The server "${serverName}" ${answer} without saying that it wants OAuth: it has no metadata of a protected resource (RFC 9728), and its origin none of an authorization server`
  return invalidInput(['serverId'], message, cause)
}

/** @throws INVALID_INPUT */
function allowedRedirect(given: string | undefined, options: ResolvedOAuthOptions): string {
  const path = ['redirectUri']
  if (given === undefined) {
    if (options.callbackUrl !== undefined) return options.callbackUrl
    throw invalidInput(path, 'redirectUri: expected a URI, as this registry has no callback of its own, got none')
  }
  if (given === options.callbackUrl || options.redirectUris.includes(given)) return given
  if (isLoopbackUri(given) && !given.includes('#')) return given
  throw invalidInput(path, 'redirectUri: expected one of the allowed redirect URIs, or a loopback one, got another')
}

/** @throws INVALID_INPUT */
function checkedScopes(scopes: readonly string[]): readonly string[] {
  const wrong = scopes.findIndex((scope) => !isScope(scope))
  if (wrong === -1) return scopes
  const message = 'expected a scope of printable characters without spaces (RFC 6749 section 3.3), one in each member'
  throw invalidInput(['scopes', String(wrong)], `scopes.${wrong}: ${message}`)
}

/** A server that goes on asking for what was granted would send its owner round without an end. */
function assertMayStepUp(target: GrantTarget, grant: OAuthGrantRecord, added: readonly string[]): void {
  if (grant.stepUps < maxStepUps || added.length > 0) return
  const message = `The server "${target.serverName}" was granted the scopes that it asks for ${maxStepUps} times, and does not take them; disconnect it, or name further scopes`
  throw authRequired(message)
}

function assertServesBrowsers({ endpoints, authorizationEndpoint, takesPkce }: DiscoveredServer): void {
  const what = `The authorization server ${shown(endpoints.issuer)}`
  if (authorizationEndpoint === undefined) {
    throw new RegistryError('CONNECT_FAILED', `${what} has no authorization endpoint; use another grant`)
  }
  secureUrl(authorizationEndpoint, 'Its authorization endpoint')
  if (!takesPkce) {
    const message = `${what} does not say that it takes PKCE with S256 (code_challenge_methods_supported), without which a code could be stolen`
    throw new RegistryError('CONNECT_FAILED', message)
  }
}

/** MCP 2026-07-28, authorization, scope selection: the owner's choice; else the challenge; else what the resource lists. */
function scopesToAskFor(
  { config }: GrantTarget,
  grant: OAuthGrantRecord,
  ofResource: readonly string[],
  ofServer: readonly string[],
  added: readonly string[],
): readonly string[] {
  const base = config.scopes ?? []
  const asked = unionOfScopes(base, grant.scopes, grant.requestedScopes, added)
  const scopes = asked.length > 0 ? asked : ofResource
  const offline = scopes.length > 0 && ofServer.includes('offline_access') ? ['offline_access'] : []
  return unionOfScopes(scopes, scopesBeyond(offline, scopes))
}
