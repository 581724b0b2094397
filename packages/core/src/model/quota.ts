import type { BudgetName } from '../budgets/budget-table.ts'

/** A limit on the data of one tenant in the storage. */
export type Quota = Extract<
  BudgetName,
  'serversPerTenant' | 'toolsPerTenant' | 'toolBytesPerTenant' | 'featuresPerTenant' | 'featureBytesPerTenant'
>
