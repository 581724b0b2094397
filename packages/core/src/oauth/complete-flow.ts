import { timingSafeEqual } from 'node:crypto'
import { startDeadline } from '../base/deadline.ts'
import { invalidInput, RegistryError } from '../base/errors.ts'
import type { OAuthFlowRecord, OAuthGrantRecord } from '../model/oauth.ts'
import { type FlowDeps, hashOf } from './browser-flow.ts'
import { openDpop } from './dpop.ts'
import { authRequired, shownCode, tokenFailureOf } from './failures.ts'
import { createForeignRequests, shown } from './foreign-fetch.ts'
import { type GrantTarget, isGivenByOwner } from './grant-target.ts'
import { metadataOf, tokenChanges } from './obtain-tokens.ts'
import { exchangeCode, type TokenDeps } from './request-tokens.ts'
import { loadSdk } from './sdk.ts'

/** Time to exchange a code, in ms. */
const exchangeMs = 20_000

/** What came to the redirect URI: a code, or an error. */
export interface AuthAnswer {
  readonly state: string
  readonly code?: string | undefined
  /** RFC 9207. */
  readonly iss?: string | undefined
  readonly error?: string | undefined
}

export interface CompleteAuthOptions {
  /** The caller, which has to be the one that began. */
  readonly actor?: string
  /** The secret of the browser, in place of the caller. */
  readonly browser?: string
}

export type CompleteDeps = FlowDeps & TokenDeps

const notUnderWay =
  'state: expected the state of an authorization that is under way, got one that was used, has expired or never was; begin again'

/**
 * The flow of an answer, if the caller that brings it may complete it. Nothing is used up.
 * @throws INVALID_INPUT
 */
export async function findFlow(
  { state }: AuthAnswer,
  { actor, browser }: CompleteAuthOptions,
  { vault }: Pick<FlowDeps, 'vault'>,
): Promise<OAuthFlowRecord> {
  const flow = state.length <= 512 ? await vault.flow(hashOf(state)) : undefined
  if (flow === undefined || flow.expiresAt <= Date.now()) throw invalidInput(['state'], notUnderWay)
  if (browser !== undefined && !(flow.browserHash !== null && isSame(flow.browserHash, hashOf(browser)))) {
    throw invalidInput(['state'], 'state: expected to come back in the browser that began it, and came in another')
  }
  if (browser === undefined && flow.actor !== (actor ?? null)) {
    throw invalidInput(['state'], 'state: expected to be completed by the key that began it, and another one does')
  }
  return flow
}

const isSame = (some: string, other: string) =>
  some.length === other.length && timingSafeEqual(Buffer.from(some), Buffer.from(other))

/**
 * Takes the answer of the authorization server, and exchanges its code for tokens. An answer whose issuer is not the one
 * that was asked uses nothing up, and nothing is sent for it.
 *
 * @throws INVALID_INPUT; AUTH_REQUIRED if the authorization was not given; CONNECT_FAILED, TIMEOUT
 */
export async function completeFlow(
  target: GrantTarget,
  flow: OAuthFlowRecord,
  answer: AuthAnswer,
  deps: CompleteDeps,
): Promise<OAuthGrantRecord> {
  const { vault } = deps
  assertIssuer(flow, answer)
  if (answer.error === undefined && (answer.code ?? '') === '') {
    throw invalidInput(['code'], 'code: expected what came to the redirect URI, a code or an error, got neither')
  }
  if (flow.serverUrl !== target.serverUrl) {
    throw invalidInput(['state'], 'state: the URL of the server has changed since the authorization began; begin again')
  }
  const secrets = await vault.takeFlow(flow)
  if (secrets === undefined) throw invalidInput(['state'], notUnderWay)
  if (answer.error !== undefined) {
    await endWaiting(target, deps)
    const message = `The authorization was not given: the authorization server answered ${shownCode(answer.error)}`
    throw authRequired(message)
  }
  const tokens = await exchange(target, flow, answer, secrets, deps)
  for (;;) {
    const grant = await vault.grant(target)
    const connected = await vault.change(grant, connectedChanges(target, grant, flow, tokens, secrets.dpopKey, deps))
    if (connected) return connected
  }
}

