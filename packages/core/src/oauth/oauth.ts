import type { Dispatcher } from 'undici'
import { isRegistryError, type RegistryError } from '../base/errors.ts'
import type { NodeId, ServerId } from '../base/ids.ts'
import type { OAuthFlowRecord, OAuthGrantRecord } from '../model/oauth.ts'
import type { RequestAuthorizer } from '../model/request-authorizer.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { type BeginAuthOptions, type BegunAuth, beginFlow } from './browser-flow.ts'
import type { ReadSecret } from './client-authentication.ts'
import { type AuthAnswer, type CompleteAuthOptions, completeFlow, findFlow } from './complete-flow.ts'
import type { GrantTarget } from './grant-target.ts'
import { createNeedAuth, type OnAuthRequired } from './need-auth.ts'
import { createObtainTokens } from './obtain-tokens.ts'
import type { ResolvedOAuthOptions } from './options.ts'
import { createRenewal, type RenewalDeps } from './renewal.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { createTokenSource, type TokenSource } from './token-source.ts'
import { createVault } from './vault.ts'

export interface OAuthDeps {
  readonly storage: TenantStorage
  readonly keyRing: KeyRing
  readonly readSecret: ReadSecret
  /** Connections within the network policy. */
  readonly dispatcher: Dispatcher
  readonly nodeId: NodeId
  readonly options: ResolvedOAuthOptions
  readonly closing: AbortSignal
  readonly onAuthRequired: OnAuthRequired
  readonly onRenewed: RenewalDeps['onRenewed']
  /** Called when the tokens of a server are of another identity than those before: its sessions are of the old one. */
  readonly onReplaced: (serverId: ServerId) => void
  readonly onError: (error: unknown) => void
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
  /** Revokes and drops what was granted. What the authorization server says to that is left to `onError`. */
  disconnect(target: GrantTarget): Promise<OAuthGrantRecord>
  /** Drops what this node keeps of a server's tokens. */
  forget(serverId: ServerId): void
  /** Has every grant read anew: another node may have changed them. */
  invalidate(): void
  close(): Promise<void>
}

export const createOAuth = (deps: OAuthDeps): OAuth => new TenantOAuth(deps)

class TenantOAuth implements OAuth {
  readonly #deps: OAuthDeps
  readonly #vault
  readonly #renewal
  readonly #needAuth
  /** One for each server in use. */
  readonly #sources = new Map<ServerId, { readonly key: string; readonly source: TokenSource }>()

  constructor(deps: OAuthDeps) {
    const { dispatcher, nodeId, readSecret, onRenewed, onAuthRequired } = deps
    this.#deps = deps
    this.#vault = createVault(deps)
    const obtain = createObtainTokens({ vault: this.#vault, readSecret, dispatcher })
    const onReauthRequired = (target: GrantTarget, error: RegistryError) => onAuthRequired(target, error, false)
    this.#renewal = createRenewal({ vault: this.#vault, obtain, nodeId, onReauthRequired, onRenewed })
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
    return beginFlow(target, options, { ...this.#deps, vault: this.#vault })
  }

  find(answer: AuthAnswer, options: CompleteAuthOptions): Promise<OAuthFlowRecord> {
    return findFlow(answer, options, { vault: this.#vault })
  }

  async complete(target: GrantTarget, flow: OAuthFlowRecord, answer: AuthAnswer): Promise<OAuthGrantRecord> {
    const grant = await completeFlow(target, flow, answer, { ...this.#deps, vault: this.#vault })
    this.#invalidate(target.serverId)
    return grant
  }

  async disconnect(target: GrantTarget): Promise<OAuthGrantRecord> {
    const vault = this.#vault
    for (;;) {
      const grant = await vault.grant(target.serverId, target.serverUrl)
      const dropped = await vault.change(grant, { ...disconnected, generation: grant.generation + 1 })
      if (!dropped) continue
      this.#invalidate(target.serverId)
      // Dropped first: whatever the authorization server answers, the tokens are not used again.
      await revokeTokens(target, grant, { ...this.#deps, vault }).catch((error: unknown) => {
        if (!isRegistryError(error, 'CLOSED')) this.#deps.onError(error)
      })
      return dropped
    }
  }

  forget(serverId: ServerId): void {
    this.#sources.delete(serverId)
  }

  invalidate(): void {
    for (const { source } of this.#sources.values()) source.invalidate()
  }

  close(): Promise<void> {
    return this.#renewal.close()
  }

  #invalidate(serverId: ServerId): void {
    this.#sources.get(serverId)?.source.invalidate()
  }
}

/** The pin of the owner's credentials stays: it ends when auth is set again. */
const disconnected = {
  state: 'NOT_CONNECTED',
  reason: null,
  scopes: [],
  requestedScopes: [],
  stepUps: 0,
  connectedAt: null,
  issuedAt: null,
  expiresAt: null,
  tokens: null,
  isRenewable: false,
  renewal: null,
  authorizingUntil: null,
} as const
