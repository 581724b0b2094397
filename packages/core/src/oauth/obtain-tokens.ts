import type { OAuthTokens as SdkTokens } from '@modelcontextprotocol/client'
import type { Dispatcher } from 'undici'
import { startDeadline } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import type { OAuthEndpoints, OAuthGrantRecord, OAuthTokens } from '../model/oauth.ts'
import { parseScopes, unionOfScopes } from '../model/oauth-scopes.ts'
import { chooseIssuer, type DiscoveredServer, discoverResource, discoverServer } from './discovery.ts'
import { createDpopKey, openDpop } from './dpop.ts'
import { authRequired, type TokenFailure, tokenFailureOf } from './failures.ts'
import { createForeignRequests, type ForeignRequests } from './foreign-fetch.ts'
import { assertPinned, type GrantTarget, pinOf } from './grant-target.ts'
import { redeemRefreshToken, requestTokens, type TokenDeps, type TokenRequest } from './request-tokens.ts'
import { loadSdk } from './sdk.ts'
import type { Vault } from './vault.ts'

/** What is wanted beyond new tokens. */
export interface RenewalRequest {
  /** The tokens that are no longer good; undefined: there were none. */
  readonly generation: number | undefined
  /** Scopes beyond those granted; only credentials of the owner's can widen a grant without a browser. */
  readonly scopes?: readonly string[]
  readonly resourceMetadataUrl?: string | undefined
  /** Until when the tokens at hand are good, in epoch milliseconds, if they are renewed before their end. */
  readonly servesUntil?: number
}

/** New tokens, as changes to the grant, or why there are none. */
export type Obtained = TokenFailure | { readonly kind: 'TOKENS'; readonly changes: Partial<OAuthGrantRecord> }

export interface ObtainLimits {
  /** Time for one answer, in ms. */
  readonly answerMs: number
  /** Time for all of them, in ms. */
  readonly withinMs: number
  readonly signal: AbortSignal
}

/** Gets new tokens without a browser. Never rejects for what the other side does. */
export type ObtainTokens = (
  target: GrantTarget,
  grant: OAuthGrantRecord,
  request: RenewalRequest,
  limits: ObtainLimits,
) => Promise<Obtained>

export interface ObtainDeps extends TokenDeps {
  readonly dispatcher: () => Promise<Dispatcher>
}

/** Longest life of a token that is believed, in seconds: a hundred years. Below one, each request would renew it. */
const maxLifeSec = 3_155_760_000

export function tokenChanges(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  tokens: SdkTokens,
  asked: { readonly scopes: readonly string[]; readonly dpopKey: string | null; readonly requestedAt: number },
  seal: (tokens: OAuthTokens) => OAuthGrantRecord['tokens'],
): Partial<OAuthGrantRecord> {
  const { access_token: accessToken, refresh_token: refreshToken = null } = tokens
  const given = tokens.scope === undefined ? asked.scopes : parseScopes(tokens.scope)
  return {
    state: 'CONNECTED',
    reason: null,
    serverUrl: target.serverUrl,
    tokens: seal({ accessToken, refreshToken, dpopKey: asked.dpopKey }),
    isRenewable: refreshToken !== null || target.config.grant !== 'AUTHORIZATION_CODE',
    generation: grant.generation + 1,
    scopes: given,
    requestedScopes: grant.requestedScopes.filter((scope) => !given.includes(scope)),
    issuedAt: asked.requestedAt,
    expiresAt: endOf(tokens, asked.requestedAt),
    authorizingUntil: null,
  }
}

/** A token that names no lifetime, or an impossible one, is believed to live until it is refused. */
function endOf({ expires_in: lifeSec = 0 }: SdkTokens, requestedAt: number): number | null {
  // From the time of asking: the answer may have taken long.
  return lifeSec >= 1 && lifeSec <= maxLifeSec ? requestedAt + Math.ceil(lifeSec * 1_000) : null
}

export function createObtainTokens(deps: ObtainDeps): ObtainTokens {
  return async (target, grant, request, { answerMs, withinMs, signal }) => {
    using limit = startDeadline(signal, [{ name: 'the time to renew tokens', ms: withinMs }])
    const requests = createForeignRequests(deps.dispatcher, limit.signal, answerMs)
    const pin = async (issuer: string) => {
      const pinned = pinOf(target, grant, issuer)
      if (pinned !== undefined) await changeOrRetry(deps.vault, grant, { pinned })
    }
    try {
      const changes =
        target.config.grant === 'AUTHORIZATION_CODE'
          ? await redeem(target, grant, requests, limit.signal, deps)
          : await ask(target, grant, request, { requests, signal: limit.signal, pin }, deps)
      return { kind: 'TOKENS', changes }
    } catch (error) {
      return tokenFailureOf(error, requests, grant.endpoints?.tokenEndpoint ?? target.serverUrl)
    }
  }
}

