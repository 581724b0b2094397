import { RegistryError } from '../../../base/errors.ts'
import { defaultTenant, type TenantId } from '../../../base/ids.ts'
import { createTurns } from '../../../budgets/turns.ts'

/** Largest share of a tenant in the connections, if there are other tenants than `default`: slow reads must not hold all. */
const share = 0.5

/** Runs `work` once the tenant may have a connection. Rejects with STORAGE_UNAVAILABLE if the wait is too long. */
export type InTurn = <T>(tenantId: TenantId, work: () => Promise<T>) => Promise<T>

/** Shares the connections among tenants in turns. Work of no tenant, such as leases and `crossTenant`, does not wait. */
export function createTenantTurns(connections: number, timeoutMs: number): InTurn {
  let areSeveral = false
  const turns = createTurns<TenantId>({ max: connections, share: () => (areSeveral ? share : 1) })

  return async (tenantId, work) => {
    areSeveral ||= tenantId !== defaultTenant
    const waiting = new AbortController()
    const message = `The database is unavailable: the tenant's connections were in use for ${timeoutMs} ms. Nothing was changed; retry later`
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
