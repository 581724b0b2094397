import type { ServerId, TenantId } from '../base/ids.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { Storage } from '../storage/storage.ts'
import type { RefreshScheduler } from './refresh-scheduler.ts'

/** Changes come in bursts: they are looked at together, so long after the first one, in ms. */
const afterMs = 300

export interface RemoteInvalidationDeps {
  readonly storage: Storage
  readonly pool: SessionPool
  readonly scheduler: RefreshScheduler
  readonly onError: (error: unknown) => void
}

/** Follows what others do to servers: what this registry keeps of those that were changed or deleted goes. */
export interface RemoteInvalidation {
  /** Something may have been changed. */
  invalidate(): void
  /** Resolves when nothing goes on any more. */
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

  /** Ends the sessions of servers that are gone, switched off, or at another revision: nobody would use them again. */
  async function retireSessions(): Promise<void> {
    const open = Map.groupBy(pool.open(), ({ target }) => target.tenantId)
    for (const [tenantId, sessions] of open) {
      const inForce = await revisionsOf(tenantId, [...new Set(sessions.map(({ target }) => target.serverId))])
      for (const { target, retire } of sessions) if (inForce.get(target.serverId) !== target.revision) retire()
    }
  }

  async function revisionsOf(tenantId: TenantId, ids: readonly ServerId[]): Promise<ReadonlyMap<ServerId, number>> {
    const servers = await storage.tenant(tenantId).servers.getMany(ids)
    return new Map(servers.flatMap(({ id, enabled, revision }) => (enabled ? [[id, revision] as const] : [])))
  }

  async function follow(): Promise<void> {
    timer = undefined
    await retireSessions()
    await scheduler.reread()
  }

  return {
    invalidate() {
      timer ??= setTimeout(() => {
        going = going.then(follow).catch(onError)
      }, afterMs).unref()
    },
    async close() {
      clearTimeout(timer)
      await going
    },
  }
}
