import { RegistryError } from '../base/errors.ts'
import type { BudgetName } from '../budgets/budget-table.ts'

/** How much one tenant may have in the storage. */
export type Quota = Extract<BudgetName, 'serversPerTenant' | 'toolsPerTenant' | 'toolBytesPerTenant'>

/** A commit would have left a tenant with more than it may have. */
export class QuotaExceeded extends RegistryError {
  readonly quota: Quota
  constructor(quota: Quota, atMost: number) {
    super('LIMIT_EXCEEDED', `The tenant may have at most ${atMost} (${quota})`)
    this.quota = quota
  }
}
