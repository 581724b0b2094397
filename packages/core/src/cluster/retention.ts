import type { JobId, RefreshId, RunId, ServerId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import { inSteps } from '../jobs/in-steps.ts'
import { hasEnded } from '../model/events.ts'
import type { CrossTenantReads, OldJob } from '../storage/cross-tenant.ts'
import type { Storage, TenantStorage } from '../storage/storage.ts'

/** How long, and how many, ended jobs are kept. Infinity means no limit. */
export interface RetentionLimits {
  readonly maxAgeMs: number
  readonly maxCount: number
}

export interface RetentionDeps {
  readonly storage: Storage
  readonly bus: EventBus
  readonly history: RetentionLimits
  readonly idempotencyKeyMs: number
}

interface Walk<Id extends JobId, Row extends OldJob & { readonly id: Id }> {
  readonly oldest: (after: Id | undefined, limit: number) => Promise<readonly Row[]>
  /** Jobs of the page that must stay although they are old. */
  readonly keep: (page: readonly Row[]) => Promise<ReadonlySet<Id>>
}

/**
 * Deletes the jobs that are older, or more, than the history keeps, with their events; answers how many. Walks from the oldest
 * one in small steps, between which other work runs.
 */
export async function pruneJobs(deps: RetentionDeps, signal: AbortSignal): Promise<number> {
  const { storage, idempotencyKeyMs } = deps
  const runs = await pruneKind<RunId, Awaited<ReturnType<CrossTenantReads['oldestRuns']>>[number]>(deps, signal, {
    oldest: (after, limit) => storage.crossTenant.oldestRuns(after, limit),
    // A key must keep answering its run.
    async keep(page) {
      const since = Date.now() - idempotencyKeyMs
      return new Set(
        page.flatMap(({ id, idempotencyKey, createdAt }) => (idempotencyKey !== null && createdAt > since ? id : [])),
      )
    },
  })
  const refreshes = await pruneKind<RefreshId, Awaited<ReturnType<CrossTenantReads['oldestRefreshes']>>[number]>(
    deps,
    signal,
    {
      oldest: (after, limit) => storage.crossTenant.oldestRefreshes(after, limit),
      async keep(page) {
        const kept = new Set<RefreshId>()
        for (const [tenantId, refreshes] of Map.groupBy(page, (refresh) => refresh.tenantId)) {
          const serverIds = [...new Set(refreshes.map(({ serverId }) => serverId))]
          for (const id of await latestOf(storage.tenant(tenantId), serverIds)) kept.add(id)
        }
        return kept
      },
    },
  )
  return runs + refreshes
}

/** The latest refresh of each server that still exists. */
async function latestOf({ servers, refreshes }: TenantStorage, serverIds: readonly ServerId[]): Promise<RefreshId[]> {
  const [latest, existing] = [await refreshes.latestByServer(serverIds), await servers.namesOf(serverIds)]
  return [...latest.values()].flatMap(({ id, serverId }) => (existing.has(serverId) ? id : []))
}

async function pruneKind<Id extends JobId, Row extends OldJob & { readonly id: Id }>(
  { storage, bus, history: { maxAgeMs, maxCount } }: RetentionDeps,
  signal: AbortSignal,
  { oldest, keep }: Walk<Id, Row>,
): Promise<number> {
  const before = Date.now() - maxAgeMs
  let after: Id | undefined
  let pruned = 0
  await inSteps(signal, async (limit) => {
    const page = await oldest(after, limit)
    const last = page.at(-1)
    if (!last) return 'DONE'
    const old = page.filter(({ createdAt, newer }) => createdAt < before || newer >= maxCount)
    const kept = await keep(old)
    const going = old.filter(({ id, status }) => hasEnded(status) && !kept.has(id))
    const writes = [...Map.groupBy(going, ({ tenantId }) => tenantId)].map(([tenantId, jobs]) => {
      return { kind: 'deleteJobs', tenantId, ids: jobs.map(({ id }) => id) } as const
    })
    if (writes.length > 0) await storage.commit(writes)
    // Subscribers that still read one of them find it deleted.
    for (const { id } of going) bus.notify(id)
    pruned += going.length
    after = last.id
    // The jobs after these are younger.
    return old.length < page.length ? 'DONE' : 'MORE'
  })
  return pruned
}
