import { RegistryError } from '../../../base/errors.ts'
import { defaultTenant, type TenantId } from '../../../base/ids.ts'
import { createTurns } from '../../../budgets/turns.ts'

/** What tenants have at most of the connections, once there is one beside `default`: reads that take long must not hold them all. */
const share = 0.5

/** Does `work` once the tenant may have a connection. STORAGE_UNAVAILABLE where it waits for too long. */
export type InTurn = <T>(tenantId: TenantId, work: () => Promise<T>) => Promise<T>

/** Connections go by turns of tenants. What belongs to none, as leases and crossTenant, does not wait for them. */
export function createTenantTurns(connections: number, timeoutMs: number): InTurn {
  let areSeveral = false
  const turns = createTurns<TenantId>({ max: connections, share: () => (areSeveral ? share : 1) })

  return async (tenantId, work) => {
    areSeveral ||= tenantId !== defaultTenant
    const waiting = new AbortController()
    const message = `The database cannot be used now: the tenant's connections were in use for ${timeoutMs} ms. Nothing was changed; try again later`
    const late = () => waiting.abort(new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true }))
    const timer = turns.isFree(tenantId) ? undefined : setTimeout(late, timeoutMs)
    const giveBack = await turns.acquire(tenantId, waiting.signal).finally(() => clearTimeout(timer))
    try {
      return await work()
    } finally {
      giveBack()
    }
  }
}
