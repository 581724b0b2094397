import { unlessAborted } from '../base/deadline.ts'
import { isRegistryError, type RegistryError } from '../base/errors.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import { type AuthorizationChallenge, authorizationChallenge, parseChallenges } from '../model/oauth-challenge.ts'
import { parseScopes, scopesBeyond } from '../model/oauth-scopes.ts'
import type {
  Authorization,
  AuthorizationAnswer,
  OutgoingRequest,
  RequestAuthorizer,
} from '../model/request-authorizer.ts'
import { createScrub, type Scrub } from '../secrets/scrub.ts'
import { type CurrentTokens, openTokens, provenHeaders } from './current-tokens.ts'
import { authRequired } from './failures.ts'
import type { GrantTarget } from './grant-target.ts'
import type { NeedAuth } from './need-auth.ts'
import type { RenewalRequest } from './obtain-tokens.ts'
import { isRefused, type Renewal, reauthRequired } from './renewal.ts'
import type { Vault } from './vault.ts'

/** Times that a grant is widened by what the server asks for. */
const maxStepUps = 3
/** Time after which a token that was refused although it was new is renewed once more, in ms. */
const unprovenMs = 30_000
/** Earlier tokens that are still removed from texts: a server may quote one late. */
const scrubbedTokens = 4

export interface TokenSourceDeps {
  readonly vault: Vault
  readonly renewal: Renewal
  readonly needAuth: NeedAuth
  /** Gets failures of renewals that no request waits on. */
  readonly onError: (error: unknown) => void
  /** Called when the tokens turn out to be of another identity than those before. */
  readonly onReplaced: (target: GrantTarget) => void
}

/** The tokens of one server in the memory of this node, read once and checked by their generation. */
export interface TokenSource extends RequestAuthorizer {
  /** Has the grant read anew before the next request: another node may have changed it. */
  invalidate(): void
}

export const createTokenSource = (target: GrantTarget, deps: TokenSourceDeps): TokenSource =>
  new ServerTokens(target, deps)

class ServerTokens implements TokenSource {
  readonly #target: GrantTarget
  readonly #deps: TokenSourceDeps
  readonly #sent: string[] = []
  #scrub: Scrub | undefined
  #current: CurrentTokens | undefined
  #reading: Promise<CurrentTokens> | undefined
  #isRenewing = false
  /** Grows with each `invalidate`: what was read before is of another epoch. */
  #epoch = 0
  /** The generation that was made because the server refused the one before, until the server takes it. */
  #unproven: { readonly generation: number; readonly at: number } | undefined

  constructor(target: GrantTarget, deps: TokenSourceDeps) {
    this.#target = target
    this.#deps = deps
  }

  authorize(request: OutgoingRequest, signal: AbortSignal): Authorization | Promise<Authorization> {
    const current = this.#current
    const now = Date.now()
    if (!current || now >= current.endsAt) return this.#authorizeLater(request, signal)
    if (now >= current.renewAt) this.#renewEarly(current)
    if (current.dpop) return this.#proven(current, request)
    return { headers: current.headers, generation: current.generation }
  }

  answered(answer: AuthorizationAnswer, sent: Authorization, signal: AbortSignal): boolean | Promise<boolean> {
    const { status, challenges, dpopNonce } = answer
    if (dpopNonce !== undefined) this.#current?.dpop?.rememberNonce(this.#target.serverUrl, dpopNonce)
    if (status !== 401 && status !== 403) return false
    if (status === 401 && dpopNonce !== undefined && isNonceChallenge(challenges)) return true
    // What it asks for is stored and shown: a server may quote the token there.
    const challenge = authorizationChallenge(challenges.map((each) => this.scrub(each)))
    if (status === 403 && challenge.error !== 'insufficient_scope') return false
    const work = status === 401 ? this.#refused(challenge, sent) : this.#lacksScopes(challenge, sent)
    return unlessAborted(work, signal)
  }

