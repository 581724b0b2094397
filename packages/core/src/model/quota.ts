import type { BudgetName } from '../budgets/budget-table.ts'

/** How much one tenant may have in the storage. */
export type Quota = Extract<BudgetName, 'serversPerTenant' | 'toolsPerTenant' | 'toolBytesPerTenant'>
