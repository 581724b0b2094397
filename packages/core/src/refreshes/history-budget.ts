import { LRUCache } from 'lru-cache'
import type { ServerId } from '../base/ids.ts'
import type { Budgets } from '../budgets/budget-table.ts'
import type { EventBus } from '../events/bus.ts'
import { eachInSteps } from '../jobs/in-steps.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** Number of servers whose written bytes are counted at a time. */
const maxKnown = 10_000

export interface HistoryBudgetDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly budgets: Pick<Budgets, 'refreshBytesPerServer'>
  /** Aborts when the registry closes: a later refresh removes the rest. */
  readonly closing: AbortSignal
}

/** Keeps the refresh history of each server within its bytes. */
export interface HistoryBudget {
  /** Counts about how many bytes a refresh of the server has written. */
  written(serverId: ServerId, bytes: number): void
  /** Removes the server's oldest refreshes in steps, if all together take too much. */
  prune(serverId: ServerId): Promise<void>
}

export function createHistoryBudget(deps: HistoryBudgetDeps): HistoryBudget {
  const { storage, bus, budgets, closing } = deps
  /** Bytes since the server's history was last checked, which costs more than most refreshes write. */
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
        // A subscriber that still reads one of them finds it deleted.
        for (const id of some) bus.notify(id)
      })
    },
  }
}