  accepted({ generation }: Authorization): void {
    if (generation === this.#unproven?.generation) this.#unproven = undefined
  }

  scrub(text: string): string {
    if (this.#sent.length === 0) return text
    this.#scrub ??= createScrub(this.#sent)
    return this.#scrub(text)
  }

  invalidate(): void {
    this.#epoch += 1
    this.#reading = undefined
    // A token that is under way stays known, so that it is scrubbed; the next request reads the grant.
    if (this.#current) this.#current = { ...this.#current, endsAt: 0 }
  }

  async #authorizeLater(request: OutgoingRequest, signal: AbortSignal): Promise<Authorization> {
    const current = await unlessAborted(this.#read(), signal)
    return await this.#proven(current, request)
  }

  async #proven(current: CurrentTokens, request: OutgoingRequest): Promise<Authorization> {
    return { headers: await provenHeaders(current, request), generation: current.generation }
  }

  /** One read for all requests that wait. */
  #read(): Promise<CurrentTokens> {
    if (this.#reading) return this.#reading
    const reading = this.#readGrant().finally(() => {
      if (this.#reading === reading) this.#reading = undefined
    })
    this.#reading = reading
    return reading
  }

  async #readGrant(): Promise<CurrentTokens> {
    const { vault } = this.#deps
    const epoch = this.#epoch
    const grant = await vault.grant(this.#target)
    if (isRefused(this.#target, grant)) throw reauthRequired(this.#target, grant)
    const hasEnded = grant.expiresAt !== null && grant.expiresAt <= Date.now()
    const isOwnGrant = this.#target.config.grant !== 'AUTHORIZATION_CODE'
    if (grant.tokens === null || !hasEnded) return await this.#take(grant, epoch)
    if (grant.isRenewable || isOwnGrant) return await this.#renew({ generation: grant.generation })
    const reason = 'its access token has expired, and the authorization server gave no refresh token'
    throw await this.#deps.needAuth.reauthorize(this.#target, grant, reason)
  }

  async #renew(request: RenewalRequest): Promise<CurrentTokens> {
    const epoch = this.#epoch
    return await this.#take(await this.#deps.renewal.renew(this.#target, request), epoch)
  }

  /** `epoch`: that in which the grant was read. */
  async #take(grant: OAuthGrantRecord, epoch: number): Promise<CurrentTokens> {
    const current = await openTokens(this.#deps.vault, grant, this.#current)
    const before = this.#current
    // Reads overtake each other.
    if (before && before.grant.version > grant.version) return before
    if (current.accessToken !== undefined) this.#remember(current.accessToken)
    this.#current = epoch === this.#epoch ? current : { ...current, endsAt: 0 }
    if (before && before.grant.connectedAt !== grant.connectedAt) this.#deps.onReplaced(this.#target)
    return current
  }

  #remember(token: string): void {
    if (this.#sent.includes(token)) return
    this.#sent.unshift(token)
    this.#sent.length = Math.min(this.#sent.length, scrubbedTokens)
    this.#scrub = undefined
  }

  /** Renews before the end, while the old token serves. */
  #renewEarly({ grant, endsAt }: CurrentTokens): void {
    if (this.#isRenewing) return
    this.#isRenewing = true
    void this.#renew({ generation: grant.generation, servesUntil: endsAt })
      .catch((error: unknown) => {
        if (isRegistryError(error) && (error.retryable || error.code === 'CLOSED')) return
        // The next request reads what became of the grant, in place of asking here again and again.
        this.invalidate()
        if (!isRegistryError(error, 'AUTH_REQUIRED')) this.#deps.onError(error)
      })
      .finally(() => {
        this.#isRenewing = false
      })
  }

  /** Resolves with true once there are tokens that the server has not refused. */
  async #refused(challenge: AuthorizationChallenge, { generation }: Authorization): Promise<boolean> {
    const { vault, needAuth } = this.#deps
    const { config } = this.#target
    const epoch = this.#epoch
    const current = this.#current
    if (current && isAfter(current.generation, generation)) return true
    const grant = await vault.grant(this.#target)
    if (grant.state === 'CONNECTED' && isAfter(grant.generation, generation)) {
      await this.#take(grant, epoch)
      return true
    }
    // Another node has dropped what was sent: the next request reads that.
    if (grant.state !== 'CONNECTED') this.invalidate()
    if (isRefused(this.#target, grant)) throw reauthRequired(this.#target, grant)
    if (generation !== undefined && this.#isUnproven(generation)) throw this.#alwaysRefused()
    const resourceMetadataUrl = challenge.resourceMetadataUrl ?? grant.resourceMetadataUrl ?? undefined
    if (config.grant === 'AUTHORIZATION_CODE') {
      const isUnconnected = generation === undefined || grant.state === 'NOT_CONNECTED'
      if (isUnconnected) throw await needAuth.connect(this.#target, grant, challenge)
      if (!grant.isRenewable) {
        const reason = 'it refuses the access token, and the authorization server gave no refresh token'
        throw await needAuth.reauthorize(this.#target, grant, reason)
      }
    }
    const scopes = scopesBeyond(parseScopes(challenge.scope), grant.scopes)
    const widening = config.grant === 'AUTHORIZATION_CODE' ? {} : { scopes }
    const renewed = await this.#renew({ generation, ...widening, resourceMetadataUrl })
    this.#unproven = { generation: renewed.grant.generation, at: performance.now() }
    return true
  }

  #isUnproven(generation: number): boolean {
    const unproven = this.#unproven
    return unproven?.generation === generation && performance.now() - unproven.at < unprovenMs
  }

  /** The server wants more scopes (MCP 2026-07-28, authorization, step-up): those granted stay asked for. */
  async #lacksScopes(challenge: AuthorizationChallenge, { generation }: Authorization): Promise<boolean> {
    const { vault, needAuth } = this.#deps
    const { config } = this.#target
    const epoch = this.#epoch
    const grant = await vault.grant(this.#target)
    if (isAfter(grant.generation, generation)) {
      await this.#take(grant, epoch)
      return true
    }
    const wanted = scopesBeyond(parseScopes(challenge.scope), grant.scopes)
    const mayWiden = config.grant !== 'AUTHORIZATION_CODE' && wanted.length > 0 && grant.stepUps < maxStepUps
    if (!mayWiden) throw await needAuth.widen(this.#target, grant, challenge)
    const counted = await vault.change(grant, { stepUps: grant.stepUps + 1 })
    if (!counted) return true
    await this.#renew({ generation, scopes: wanted })
    return true
  }

  #alwaysRefused(): RegistryError {
    const { serverName } = this.#target
    const message = `The server "${serverName}" refuses the access token that its authorization server has just issued (HTTP 401); its owner has to look at both`
    return authRequired(message, { details: { httpStatus: 401 } })
  }
}

const isAfter = (generation: number | undefined, other: number | undefined) =>
  generation !== undefined && generation > (other ?? -1)

/** RFC 9449 section 9. */
function isNonceChallenge(challenges: readonly string[]): boolean {
  return parseChallenges(challenges).some(
    ({ scheme, parameters }) => scheme === 'dpop' && parameters.get('error') === 'use_dpop_nonce',
  )
}
