import { LRUCache } from 'lru-cache'
import type { ServerId } from '../base/ids.ts'
import type { Budgets } from '../budgets/budget-table.ts'
import type { EventBus } from '../events/bus.ts'
import { eachInSteps } from '../jobs/in-steps.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** Servers of which it is known how much was written, at most. */
const maxKnown = 10_000

export interface RefreshRemainsDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly budgets: Pick<Budgets, 'refreshBytesPerServer'>
  /** Aborts when the registry is closed: what is left then, a later refresh removes. */
  readonly closing: AbortSignal
}

/** Keeps the history of the refreshes of each server within its bytes. */
export interface RefreshRemains {
  /** A refresh of the server has written about so many bytes to the history. */
  written(serverId: ServerId, bytes: number): void
  /** Removes the oldest refreshes of the server if all take too much, in steps. */
  prune(serverId: ServerId): Promise<void>
}

export function createRefreshRemains(parts: RefreshRemainsDeps): RefreshRemains {
  const { storage, bus, budgets, closing } = parts
  /** Since the history of the server was last looked through, which costs more than most refreshes write. */
  const sinceLook = new LRUCache<ServerId, number>({ max: maxKnown })
  return {
    written(serverId, bytes) {
      sinceLook.set(serverId, (sinceLook.get(serverId) ?? 0) + bytes)
    },
    async prune(serverId) {
      if ((sinceLook.get(serverId) ?? 0) <= budgets.refreshBytesPerServer / 2) return
      sinceLook.delete(serverId)
      const ids = await storage.refreshes.beyondBytes(serverId, budgets.refreshBytesPerServer)
      await eachInSteps(ids, closing, async (some) => {
        await storage.commit([{ kind: 'deleteJobs', ids: some }])
        // Those who still read one of them find that it is gone.
        for (const id of some) bus.notify(id)
      })
    },
  }
}
