import { invalidInput, isRegistryError, RegistryError } from '../base/errors.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import { parseScopes, scopesBeyond, unionOfScopes } from '../model/oauth-scopes.ts'
import { type AskedResource, askResource } from './ask-resource.ts'
import { chooseIssuer, type DiscoveredServer, discoverResource, discoverServer } from './discovery.ts'
import { authRequired } from './failures.ts'
import { type ForeignRequests, shown } from './foreign-fetch.ts'
import { assertPinned, type GrantTarget } from './grant-target.ts'
import { loadSdk } from './sdk.ts'
import { secureUrl } from './secure-url.ts'
import type { Vault } from './vault.ts'

/** Times that the owner is sent to consent to scopes that the server refuses all the same. */
const maxStepUps = 3

interface Finding {
  readonly requests: ForeignRequests
  readonly redirectUri: string
  /** Scopes that the caller adds. */
  readonly added: readonly string[]
}

/** The authorization server of a server, and what it is asked for. */
export interface FoundServer {
  readonly resource: string
  readonly server: DiscoveredServer
  readonly scopes: readonly string[]
}

/**
 * Finds the authorization server that the owner's browser is sent to.
 *
 * @throws AUTH_REQUIRED, CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT; INVALID_INPUT for a server without OAuth
 */
export async function findServer(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  { requests, redirectUri, added }: Finding,
  { vault }: { readonly vault: Vault },
): Promise<FoundServer> {
  const sdk = await loadSdk()
  const asked = grant.resourceMetadataUrl === null ? await askResource(target.serverUrl, requests) : undefined
  const resourceMetadataUrl = grant.resourceMetadataUrl ?? asked?.challenge.resourceMetadataUrl ?? null
  const resource = await discoverResource(sdk, target.serverUrl, resourceMetadataUrl, requests)
  const wanted = { configured: target.config.issuer, known: grant.endpoints?.issuer ?? grant.pinned?.issuer }
  const issuer = chooseIssuer(resource, wanted)
  await refuseOther(target, grant, issuer, redirectUri, vault)
  const server = await discoverServer(sdk, issuer, requests).catch((error: unknown) => {
    throw resource.isGuessed ? usesNoOAuth(target, asked, error) : error
  })
  assertServesBrowsers(server)
  const challenged = unionOfScopes(added, parseScopes(asked?.challenge.scope))
  const scopes = scopesToAskFor(target, grant, resource.scopes, server.scopes, challenged)
  return { resource: resource.resource, server, scopes }
}

/**
 * The credentials of the owner are for one authorization server alone. The status says so, too, unless what was granted
 * goes on working.
 */
async function refuseOther(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  issuer: string,
  redirectUri: string,
  vault: Vault,
): Promise<void> {
  try {
    assertPinned(target, grant, issuer)
  } catch (error) {
    if (isRegistryError(error) && grant.state !== 'CONNECTED') {
      const client = { clientId: target.config.clientId, registration: 'PRE_REGISTERED', redirectUri } as const
      await vault.change(grant, { state: 'REAUTH_REQUIRED', reason: error.message, endpoints: null, ...client })
    }
    throw error
  }
}

function usesNoOAuth({ serverName }: GrantTarget, asked: AskedResource | undefined, cause: unknown): RegistryError {
  const answer = asked?.status === undefined ? 'gave no answer' : `answered HTTP ${asked.status}`
  const message = `The server "${serverName}" ${answer} without saying that it wants OAuth: it has no metadata of a protected resource (RFC 9728), and its origin none of an authorization server`
  return invalidInput(['serverId'], message, cause)
}

/** A server that goes on asking for what was granted would send its owner round without an end. */
export function assertMayStepUp(target: GrantTarget, grant: OAuthGrantRecord, added: readonly string[]): void {
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
