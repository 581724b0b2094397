import type { Storage } from '../storage/storage.ts'
import type { Tenants } from './tenants.ts'

/** Whether this node is the leader of those that share the storage: the one that joined first. */
export interface Leadership {
  isLeader: boolean
}

/**
 * The intervals at which servers are refreshed, kept by the leader of the nodes that share a storage. A node that becomes
 * the leader reads from the log when each server is due.
 */
export interface RefreshScheduler {
  /** Takes the intervals over, or gives them up. */
  onLeaderChange(isLeader: boolean): Promise<void>
  /** Reads the intervals anew: another node may have changed a server. */
  reread(): Promise<void>
}

export function createRefreshScheduler(storage: Storage, tenants: Tenants, leadership: Leadership): RefreshScheduler {
  async function reread(): Promise<void> {
    const scheduled = leadership.isLeader ? await storage.crossTenant.scheduledServers() : []
    const byTenant = Map.groupBy(scheduled, ({ tenantId }) => tenantId)
    for (const { id, triggers } of tenants.all()) {
      if (!byTenant.has(id)) await triggers.scheduleOnly([])
    }
    for (const [tenantId, servers] of byTenant) {
      await tenants.of(tenantId).triggers.scheduleOnly(servers.map(({ record }) => record))
    }
  }

  return {
    async onLeaderChange(isLeader) {
      if (isLeader === leadership.isLeader) return
      leadership.isLeader = isLeader
      await reread()
    },
    reread,
  }
}
