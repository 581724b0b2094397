import { LRUCache } from 'lru-cache'
import type { Budgets } from '../budgets/budget-table.ts'
import type { EventBus } from '../events/bus.ts'
import type { ServerId, ToolId } from '../ids.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { eachInSteps } from './in-steps.ts'

/** Servers of which it is known how much was written, at most. */
const maxKnown = 10_000

export interface RefreshRemainsParts {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly budgets: Pick<Budgets, 'refreshBytesPerServer'>
  /** Aborts when the registry is closed: what is left then, a later refresh tidies. */
  readonly closing: AbortSignal
}

/** Keeps what refreshes leave of one server within bounds: removed tools, and the history. */
export interface RefreshRemains {
  /** A refresh of the server has written about so many bytes to the history. */
  written(serverId: ServerId, bytes: number): void
  /** Forgets these removed tools, and the oldest refreshes where all take too much, in steps. */
  tidy(serverId: ServerId, surplus: readonly ToolId[]): Promise<void>
}

export function createRefreshRemains(parts: RefreshRemainsParts): RefreshRemains {
  const { storage, bus, budgets, closing } = parts
  /** Since the history of the server was last looked through. */
  const sinceLook = new LRUCache<ServerId, number>({ max: maxKnown })

  async function pruneHistory(serverId: ServerId): Promise<void> {
    sinceLook.delete(serverId)
    const ids = await storage.refreshes.beyondBytes(serverId, budgets.refreshBytesPerServer)
    await eachInSteps(ids, closing, async (some) => {
      await storage.commit([{ kind: 'deleteJobs', ids: some }])
      for (const id of some) bus.notify(id)
    })
  }

  return {
    written(serverId, bytes) {
      sinceLook.set(serverId, (sinceLook.get(serverId) ?? 0) + bytes)
    },
    async tidy(serverId, surplus) {
      await eachInSteps(surplus, closing, (toolIds) => storage.commit([{ kind: 'forgetTools', toolIds }]))
      if (surplus.length > 0) await storage.commit([{ kind: 'recountTools', serverId }])
      // Looking through it costs more than most refreshes write.
      if ((sinceLook.get(serverId) ?? 0) > budgets.refreshBytesPerServer / 2) await pruneHistory(serverId)
    },
  }
}
