import type { Storage } from '../storage/storage.ts'
import type { Tenants } from './tenants.ts'

/**
 * The intervals at which servers are refreshed, kept by one of the registries that share a storage: the one that has been
 * there for longest. Where another one becomes that, it reads from the log when each server is due.
 */
export interface Schedules {
  readonly isLeading: boolean
  /** Takes the intervals over, or gives them up. */
  lead(isLeading: boolean): Promise<void>
  /** Servers may have been changed by somebody else. */
  reread(): Promise<void>
}

export function createSchedules(storage: Storage, tenants: () => Tenants): Schedules {
  let isLeading = false

  async function reread(): Promise<void> {
    const scheduled = isLeading ? await storage.upkeep.scheduledServers() : []
    const byTenant = Map.groupBy(scheduled, ({ tenantId }) => tenantId)
    for (const { id, automatic } of tenants().all()) {
      if (!byTenant.has(id)) await automatic.scheduleOnly([])
    }
    for (const [tenantId, servers] of byTenant) {
      await tenants()
        .of(tenantId)
        .automatic.scheduleOnly(servers.map(({ record }) => record))
    }
  }

  return {
    get isLeading() {
      return isLeading
    },
    async lead(now) {
      if (now === isLeading) return
      isLeading = now
      await reread()
    },
    reread,
  }
}