async function changeOrRetry(vault: Vault, grant: OAuthGrantRecord, changes: Partial<OAuthGrantRecord>): Promise<void> {
  if (await vault.change(grant, changes)) return
  const message = 'The authorization of the server was changed while its tokens were renewed; try again'
  throw new RegistryError('CONNECT_FAILED', message, { retryable: true })
}

async function redeem(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  requests: ForeignRequests,
  signal: AbortSignal,
  deps: ObtainDeps,
): Promise<Partial<OAuthGrantRecord>> {
  const { vault } = deps
  const { endpoints, clientId, registration, resource } = grant
  const tokens = await vault.openTokens(grant)
  if (!tokens || tokens.refreshToken === null || !endpoints || registration === null || resource === null) {
    throw authRequired('the authorization server gave no refresh token, and the access token is no longer good')
  }
  const sdk = await loadSdk()
  const tokenRequest: TokenRequest = {
    ...{ serverId: target.serverId, config: target.config, clientId, registration, resource, requests, signal },
    redirectUri: grant.redirectUri,
    issuer: endpoints.issuer,
    metadata: metadataOf(endpoints),
    dpop: tokens.dpopKey === null ? undefined : await openDpop(sdk, tokens.dpopKey),
  }
  const requestedAt = Date.now()
  const { refreshToken } = tokens
  const granted = await redeemRefreshToken(sdk, tokenRequest, refreshToken, deps).catch(async (error: unknown) => {
    // Nothing takes tokens there any more, so the refresh token was not used.
    if (requests.lastStatus !== 404 && requests.lastStatus !== 410) throw error
    const { metadata } = await discoverServer(sdk, endpoints.issuer, requests)
    return await redeemRefreshToken(sdk, { ...tokenRequest, metadata }, refreshToken, deps)
  })
  const asked = { scopes: grant.scopes, dpopKey: tokens.dpopKey, requestedAt }
  return tokenChanges(target, grant, granted, asked, (each) => vault.sealTokens(target.serverId, each))
}

/** The metadata from when the tokens were granted: no request is spent on it at each renewal. */
export function metadataOf({ issuer, tokenEndpoint, clientAuthMethods }: OAuthEndpoints): DiscoveredServer['metadata'] {
  return {
    issuer,
    token_endpoint: tokenEndpoint,
    // The SDK's type asks for them, and a request for tokens does not.
    authorization_endpoint: tokenEndpoint,
    response_types_supported: ['code'],
    ...(clientAuthMethods.length > 0 ? { token_endpoint_auth_methods_supported: [...clientAuthMethods] } : {}),
  }
}

interface Asking {
  readonly requests: ForeignRequests
  readonly signal: AbortSignal
  /** Stores whom the credentials are for, before they are shown. */
  readonly pin: (issuer: string) => Promise<void>
}

/** With the owner's credentials: what the server says now counts, as nothing was granted that could be lost. */
async function ask(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  request: RenewalRequest,
  { requests, signal, pin }: Asking,
  deps: ObtainDeps,
): Promise<Partial<OAuthGrantRecord>> {
  const { vault } = deps
  const { serverId, serverUrl, config } = target
  const sdk = await loadSdk()
  const resourceMetadataUrl = request.resourceMetadataUrl ?? grant.resourceMetadataUrl
  const found = await discoverResource(sdk, serverUrl, resourceMetadataUrl, requests)
  const issuer = chooseIssuer(found, { configured: config.issuer, known: grant.pinned?.issuer })
  assertPinned(target, grant, issuer)
  const server = await discoverServer(sdk, issuer, requests)
  const wanted = unionOfScopes(config.scopes ?? [], grant.scopes, grant.requestedScopes, request.scopes ?? [])
  const scopes = wanted.length > 0 ? wanted : found.scopes
  const known = await vault.openTokens(grant)
  const dpopKey = config.dpop ? (known?.dpopKey ?? (await createDpopKey())) : null
  const tokenRequest: TokenRequest = {
    ...{ serverId, config, clientId: config.clientId, registration: 'PRE_REGISTERED', requests, signal },
    ...{ redirectUri: null, issuer: server.endpoints.issuer, metadata: server.metadata, resource: found.resource },
    dpop: dpopKey === null ? undefined : await openDpop(sdk, dpopKey),
  }
  const requestedAt = Date.now()
  await pin(server.endpoints.issuer)
  const granted = await requestTokens(sdk, tokenRequest, scopes, deps)
  const asked = { scopes, dpopKey, requestedAt }
  return {
    ...tokenChanges(target, grant, granted, asked, (each) => vault.sealTokens(serverId, each)),
    ...{ endpoints: server.endpoints, resource: found.resource, resourceMetadataUrl },
    ...{ clientId: config.clientId, registration: 'PRE_REGISTERED', redirectUri: null },
    connectedAt: grant.connectedAt ?? requestedAt,
  }
}
