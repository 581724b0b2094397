import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import type { NodeId, ServerId } from '../base/ids.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import { authRequired, shownCode, type TokenFailure } from './failures.ts'
import type { GrantTarget } from './grant-target.ts'
import type { Obtained, ObtainTokens, RenewalRequest } from './obtain-tokens.ts'
import type { Vault } from './vault.ts'

/** How long one node may take to renew tokens, in ms; longer than all its requests may take. */
const leaseMs = 30_000
/** Pause between looks at a grant that another node renews, in ms. */
const lookMs = 50
/** Pause before credentials that were refused are shown again, in ms. */
const refusedMs = 30_000
/** Pauses after failures of the authorization server, in ms: they begin small, so that all is well soon after it is. */
const backoff = { firstMs: 250, maxMs: 4_000 } as const

export interface RenewalDeps {
  readonly vault: Vault
  readonly obtain: ObtainTokens
  readonly nodeId: NodeId
  /** Called once only the owner can go on. */
  readonly onReauthRequired: (target: GrantTarget, error: RegistryError) => Promise<void>
  readonly onRenewed: (serverId: ServerId, outcome: 'SUCCEEDED' | 'FAILED' | 'REFUSED') => void
}

/**
 * Renews tokens, so that of all nodes one asks the authorization server, and all get what it answered. A refresh token is
 * shown once: where a node ended after it may have been, the grant needs the owner (OAuth 2.1 section 4.3.1).
 */
export interface Renewal {
  /**
   * Resolves with a grant whose tokens are newer than those of the request.
   * @throws AUTH_REQUIRED; CONNECT_FAILED and others, retryable, while the authorization server fails
   */
  renew(target: GrantTarget, request: RenewalRequest): Promise<OAuthGrantRecord>
  /** Resolves once nothing is under way. */
  close(): Promise<void>
}

export const createRenewal = (deps: RenewalDeps): Renewal => new LeasedRenewal(deps)

interface Failing {
  readonly error: RegistryError
  readonly failures: number
  /** By `performance.now()`. */
  readonly retryAt: number
}

class LeasedRenewal implements Renewal {
  readonly #deps: RenewalDeps
  /** One for all callers of this node. */
  readonly #underWay = new Map<ServerId, Promise<OAuthGrantRecord>>()
  readonly #failing = new Map<ServerId, Failing>()
  readonly #closing = new AbortController()

  constructor(deps: RenewalDeps) {
    this.#deps = deps
  }

  renew(target: GrantTarget, request: RenewalRequest): Promise<OAuthGrantRecord> {
    const { serverId } = target
    const known = this.#underWay.get(serverId)
    if (known) return known
    const failing = this.#failing.get(serverId)
    // The server was asked a moment ago: thousands of runs would only keep it from getting well.
    if (failing && failing.retryAt > performance.now()) return Promise.reject(failing.error)
    const renewing = this.#renew(target, request).finally(() => this.#underWay.delete(serverId))
    this.#underWay.set(serverId, renewing)
    return renewing
  }

