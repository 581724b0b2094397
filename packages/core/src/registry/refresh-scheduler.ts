import type { Storage } from '../storage/storage.ts'
import type { Tenants } from './tenants.ts'

/** Whether this node is the leader: the live node that joined the storage first. */
export interface Leadership {
  isLeader: boolean
}

/**
 * Has the leader keep the refresh intervals of all servers. A node that becomes the leader reads from the history when each
 * server is due.
 */
export interface RefreshScheduler {
  /** Starts the intervals on a new leader, or stops them. */
  onLeaderChange(isLeader: boolean): Promise<void>
  /** Reads the intervals again: another node may have changed a server. */
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
