import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventBus } from '../events/bus.ts'
import { hasEnded } from '../events/events.ts'
import type { JobId, RefreshId, RunId } from '../ids.ts'
import type { ResolvedHistoryOptions } from '../options.ts'
import type { OldJob, Storage, UpkeepReads } from '../storage/storage.ts'

/** A step may hold up the event loop, and with it every run, for about so long, in ms. */
const stepMs = 4
const maxStep = 100

export interface RetentionParts {
  readonly storage: Storage
  readonly bus: EventBus
  readonly history: Pick<ResolvedHistoryOptions, 'maxAgeMs' | 'maxCount'>
  readonly idempotencyKeyMs: number
}

interface Walk<Id extends JobId, Row extends OldJob & { readonly id: Id }> {
  readonly oldest: (after: Id | undefined, limit: number) => Promise<readonly Row[]>
  /** Those of the page that may not go yet, old as they are. */
  readonly keep: (page: readonly Row[]) => Promise<ReadonlySet<Id>>
}

/**
 * Removes the jobs that are older, or more, than the history keeps, with their events; answers how many. It walks from the
 * oldest in steps that are as small as they have to be, and lets everything else go on between them.
 */
export async function prune(parts: RetentionParts, signal: AbortSignal): Promise<number> {
  const { storage, idempotencyKeyMs } = parts
  const runs = await pruneKind<RunId, Awaited<ReturnType<UpkeepReads['oldestRuns']>>[number]>(parts, signal, {
    oldest: (after, limit) => storage.upkeep.oldestRuns(after, limit),
    // Its key must go on answering it.
    async keep(page) {
      const since = Date.now() - idempotencyKeyMs
      return new Set(
        page.flatMap(({ id, idempotencyKey, createdAt }) => (idempotencyKey !== null && createdAt > since ? id : [])),
      )
    },
  })
  const refreshes = await pruneKind<RefreshId, Awaited<ReturnType<UpkeepReads['oldestRefreshes']>>[number]>(
    parts,
    signal,
    {
      oldest: (after, limit) => storage.upkeep.oldestRefreshes(after, limit),
      async keep(page) {
        const kept = new Set<RefreshId>()
        for (const [tenantId, refreshes] of Map.groupBy(page, (refresh) => refresh.tenantId)) {
          const serverIds = [...new Set(refreshes.map(({ serverId }) => serverId))]
          const latest = await storage.tenant(tenantId).refreshes.latestByServer(serverIds)
          for (const { id } of latest.values()) kept.add(id)
        }
        return kept
      },
    },
  )
  return runs + refreshes
}

async function pruneKind<Id extends JobId, Row extends OldJob & { readonly id: Id }>(
  { storage, bus, history: { maxAgeMs, maxCount } }: RetentionParts,
  signal: AbortSignal,
  { oldest, keep }: Walk<Id, Row>,
): Promise<number> {
  const before = Date.now() - maxAgeMs
  let after: Id | undefined
  let limit = 10
  let pruned = 0
  while (!signal.aborted) {
    const startedAt = performance.now()
    const page = await oldest(after, limit)
    const last = page.at(-1)
    if (!last) break
    const old = page.filter(({ createdAt, newer }) => createdAt < before || newer >= maxCount)
    const kept = await keep(old)
    const going = old.filter(({ id, status }) => hasEnded(status) && !kept.has(id))
    const writes = [...Map.groupBy(going, ({ tenantId }) => tenantId)].map(([tenantId, jobs]) => {
      return { kind: 'deleteJobs', tenantId, ids: jobs.map(({ id }) => id) } as const
    })
    if (writes.length > 0) await storage.commit(writes)
    // Whoever still reads one of them is told that it is gone.
    for (const { id } of going) bus.notify(id)
    pruned += going.length
    // Those behind are younger.
    if (old.length < page.length) break
    after = last.id
    const tookMs = performance.now() - startedAt
    limit = Math.max(1, Math.min(maxStep, tookMs > stepMs ? Math.floor(limit / 2) : limit * 2))
    // So that whatever waits for its turn gets it first.
    await nextTurn()
  }
  return pruned
}
