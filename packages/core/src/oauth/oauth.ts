import type { Dispatcher } from 'undici'
import type { RegistryError } from '../base/errors.ts'
import type { NodeId, ServerId } from '../base/ids.ts'
import { createTurns } from '../budgets/turns.ts'
import type { OAuthFlowRecord, OAuthGrantRecord } from '../model/oauth.ts'
import { isGrantFor } from '../model/oauth-grant.ts'
import type { RequestAuthorizer } from '../model/request-authorizer.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { type BeginAuthOptions, type BegunAuth, beginFlow, type OAuthTurns } from './browser-flow.ts'
import { type CheckAuthOptions, type CheckedAuth, checkGrant } from './check-grant.ts'
import type { ReadSecret } from './client-authentication.ts'
import { type AuthAnswer, type CompleteAuthOptions, completeFlow, findFlow } from './complete-flow.ts'
import type { GrantTarget } from './grant-target.ts'
import { createNeedAuth, type NeedAuth, type OnAuthRequired } from './need-auth.ts'
import { createObtainTokens } from './obtain-tokens.ts'
import type { ResolvedOAuthOptions } from './options.ts'
import { createRenewal, type Renewal, type RenewalDeps } from './renewal.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { createTokenSource, type TokenSource } from './token-source.ts'
import { createVault, disconnected, type Vault } from './vault.ts'

export interface OAuthDeps {
  readonly storage: TenantStorage
  readonly keyRing: KeyRing
  readonly readSecret: ReadSecret
  /** Connections within the network policy. */
  readonly dispatcher: () => Promise<Dispatcher>
  readonly nodeId: NodeId
  readonly options: ResolvedOAuthOptions
  readonly closing: AbortSignal
  readonly turns: OAuthTurns
  readonly onAuthRequired: OnAuthRequired
  readonly onRenewed: RenewalDeps['onRenewed']
  /** Called when the tokens of a server are of another identity than those before: its sessions are of the old one. */
  readonly onReplaced: (serverId: ServerId) => void
  readonly onError: (error: unknown) => void
  /** How long one node may take to renew tokens, in ms. @default 30_000 */
  readonly leaseMs?: number
}

export interface Disconnected {
  /** Whether the authorization server revoked the tokens. Never rejects: failures go to `onError`. */
  readonly revoked: Promise<boolean>
}

/** The OAuth of one tenant: connects servers, keeps what they were granted, and authorizes requests with it. */
export interface OAuth {
  /** What authorizes the requests to a server; `key` tells configurations apart, so that a changed one starts anew. */
  authorizer(target: GrantTarget, key: string): RequestAuthorizer
  /** @throws every code of `beginFlow` */
  begin(target: GrantTarget, options: BeginAuthOptions): Promise<BegunAuth>
  /** The flow that an answer belongs to, which names its server. @throws INVALID_INPUT */
  find(answer: AuthAnswer, options: CompleteAuthOptions): Promise<OAuthFlowRecord>
  /** @throws every code of `completeFlow` */
  complete(target: GrantTarget, flow: OAuthFlowRecord, answer: AuthAnswer): Promise<OAuthGrantRecord>
  /** @throws every code of `checkGrant` */
  check(target: GrantTarget, options: CheckAuthOptions): Promise<CheckedAuth>
  /** Drops what was granted, and begins to revoke it where its authorization server can (RFC 7009). */
  disconnect(target: GrantTarget): Promise<Disconnected>
  /** Drops what was granted to `before`, if it is not for `after`; undefined: the server no longer uses OAuth. */
  reconfigured(before: GrantTarget, after: GrantTarget | undefined): Promise<void>
  /** Drops what this node keeps of a server's tokens. */
  forget(serverId: ServerId): void
  /** Has every grant read anew: another node may have changed them. */
  invalidate(): void
  /** Resolves once no renewal and no revocation is under way. */
  close(): Promise<void>
}

export const createOAuth = (deps: OAuthDeps): OAuth => new TenantOAuth(deps)

/** More than can be under way: each place of a registration has a share of one. */
const mostRegistering = 1_000_000

class TenantOAuth implements OAuth {
  readonly #deps: OAuthDeps
  readonly #vault: Vault
  readonly #renewal: Renewal
  readonly #needAuth: NeedAuth
  /** Each of them holds one part at a time. */
  readonly #registering = createTurns<string>({ max: mostRegistering, share: () => 1 / mostRegistering })
  readonly #revoking = new Set<Promise<boolean>>()
  /** One for each server in use. */
  readonly #sources = new Map<ServerId, { readonly key: string; readonly source: TokenSource }>()

