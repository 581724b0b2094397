import { setTimeout as delay } from 'node:timers/promises'
import { RegistryError } from '../base/errors.ts'
import type { NodeId, ServerId } from '../base/ids.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import { authRequired, shownCode, type TokenFailure } from './failures.ts'
import type { GrantTarget } from './grant-target.ts'
import type { Obtained, ObtainTokens, RenewalRequest } from './obtain-tokens.ts'
import { createRenewalLeases, lostLease, type RenewalLeases } from './renewal-lease.ts'
import { createRenewalPauses, type RenewalPauses } from './renewal-pauses.ts'
import type { Vault } from './vault.ts'

/** How long one node may take to renew tokens, in ms; longer than all its requests may take. */
const defaultLeaseMs = 30_000
/** The part of a lease within which requests have to end, so that their outcome is stored within it. */
const lastStep = 0.8
/** Pause between looks at a grant that another node renews, in ms. */
const lookMs = 50
/** Pause before credentials that were refused are shown again, in ms. */
const refusedMs = 30_000
/** Time that a request under way gets when the registry closes, in ms: its answer may be the only copy of the tokens. */
const closeMs = 5_000

export interface RenewalDeps {
  readonly vault: Vault
  readonly obtain: ObtainTokens
  readonly nodeId: NodeId
  /** Called once only the owner can go on. */
  readonly onReauthRequired: (target: GrantTarget, error: RegistryError) => Promise<void>
  readonly onRenewed: (serverId: ServerId, outcome: 'SUCCEEDED' | 'FAILED' | 'REFUSED') => void
  /** Gets tokens that came after the owner had disconnected the server: they are to be revoked. */
  readonly onUnwanted: (target: GrantTarget, grant: OAuthGrantRecord) => void
  /** @default 30_000 */
  readonly leaseMs?: number
}

/**
 * Renews tokens, so that of all nodes one asks the authorization server, and all get what it answered. If a node ended
 * after it may have shown a refresh token, the grant needs the owner: a rotated one that is shown again ends all of its
 * family (OAuth 2.1 section 4.3.1). One that got no answer is shown again: an authorization server that is away for a
 * moment must not cost the owner's consent.
 */
export interface Renewal {
  /**
   * Resolves with a grant whose tokens are newer than those of the request.
   * @throws AUTH_REQUIRED; CLOSED; CONNECT_FAILED, TIMEOUT and others, retryable, while the authorization server fails
   */
  renew(target: GrantTarget, request: RenewalRequest): Promise<OAuthGrantRecord>
  /** Resolves once nothing is under way: what was sent has {@link closeMs} to be answered, and is stored. */
  close(): Promise<void>
}

export const createRenewal = (deps: RenewalDeps): Renewal => new LeasedRenewal(deps)

class LeasedRenewal implements Renewal {
  readonly #deps: RenewalDeps
  readonly #leaseMs: number
  readonly #leases: RenewalLeases
  readonly #pauses: RenewalPauses
  /** One for all callers of this node. */
  readonly #underWay = new Map<ServerId, Promise<OAuthGrantRecord>>()
  readonly #closing = new AbortController()
  /** Ends requests that a closing registry no longer waits for. */
  readonly #ending = new AbortController()

  constructor(deps: RenewalDeps) {
    const { vault, nodeId, leaseMs = defaultLeaseMs } = deps
    this.#deps = deps
    this.#leaseMs = leaseMs
    this.#leases = createRenewalLeases({ vault, nodeId, leaseMs, closing: this.#closing.signal })
    this.#pauses = createRenewalPauses()
  }

