import { hash, randomBytes } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { startDeadline } from '../base/deadline.ts'
import type { Turns } from '../budgets/turns.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import { allowedRedirect, checkedScopes } from './begin-input.ts'
import { identifyClient } from './client-identity.ts'
import { createDpopKey } from './dpop.ts'
import { discoveryError } from './failures.ts'
import { assertMayStepUp, type FoundServer, findServer } from './find-server.ts'
import { createForeignRequests, type ForeignRequests, shown } from './foreign-fetch.ts'
import type { GrantTarget } from './grant-target.ts'
import type { ResolvedOAuthOptions } from './options.ts'
import { loadSdk } from './sdk.ts'
import type { Vault } from './vault.ts'

/** How long a browser is waited for, in ms. */
const flowMs = 600_000
/** Time for discovery and registration together, in ms. */
const beginMs = 45_000

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

/** Runs `work` once the tenant has its turn. Rejects with the signal's reason while it waits. */
type InTurn = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>

/** Turns of tenants at authorization servers: a server that never answers those who begin holds up no browser that is back. */
export interface OAuthTurns {
  readonly begin: InTurn
  /** For exchanges of codes, and revocations. */
  readonly end: InTurn
}

export interface FlowDeps {
  readonly vault: Vault
  readonly dispatcher: () => Promise<Dispatcher>
  readonly options: ResolvedOAuthOptions
  readonly closing: AbortSignal
  readonly turns: OAuthTurns
  /** One registration at a time for an issuer and redirect URI. */
  readonly registering: Turns<string>
}

export const hashOf = (text: string) => hash('sha256', text, 'base64url')

/**
 * Finds the authorization server, makes the client known there, and begins an authorization with PKCE, whose state is used
 * once.
 *
 * @throws INVALID_INPUT, AUTH_REQUIRED, CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT
 */
export async function beginFlow(target: GrantTarget, given: BeginAuthOptions, deps: FlowDeps): Promise<BegunAuth> {
  const { dispatcher, options, closing } = deps
  const redirectUri = allowedRedirect(given.redirectUri, options)
  const added = checkedScopes(given.scopes ?? [])
  const caller = given.signal ? AbortSignal.any([closing, given.signal]) : closing
  using limit = startDeadline(caller, [{ name: 'the time to find the authorization server', ms: beginMs }])
  const requests = createForeignRequests(dispatcher, limit.signal)
  return await deps.turns.begin(limit.signal, async () => {
    const grant = await deps.vault.grant(target)
    assertMayStepUp(target, grant, added)
    const found = await findServer(target, grant, { requests, redirectUri, added }, deps)
    return await begin(target, grant, { ...found, given, redirectUri, requests, signal: limit.signal }, deps)
  })
}

interface Beginning extends FoundServer {
  readonly given: BeginAuthOptions
  readonly redirectUri: string
  readonly requests: ForeignRequests
  readonly signal: AbortSignal
}

async function begin(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  { resource, server, scopes, given, redirectUri, requests, signal }: Beginning,
  deps: FlowDeps,
): Promise<BegunAuth> {
  const { vault } = deps
  const sdk = await loadSdk()
  const { issuer } = server.endpoints
  const identityRequest = { config: target.config, server, redirectUri, scopes, signal }
  const { clientId, registration } = await identifyClient(sdk, identityRequest, deps, requests)
  const state = randomBytes(32).toString('base64url')
  const started = sdk.startAuthorization(issuer, {
    metadata: server.metadata,
    clientInformation: { client_id: clientId },
    redirectUrl: redirectUri,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    state,
    resource,
  })
  const { authorizationUrl, codeVerifier } = await started.catch((error: unknown) => {
    throw discoveryError(error, `The authorization server ${shown(issuer)}`)
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
    resource,
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
