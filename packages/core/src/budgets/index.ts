export { type Budget, type BudgetName, type Budgets, budgetNames, budgetTable } from './budget-table.ts'
export { type BucketLevel, createTokenBuckets, type RateOptions, type TokenBuckets } from './token-buckets.ts'