  async close(): Promise<void> {
    this.#closing.abort(new RegistryError('CLOSED', 'The registry is closed'))
    await Promise.allSettled(this.#underWay.values())
  }

  async #renew(target: GrantTarget, request: RenewalRequest): Promise<OAuthGrantRecord> {
    const { vault, nodeId } = this.#deps
    for (;;) {
      const grant = await vault.grant(target)
      if (isNewer(grant, request)) return grant
      if (isRefused(target, grant)) throw authRequired(reasonOf(target, grant))
      const { renewal } = grant
      if (renewal && renewal.until > Date.now()) {
        await delay(lookMs, undefined, { signal: this.#closing.signal })
        continue
      }
      if (renewal && isRedeemed(target)) {
        const reason = 'a process ended while it renewed the tokens, and the refresh token may have been used'
        if (await this.#refuse(target, grant, reason)) throw authRequired(reasonOf(target, { reason }))
        continue
      }
      const renewing = { renewal: { nodeId, until: Date.now() + leaseMs }, ...identityOf(target, grant) }
      const leased = await vault.change(grant, renewing)
      if (leased) return await this.#renewLeased(target, leased, request)
    }
  }

  async #renewLeased(target: GrantTarget, grant: OAuthGrantRecord, request: RenewalRequest): Promise<OAuthGrantRecord> {
    const { vault, obtain, onRenewed } = this.#deps
    const obtained = await obtain(target, grant, request, leaseMs)
    if (obtained.kind !== 'TOKENS') return await this.#failed(target, obtained.grant, obtained)
    const renewed = await this.#commit(obtained.grant, obtained)
    this.#failing.delete(target.serverId)
    onRenewed(target.serverId, 'SUCCEEDED')
    if (renewed) return renewed
    // The owner disconnected or connected anew meanwhile: that counts.
    const current = await vault.grant(target)
    if (isNewer(current, request)) return current
    throw authRequired(reasonOf(target, current))
  }

  /** The tokens must not be lost to a storage that is away for a moment: no other copy of them exists. */
  async #commit(
    grant: OAuthGrantRecord,
    obtained: Obtained & { readonly kind: 'TOKENS' },
  ): Promise<OAuthGrantRecord | undefined> {
    for (let waitMs: number = backoff.firstMs; ; waitMs *= 2) {
      try {
        return await this.#deps.vault.change(grant, { ...obtained.changes, renewal: null })
      } catch (error) {
        if (!isRegistryError(error) || !error.retryable || waitMs > backoff.maxMs) throw error
        await delay(waitMs)
      }
    }
  }

  async #failed(target: GrantTarget, grant: OAuthGrantRecord, failure: TokenFailure): Promise<never> {
    const { vault, onRenewed } = this.#deps
    if (failure.kind === 'TRANSIENT') {
      onRenewed(target.serverId, 'FAILED')
      await vault.change(grant, { renewal: null })
      this.#remember(target.serverId, failure.error)
      throw failure.error
    }
    onRenewed(target.serverId, 'REFUSED')
    if (failure.kind === 'BLOCKED' && failure.error.code !== 'AUTH_REQUIRED') {
      await vault.change(grant, { renewal: null })
      throw failure.error
    }
    const reason =
      failure.kind === 'BLOCKED'
        ? failure.error.message
        : `the authorization server refuses to renew what it granted (${shownCode(failure.code)})`
    await this.#refuse(target, grant, reason)
    throw authRequired(reasonOf(target, { reason }))
  }

  /** Resolves with whether the grant was still the one that was refused. */
  async #refuse(target: GrantTarget, grant: OAuthGrantRecord, reason: string): Promise<boolean> {
    const changes = { state: 'REAUTH_REQUIRED', reason, tokens: null, isRenewable: false, renewal: null } as const
    const refused = await this.#deps.vault.change(grant, changes)
    if (refused) await this.#deps.onReauthRequired(target, authRequired(reasonOf(target, refused)))
    return refused !== undefined
  }

  #remember(serverId: ServerId, error: RegistryError): void {
    const failures = (this.#failing.get(serverId)?.failures ?? 0) + 1
    const pauseMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** (failures - 1))
    this.#failing.set(serverId, { error, failures, retryAt: performance.now() + pauseMs })
  }
}

function isNewer(grant: OAuthGrantRecord, { generation, scopes = [] }: RenewalRequest): boolean {
  if (grant.tokens === null || grant.state !== 'CONNECTED') return false
  return grant.generation > (generation ?? -1) && scopes.every((scope) => grant.scopes.includes(scope))
}

/** A refused grant is not asked for again; credentials of the owner are after a while, as they may have been replaced. */
export function isRefused(target: GrantTarget, { state, updatedAt }: OAuthGrantRecord): boolean {
  return state === 'REAUTH_REQUIRED' && (isRedeemed(target) || Date.now() - updatedAt < refusedMs)
}

/** Whose credentials are shown, so that a refusal is known to be theirs. */
function identityOf(target: GrantTarget, { redirectUri, clientId, registration }: OAuthGrantRecord) {
  if (isRedeemed(target)) return { redirectUri, clientId, registration }
  return { redirectUri: null, clientId: target.config.clientId, registration: 'PRE_REGISTERED' } as const
}

/** Whether renewing uses up what it shows to the authorization server. */
const isRedeemed = ({ config }: GrantTarget) => config.grant === 'AUTHORIZATION_CODE'

export function reasonOf({ serverName }: GrantTarget, { reason }: Pick<OAuthGrantRecord, 'reason'>): string {
  return `The server "${serverName}" needs to be connected again: ${reason ?? 'it was disconnected'}`
}
