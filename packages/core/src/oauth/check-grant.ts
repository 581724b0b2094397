import type { Dispatcher } from 'undici'
import { startDeadline } from '../base/deadline.ts'
import { scopesBeyond, unionOfScopes } from '../model/oauth-scopes.ts'
import { askResource } from './ask-resource.ts'
import type { OAuthTurns } from './browser-flow.ts'
import { chooseIssuer, discoverResource, discoverServer } from './discovery.ts'
import { createForeignRequests } from './foreign-fetch.ts'
import type { GrantTarget } from './grant-target.ts'
import { loadSdk } from './sdk.ts'
import type { Vault } from './vault.ts'

/** Time for the metadata of the resource and of its authorization server together, in ms. */
const checkMs = 10_000

export interface CheckAuthOptions {
  readonly signal?: AbortSignal
}

/** What an authorization server answers now, and what its grant lacks. */
export interface CheckedAuth {
  /** Its metadata was read, and names this issuer. */
  readonly issuer: string
  /** How long that took, in ms. */
  readonly metadataMs: number
  /** Scopes that the owner configured, or the server asked for, and that were not granted; empty before it is connected. */
  readonly missingScopes: readonly string[]
  /** Whether the access token is renewed without the owner. */
  readonly isRenewable: boolean
}

export interface CheckGrantDeps {
  readonly vault: Vault
  readonly dispatcher: () => Promise<Dispatcher>
  readonly closing: AbortSignal
  readonly turns: OAuthTurns
}

/**
 * Reads the metadata of the authorization server that a server uses, or would use. Sends no token, and stores nothing.
 *
 * @throws AUTH_REQUIRED, CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT
 */
export async function checkGrant(
  target: GrantTarget,
  { signal }: CheckAuthOptions,
  { vault, dispatcher, closing, turns }: CheckGrantDeps,
): Promise<CheckedAuth> {
  const { config, serverUrl } = target
  const caller = signal ? AbortSignal.any([closing, signal]) : closing
  using limit = startDeadline(caller, [{ name: 'the time to read metadata of OAuth', ms: checkMs }])
  const requests = createForeignRequests(dispatcher, limit.signal)
  const sdk = await loadSdk()
  const grant = await vault.grant(target)
  let begunAt = 0
  const discover = async () => {
    const named = grant.resourceMetadataUrl ?? (await askResource(serverUrl, requests)).challenge.resourceMetadataUrl
    const resource = await discoverResource(sdk, serverUrl, named ?? null, requests)
    return chooseIssuer(resource, { configured: null, known: grant.pinned?.issuer })
  }
  const { endpoints } = await turns.begin(limit.signal, async () => {
    begunAt = performance.now()
    const issuer = config.issuer ?? grant.endpoints?.issuer ?? (await discover())
    return await discoverServer(sdk, issuer, requests)
  })
  const isConnected = grant.state === 'CONNECTED'
  const wanted = isConnected ? unionOfScopes(config.scopes ?? [], grant.requestedScopes) : []
  return {
    issuer: endpoints.issuer,
    metadataMs: performance.now() - begunAt,
    missingScopes: scopesBeyond(wanted, grant.scopes),
    isRenewable: config.grant !== 'AUTHORIZATION_CODE' || grant.isRenewable,
  }
}