  renew(target: GrantTarget, request: RenewalRequest): Promise<OAuthGrantRecord> {
    const { serverId } = target
    const known = this.#underWay.get(serverId)
    if (known) return this.#join(known, target, request)
    if (this.#closing.signal.aborted) return Promise.reject(this.#closing.signal.reason)
    const failed = this.#pauses.errorOf(serverId)
    if (failed) return Promise.reject(failed)
    const renewing = this.#renew(target, request).finally(() => this.#underWay.delete(serverId))
    this.#underWay.set(serverId, renewing)
    return renewing
  }

  async close(): Promise<void> {
    const closed = new RegistryError('CLOSED', 'The registry is closed')
    this.#closing.abort(closed)
    const timer = setTimeout(() => this.#ending.abort(closed), closeMs)
    await Promise.allSettled(this.#underWay.values())
    clearTimeout(timer)
  }

  /** A renewal of older tokens may answer just those that the request is refused with. */
  async #join(
    known: Promise<OAuthGrantRecord>,
    target: GrantTarget,
    request: RenewalRequest,
  ): Promise<OAuthGrantRecord> {
    const grant = await known
    return grant.generation > (request.generation ?? -1) ? grant : await this.renew(target, request)
  }

  async #renew(target: GrantTarget, request: RenewalRequest): Promise<OAuthGrantRecord> {
    const { vault } = this.#deps
    const mayRenew = this.#watchLeases()
    for (;;) {
      const grant = await vault.grant(target)
      if (isNewer(grant, request)) return grant
      const isDisconnected = grant.state === 'NOT_CONNECTED' && isRedeemed(target)
      if (isDisconnected || isRefused(target, grant)) throw reauthRequired(target, grant)
      this.#closing.signal.throwIfAborted()
      if (!mayRenew(grant)) await delay(lookMs)
      else if (grant.renewal && isRedeemed(target)) await this.#refuse(target, grant, lostLease)
      else {
        const leased = await this.#leases.take(target, grant, identityOf(target, grant))
        const renewed = leased && (await this.#renewLeased(target, leased, request))
        if (renewed) return renewed
      }
    }
  }

  /**
   * Whether the node that has the lease of a grant is dead: by its clock, or because the lease was seen for as long as it
   * lasts by the clock of this node, which may differ.
   */
  #watchLeases(): (grant: OAuthGrantRecord) => boolean {
    let seen: { readonly until: number; readonly at: number } | undefined
    return ({ renewal }) => {
      if (!renewal) return true
      if (seen?.until !== renewal.until) seen = { until: renewal.until, at: performance.now() }
      return renewal.until <= Date.now() || performance.now() - seen.at >= this.#leaseMs
    }
  }

  /** Resolves with undefined if the outcome does not count, since the grant was changed meanwhile. */
  async #renewLeased(
    target: GrantTarget,
    leased: OAuthGrantRecord,
    request: RenewalRequest,
  ): Promise<OAuthGrantRecord | undefined> {
    const { serverId } = target
    const answerMs = this.#pauses.patienceMs(serverId, request.servesUntil)
    const startedAt = performance.now()
    const limits = { answerMs, withinMs: this.#leaseMs * lastStep, signal: this.#ending.signal }
    const obtained = await this.#deps.obtain(target, leased, request, limits)
    if (obtained.kind === 'TOKENS') return await this.#store(target, leased, obtained)
    if (obtained.kind === 'TRANSIENT') this.#pauses.failed(serverId, obtained.error, startedAt)
    return await this.#failed(target, leased, obtained)
  }

  async #store(
    target: GrantTarget,
    leased: OAuthGrantRecord,
    { changes }: Obtained & { readonly kind: 'TOKENS' },
  ): Promise<OAuthGrantRecord | undefined> {
    const { vault, onRenewed, onUnwanted } = this.#deps
    const { scopes = [] } = changes
    const renewed = await this.#leases.end(target, leased, ({ requestedScopes }) => ({
      ...changes,
      requestedScopes: requestedScopes.filter((scope) => !scopes.includes(scope)),
    }))
    this.#pauses.end(target.serverId)
    onRenewed(target.serverId, 'SUCCEEDED')
    if (renewed) return renewed
    // If the owner connected anew, both may be of one consent there: revoking these could end those.
    const current = await vault.grant(target)
    if (current.state === 'CONNECTED') return undefined
    if (current.state === 'NOT_CONNECTED') onUnwanted(target, { ...leased, ...changes })
    throw reauthRequired(target, current)
  }

  async #failed(target: GrantTarget, leased: OAuthGrantRecord, failure: TokenFailure): Promise<undefined> {
    const { onRenewed } = this.#deps
    onRenewed(target.serverId, failure.kind === 'TRANSIENT' ? 'FAILED' : 'REFUSED')
    if (failure.kind !== 'REFUSED' && failure.error.code !== 'AUTH_REQUIRED') {
      await this.#leases.end(target, leased, () => ({}))
      throw failure.error
    }
    if (failure.kind === 'REFUSED' && failure.code === 'invalid_client') await this.#forgetClient(leased)
    const reason =
      failure.kind === 'REFUSED'
        ? `the authorization server refuses to renew what it granted (${shownCode(failure.code)})`
        : failure.error.message
    await this.#refuse(target, leased, reason)
  }

  /** A registration that its authorization server has forgotten: the next `beginAuth` registers anew. */
  async #forgetClient({ endpoints, registration, redirectUri, clientId }: OAuthGrantRecord): Promise<void> {
    if (registration !== 'DYNAMIC' || !endpoints || redirectUri === null) return
    const { vault } = this.#deps
    const known = await vault.client(endpoints.issuer, redirectUri)
    if (known?.client_id === clientId) await vault.forgetClient(endpoints.issuer, redirectUri)
  }

  /** Stores a refusal, unless the grant is no longer the one that was refused. */
  async #refuse(target: GrantTarget, grant: OAuthGrantRecord, reason: string): Promise<void> {
    const changes = { state: 'REAUTH_REQUIRED', reason, tokens: null, isRenewable: false } as const
    const refused = await this.#leases.end(target, grant, () => changes)
    if (!refused) return
    const error = reauthRequired(target, refused)
    // The owner's credentials are shown again and again; the refusal is told of once.
    if (grant.state !== 'REAUTH_REQUIRED') await this.#deps.onReauthRequired(target, error)
    throw error
  }
}

