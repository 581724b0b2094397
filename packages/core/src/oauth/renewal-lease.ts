import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import type { GrantTarget } from './grant-target.ts'
import type { Vault } from './vault.ts'

/** Time for which a write is tried again while the storage is unavailable, in ms: no other copy of new tokens exists. */
const storageMs = 60_000
/** The same once the registry closes, in ms. */
const lastStorageMs = 5_000
/** Pauses between those tries, in ms. */
const pause = { firstMs: 50, maxMs: 2_000 } as const

/** Why a grant whose lease passed needs its owner. */
export const lostLease = 'a process ended while it renewed the tokens, and the refresh token may have been used'

type Changes = Partial<OAuthGrantRecord>

/** The leases of one node. While a node has the lease of a grant, no other one shows its refresh token. */
export interface RenewalLeases {
  /** Takes the lease, together with `changes`. Resolves with undefined if another write came first. */
  take(target: GrantTarget, grant: OAuthGrantRecord, changes: Changes): Promise<OAuthGrantRecord | undefined>
  /**
   * Ends the lease of `leased` with changes to the grant as it is by then: other members may have changed meanwhile.
   * Resolves with undefined if the grant has no such lease: the owner or another node ended it, the server was deleted, or
   * the storage lost its answer to this write. The grant as it is then counts.
   */
  end(
    target: GrantTarget,
    leased: OAuthGrantRecord,
    changesTo: (current: OAuthGrantRecord) => Changes,
  ): Promise<OAuthGrantRecord | undefined>
}

export interface LeaseDeps {
  readonly vault: Vault
  readonly nodeId: NodeId
  readonly leaseMs: number
  readonly closing: AbortSignal
}

export function createRenewalLeases({ vault, nodeId, leaseMs, closing }: LeaseDeps): RenewalLeases {
  /** Tries again while the storage is unavailable: a write whose answer was lost meets a grant that it has changed. */
  async function persist<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    for (let waitMs: number = pause.firstMs; ; waitMs = Math.min(pause.maxMs, waitMs * 2)) {
      try {
        return await work()
      } catch (error) {
        const limitMs = closing.aborted ? lastStorageMs : storageMs
        const isOver = performance.now() - startedAt > limitMs
        if (isOver || !isRegistryError(error) || !error.retryable) throw error
      }
      await delay(waitMs)
    }
  }

  return {
    async take(target, grant, changes) {
      const renewal = { nodeId, until: Date.now() + leaseMs }
      const taken = await persist(() => vault.change(grant, { ...changes, renewal }))
      if (taken) return taken
      const current = await persist(() => vault.grant(target))
      return isLeaseOf(current, { ...grant, renewal }) ? current : undefined
    },
    async end(target, leased, changesTo) {
      for (let current = leased; ; ) {
        const changes = changesTo(current)
        try {
          const known = current
          const ended = await persist(() => vault.change(known, { ...changes, renewal: null }))
          if (ended) return ended
        } catch (error) {
          if (isRegistryError(error, 'NOT_FOUND')) return undefined
          throw error
        }
        current = await persist(() => vault.grant(target))
        if (!isLeaseOf(current, leased) && !(changes.tokens && isGivenUpFor(current, leased))) return undefined
      }
    },
  }
}

function isLeaseOf({ renewal }: OAuthGrantRecord, leased: OAuthGrantRecord): boolean {
  return renewal !== null && renewal.nodeId === leased.renewal?.nodeId && renewal.until === leased.renewal.until
}

/** Another node believed the holder of the lease to be dead, and the owner has done nothing since: the tokens are good. */
function isGivenUpFor(current: OAuthGrantRecord, { generation, connectedAt }: OAuthGrantRecord): boolean {
  const { state, reason } = current
  if (state !== 'REAUTH_REQUIRED' || reason !== lostLease) return false
  return current.generation === generation && current.connectedAt === connectedAt
}