  constructor(deps: OAuthDeps) {
    const { dispatcher, nodeId, readSecret, onRenewed, onAuthRequired } = deps
    this.#deps = deps
    this.#vault = createVault(deps)
    const obtain = createObtainTokens({ vault: this.#vault, readSecret, dispatcher })
    const onReauthRequired = (target: GrantTarget, error: RegistryError) => onAuthRequired(target, error, false)
    const onUnwanted = (target: GrantTarget, grant: OAuthGrantRecord) => void this.#beginRevoking(target, grant)
    const renewalDeps = { vault: this.#vault, obtain, nodeId, onReauthRequired, onRenewed, onUnwanted }
    this.#renewal = createRenewal(deps.leaseMs === undefined ? renewalDeps : { ...renewalDeps, leaseMs: deps.leaseMs })
    this.#needAuth = createNeedAuth(this.#vault, onAuthRequired)
  }

  authorizer(target: GrantTarget, key: string): RequestAuthorizer {
    const known = this.#sources.get(target.serverId)
    if (known?.key === key) return known.source
    const { onError, onReplaced } = this.#deps
    const source = createTokenSource(target, {
      vault: this.#vault,
      renewal: this.#renewal,
      needAuth: this.#needAuth,
      onError,
      onReplaced: ({ serverId }) => onReplaced(serverId),
    })
    this.#sources.set(target.serverId, { key, source })
    return source
  }

  begin(target: GrantTarget, options: BeginAuthOptions): Promise<BegunAuth> {
    return beginFlow(target, options, this.#flowDeps)
  }

  find(answer: AuthAnswer, options: CompleteAuthOptions): Promise<OAuthFlowRecord> {
    return findFlow(answer, options, { vault: this.#vault })
  }

  async complete(target: GrantTarget, flow: OAuthFlowRecord, answer: AuthAnswer): Promise<OAuthGrantRecord> {
    const grant = await completeFlow(target, flow, answer, this.#flowDeps)
    this.#sources.get(target.serverId)?.source.invalidate()
    return grant
  }

  check(target: GrantTarget, options: CheckAuthOptions): Promise<CheckedAuth> {
    return checkGrant(target, options, { ...this.#deps, vault: this.#vault })
  }

  async disconnect(target: GrantTarget): Promise<Disconnected> {
    for (;;) {
      const grant = await this.#vault.grant(target)
      const dropped = await this.#vault.change(grant, { ...disconnected, generation: grant.generation + 1 })
      if (!dropped) continue
      this.#sources.get(target.serverId)?.source.invalidate()
      // Dropped first: whatever the authorization server answers, the tokens are not used again.
      return { revoked: this.#beginRevoking(target, grant) }
    }
  }

  async reconfigured(before: GrantTarget, after: GrantTarget | undefined): Promise<void> {
    const grant = await this.#vault.grant(before)
    if (!after || !isGrantFor(after.serverUrl, after.config, grant)) await this.disconnect(before)
    // Other credentials may be taken where the old ones were not.
    else if (grant.state === 'REAUTH_REQUIRED' && after.config.grant !== 'AUTHORIZATION_CODE') {
      await this.#vault.change(grant, { state: 'NOT_CONNECTED', reason: null, stepUps: 0 })
    }
  }

  forget(serverId: ServerId): void {
    this.#sources.delete(serverId)
  }

  invalidate(): void {
    for (const { source } of this.#sources.values()) source.invalidate()
  }

  async close(): Promise<void> {
    await this.#renewal.close()
    await Promise.all(this.#revoking)
  }

  #beginRevoking(target: GrantTarget, grant: OAuthGrantRecord): Promise<boolean> {
    const revoking = this.#revoke(target, grant).finally(() => this.#revoking.delete(revoking))
    this.#revoking.add(revoking)
    return revoking
  }

  get #flowDeps() {
    return { ...this.#deps, vault: this.#vault, registering: this.#registering }
  }

  async #revoke(target: GrantTarget, grant: OAuthGrantRecord): Promise<boolean> {
    try {
      return await revokeTokens(target, grant, this.#flowDeps)
    } catch (error) {
      // A registry that closes gives up what is under way.
      if (!this.#deps.closing.aborted) this.#deps.onError(error)
      return false
    }
  }
}