function isNewer(grant: OAuthGrantRecord, { generation, scopes = [] }: RenewalRequest): boolean {
  if (grant.tokens === null || grant.state !== 'CONNECTED') return false
  return grant.generation > (generation ?? -1) && scopes.every((scope) => grant.scopes.includes(scope))
}

/** A refused grant is not asked for again; credentials of the owner are after a while, as they may have been replaced. */
export function isRefused(target: GrantTarget, { state, updatedAt }: OAuthGrantRecord): boolean {
  if (state !== 'REAUTH_REQUIRED') return false
  const ageMs = Date.now() - updatedAt
  return isRedeemed(target) || (ageMs >= 0 && ageMs < refusedMs)
}

/** Whose credentials are shown, so that a refusal is known to be theirs. */
function identityOf(target: GrantTarget, { redirectUri, clientId, registration }: OAuthGrantRecord) {
  if (isRedeemed(target)) return { redirectUri, clientId, registration }
  return { redirectUri: null, clientId: target.config.clientId, registration: 'PRE_REGISTERED' } as const
}

/** Whether renewing uses up what it shows to the authorization server. */
const isRedeemed = ({ config }: GrantTarget) => config.grant === 'AUTHORIZATION_CODE'

/** The error of a request that only a new consent, or new credentials, can make possible. */
export function reauthRequired(
  { serverName }: GrantTarget,
  { reason, requestedScopes }: Pick<OAuthGrantRecord, 'reason' | 'requestedScopes'>,
): RegistryError {
  const message = `The server "${serverName}" needs to be connected again: ${reason ?? 'it was disconnected'}`
  return authRequired(message, { details: { authentication: 'OAUTH', scopes: requestedScopes } })
}
