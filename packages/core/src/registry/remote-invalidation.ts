import type { ServerId, TenantId } from '../base/ids.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { Storage } from '../storage/storage.ts'
import type { RefreshScheduler } from './refresh-scheduler.ts'

/** Delay after the first change, in ms: changes come in bursts, and are applied together. */
const afterMs = 300

export interface RemoteInvalidationDeps {
  readonly storage: Storage
  readonly pool: SessionPool
  readonly scheduler: RefreshScheduler
  readonly onError: (error: unknown) => void
}

/** Drops what this node keeps of servers that other nodes changed or deleted. */
export interface RemoteInvalidation {
  /** Schedules a check: another node may have changed servers. */
  invalidate(): void
  /** Resolves once nothing is under way. */
  close(): Promise<void>
}

export function createRemoteInvalidation({
  storage,
  pool,
  scheduler,
  onError,
}: RemoteInvalidationDeps): RemoteInvalidation {
  let timer: NodeJS.Timeout | undefined
  let going: Promise<void> = Promise.resolve()

  /** Ends the sessions of servers that were deleted, disabled or changed: they would never be used again. */
  async function retireSessions(): Promise<void> {
    const open = Map.groupBy(pool.open(), ({ target }) => target.tenantId)
    for (const [tenantId, sessions] of open) {
      const current = await revisionsOf(tenantId, [...new Set(sessions.map(({ target }) => target.serverId))])
      for (const { target, retire } of sessions) if (current.get(target.serverId) !== target.revision) retire()
    }
  }

  async function revisionsOf(tenantId: TenantId, ids: readonly ServerId[]): Promise<ReadonlyMap<ServerId, number>> {
    const servers = await storage.tenant(tenantId).servers.getMany(ids)
    return new Map(servers.flatMap(({ id, enabled, revision }) => (enabled ? [[id, revision] as const] : [])))
  }

  async function apply(): Promise<void> {
    timer = undefined
    await retireSessions()
    await scheduler.reread()
  }

  return {
    invalidate() {
      timer ??= setTimeout(() => {
        going = going.then(apply).catch(onError)
      }, afterMs).unref()
    },
    async close() {
      clearTimeout(timer)
      await going
    },
  }
}
