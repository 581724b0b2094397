import { setTimeout as delay } from 'node:timers/promises'
import { unwell } from '../../packages/core/src/oauth/failures.ts'
import { type ObtainTokens, tokenChanges } from '../../packages/core/src/oauth/obtain-tokens.ts'
import type { Vault } from '../../packages/core/src/oauth/vault.ts'

/** How one request for tokens ends. */
export const outcomes = [
  'OK',
  'SLOW',
  /** Longer than the lease: other nodes believe the one that asked to be dead. */
  'LATE',
  'TRANSIENT',
  /** The tokens were issued, and their answer was lost. */
  'LOST',
  /** The owner has withdrawn the consent. */
  'REVOKED',
  /** The node that asks ends before it sends anything, or before it gets the answer. */
  'DEAD',
  'DEAD_AFTER',
] as const
export type Outcome = (typeof outcomes)[number]

/** An authorization server that rotates refresh tokens, and ends a family whose old token it sees. */
export class ScriptedIssuer {
  /** Refresh tokens that were shown after their answer had been received, or after the node that got it had died. */
  readonly shownTwice: string[] = []
  readonly used: Outcome[] = []
  readonly #script: Outcome[]
  readonly #lost = new Set<string>()
  readonly #redeemed = new Set<string>()
  #issued = 0
  #current: string | undefined

  constructor(script: readonly Outcome[]) {
    this.#script = [...script]
  }

  /** The refresh token that is good; undefined: its family has ended. */
  get current(): string | undefined {
    return this.#current
  }

  consent(): string {
    this.#issued += 1
    this.#current = `refresh ${this.#issued}`
    return this.#current
  }

  /** Asks for tokens as one node does. `die` ends that node. */
  obtain(vault: Vault, leaseMs: number, die: () => Promise<never>): ObtainTokens {
    return async (target, grant) => {
      const outcome = this.#script.shift() ?? 'OK'
      this.used.push(outcome)
      const shown = (await vault.openTokens(grant))?.refreshToken ?? ''
      if (outcome === 'DEAD') return await die()
      if (outcome === 'TRANSIENT')
        return { kind: 'TRANSIENT', error: unwell('it is scripted', undefined), what: 'it is scripted' }
      if (outcome === 'REVOKED') this.#current = undefined
      const next = this.#redeem(shown, outcome === 'LOST')
      if (outcome === 'DEAD_AFTER') return await die()
      if (outcome === 'LOST')
        return { kind: 'TRANSIENT', error: unwell('its answer was lost', undefined), what: 'its answer was lost' }
      await delay(outcome === 'LATE' ? leaseMs * 1.5 : outcome === 'SLOW' ? 20 : 0)
      if (next === undefined) return { kind: 'REFUSED', code: 'invalid_grant' }
      const asked = { scopes: [], dpopKey: null, requestedAt: Date.now() }
      const tokens = { access_token: `access of ${next}`, token_type: 'Bearer', refresh_token: next }
      const seal = (opened: Parameters<Vault['sealTokens']>[1]) => vault.sealTokens(target.serverId, opened)
      return { kind: 'TOKENS', changes: tokenChanges(target, grant, tokens, asked, seal) }
    }
  }

  #redeem(shown: string, isLost: boolean): string | undefined {
    if (this.#redeemed.has(shown)) {
      if (!this.#lost.has(shown)) this.shownTwice.push(shown)
      this.#current = undefined
    }
    if (shown !== this.#current) return undefined
    this.#redeemed.add(shown)
    if (isLost) this.#lost.add(shown)
    return this.consent()
  }
}
