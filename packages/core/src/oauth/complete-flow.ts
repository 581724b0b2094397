import { timingSafeEqual } from 'node:crypto'
import { startDeadline } from '../base/deadline.ts'
import { invalidInput, RegistryError } from '../base/errors.ts'
import type { OAuthFlowRecord, OAuthGrantRecord } from '../model/oauth.ts'
import { namesIssuer } from '../model/oauth-issuer.ts'
import { type FlowDeps, hashOf } from './browser-flow.ts'
import { openDpop } from './dpop.ts'
import { authRequired, shownCode, tokenFailureOf } from './failures.ts'
import { createForeignRequests, shown } from './foreign-fetch.ts'
import { assertPinned, type GrantTarget, pinOf } from './grant-target.ts'
import { metadataOf, tokenChanges } from './obtain-tokens.ts'
import { exchangeCode, type TokenDeps } from './request-tokens.ts'
import { loadSdk } from './sdk.ts'
import type { Vault } from './vault.ts'

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
 * @throws INVALID_INPUT; AUTH_REQUIRED if the authorization was not given; CONNECT_FAILED, TIMEOUT, CLOSED
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
  // Its code could not be exchanged any more.
  if (deps.closing.aborted) throw new RegistryError('CLOSED', 'The registry is closed')
  assertCurrent(target, flow, await vault.grant(target))
  const secrets = await vault.takeFlow(flow)
  if (secrets === undefined) throw invalidInput(['state'], notUnderWay)
  if (answer.error !== undefined) {
    await endWaiting(target, deps)
    const message = `The authorization was not given: the authorization server answered ${shownCode(answer.error)}`
    throw authRequired(message)
  }
  await pin(target, flow, vault)
  const tokens = await exchange(target, flow, answer, secrets, deps)
  for (;;) {
    const grant = await vault.grant(target)
    const connected = await vault.change(grant, connectedChanges(target, grant, flow, tokens, secrets.dpopKey, deps))
    if (connected) return connected
  }
}

/**
 * Checks that the flow is of the client and the authorization server that are configured now: credentials that were set
 * since it began may be for another one.
 * @throws INVALID_INPUT, AUTH_REQUIRED
 */
function assertCurrent(target: GrantTarget, flow: OAuthFlowRecord, grant: OAuthGrantRecord): void {
  const { endpoints, clientId, registration } = flow
  const { issuer } = endpoints
  const { config } = target
  const isOfClient = registration === 'PRE_REGISTERED' ? clientId === config.clientId : config.clientId === null
  if (!isOfClient || (config.issuer !== null && !namesIssuer(config.issuer, issuer))) {
    throw invalidInput(
      ['state'],
      'state: the auth of the server has changed since the authorization began; begin again',
    )
  }
  assertPinned(target, grant, issuer)
}

/** Of two flows at two authorization servers, the one that is completed first gets the credentials. */
async function pin(target: GrantTarget, { endpoints }: OAuthFlowRecord, vault: Vault): Promise<void> {
  for (;;) {
    const grant = await vault.grant(target)
    assertPinned(target, grant, endpoints.issuer)
    const pinned = pinOf(target, grant, endpoints.issuer)
    if (pinned === undefined || (await vault.change(grant, { pinned }))) return
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
    return await deps.turns.end(limit.signal, async () => {
      const requestedAt = Date.now()
      return { granted: await exchangeCode(sdk, request, { code, iss, codeVerifier }, deps), requestedAt }
    })
  } catch (error) {
    await endWaiting(target, deps)
    const failure = tokenFailureOf(error, requests, endpoints.tokenEndpoint)
    if (failure.kind === 'BLOCKED') throw failure.error
    const again = 'the code is used up; begin again'
    if (failure.kind === 'TRANSIENT') {
      throw new RegistryError('CONNECT_FAILED', `The authorization server fails for now: ${failure.what}; ${again}`, {
        cause: failure.error.cause,
        retryable: true,
      })
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
  const { serverId } = target
  const asked = { scopes, dpopKey, requestedAt }
  return {
    ...tokenChanges(target, grant, granted, asked, (tokens) => vault.sealTokens(serverId, tokens)),
    ...{ endpoints, resource, clientId, registration, redirectUri, renewal: null, connectedAt: requestedAt },
  }
}

async function endWaiting(target: GrantTarget, { vault }: CompleteDeps): Promise<void> {
  const grant = await vault.grant(target)
  // Another change is as good: it ends the waiting itself, or it began anew.
  if (grant.authorizingUntil !== null) await vault.change(grant, { authorizingUntil: null })
}
