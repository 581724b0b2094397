import type { TenantId } from '../base/ids.ts'
import { isIdle, isSpare, type PoolEntry } from './pool-entry.ts'

/**
 * Chooses the entry that goes when `tenantId`, or any tenant, needs room: an idle one, or else, if a caller waits, one that is
 * only held. `entries` has the least recently used first, `held` every entry that has room.
 */
export function chooseEviction(
  entries: readonly PoolEntry[],
  held: readonly PoolEntry[],
  tenantId: TenantId | undefined,
): PoolEntry | undefined {
  const isForCaller = entries.some(
    ({ isCalled, giveBack, target }) =>
      isCalled && !giveBack && (tenantId === undefined || target.tenantId === tenantId),
  )
  return (
    leastRecent(entries.filter(isIdle), held, tenantId) ??
    (isForCaller ? leastRecent(entries.filter(isSpare), held, tenantId) : undefined)
  )
}

/** The least recently used entry of `tenantId`, or else of the tenant with the most sessions among those with one here. */
function leastRecent(
  entries: readonly PoolEntry[],
  held: readonly PoolEntry[],
  tenantId: TenantId | undefined,
): PoolEntry | undefined {
  const owner = tenantId ?? tenantWithMost(entries, held)
  return entries.find(({ target }) => target.tenantId === owner)
}

function tenantWithMost(entries: readonly PoolEntry[], held: readonly PoolEntry[]): TenantId | undefined {
  const byTenant = Map.groupBy(held, ({ target }) => target.tenantId)
  const sizeOf = ({ target }: PoolEntry) => byTenant.get(target.tenantId)?.length ?? 0
  return entries.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0]?.target.tenantId
}