/** MCP 2026-07-28, authorization, the table of `iss` (RFC 9207 section 2.4): compared as it is. */
function assertIssuer({ endpoints, namesIssuer }: OAuthFlowRecord, { iss }: AuthAnswer): void {
  const problem =
    iss === undefined
      ? namesIssuer && 'expected the issuer, which the authorization server says that it names, got none'
      : iss !== endpoints.issuer && `expected ${shown(endpoints.issuer)}, which was asked, got another issuer`
  if (problem) throw invalidInput(['iss'], `iss: ${problem} (RFC 9207); the answer is not used`)
}

interface Exchanged {
  readonly granted: Awaited<ReturnType<typeof exchangeCode>>
  readonly requestedAt: number
}

async function exchange(
  target: GrantTarget,
  flow: OAuthFlowRecord,
  { code = '', iss }: AuthAnswer,
  { codeVerifier, dpopKey }: { readonly codeVerifier: string; readonly dpopKey: string | null },
  deps: CompleteDeps,
): Promise<Exchanged> {
  const { endpoints, clientId, registration, resource, redirectUri } = flow
  using limit = startDeadline(deps.closing, [{ name: 'the time to exchange the code', ms: exchangeMs }])
  const requests = createForeignRequests(deps.dispatcher, limit.signal)
  const sdk = await loadSdk()
  const request = {
    ...{ serverId: target.serverId, config: target.config, issuer: endpoints.issuer, metadata: metadataOf(endpoints) },
    ...{ clientId, registration, resource, redirectUri, requests, signal: limit.signal },
    dpop: dpopKey === null ? undefined : await openDpop(sdk, dpopKey),
  }
  try {
    const requestedAt = Date.now()
    return { granted: await exchangeCode(sdk, request, { code, iss, codeVerifier }, deps), requestedAt }
  } catch (error) {
    await endWaiting(target, deps)
    const failure = tokenFailureOf(error, requests, endpoints.tokenEndpoint)
    if (failure.kind === 'BLOCKED') throw failure.error
    const again = 'the code is used up; begin again'
    if (failure.kind === 'TRANSIENT') {
      throw new RegistryError('CONNECT_FAILED', `${failure.error.message}; ${again}`, { cause: error, retryable: true })
    }
    if (failure.code === 'invalid_client' && registration === 'DYNAMIC') {
      await deps.vault.forgetClient(endpoints.issuer, redirectUri)
    }
    throw authRequired(`${shown(endpoints.tokenEndpoint)} refuses the code (${shownCode(failure.code)}); ${again}`)
  }
}

function connectedChanges(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  flow: OAuthFlowRecord,
  { granted, requestedAt }: Exchanged,
  dpopKey: string | null,
  { vault }: CompleteDeps,
): Partial<OAuthGrantRecord> {
  const { endpoints, resource, clientId, registration, redirectUri, scopes } = flow
  const { config, serverId } = target
  const asked = { scopes, dpopKey, requestedAt }
  return {
    ...tokenChanges(target, grant, granted, asked, (tokens) => vault.sealTokens(serverId, tokens)),
    ...{ endpoints, resource, clientId, registration, redirectUri, renewal: null, connectedAt: requestedAt },
    ...(isGivenByOwner(config) ? { pinned: { issuer: endpoints.issuer, clientId: config.clientId } } : {}),
    // Consent that was asked for because of the server, and not by the owner alone.
    stepUps: grant.state === 'CONNECTED' && grant.requestedScopes.length > 0 ? grant.stepUps + 1 : 0,
  }
}

async function endWaiting(target: GrantTarget, { vault }: CompleteDeps): Promise<void> {
  const grant = await vault.grant(target)
  // Another change is as good: it ends the waiting itself, or it began anew.
  if (grant.authorizingUntil !== null) await vault.change(grant, { authorizingUntil: null })
}
