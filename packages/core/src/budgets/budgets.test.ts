import { expect, it } from 'vitest'
import { createBudgetMeter } from './budget-meter.ts'
import { budgetNames, budgetTable } from './budget-table.ts'
import { resolveBudgets } from './resolve-budgets.ts'

it('have defaults within their own bounds', () => {
  const budgets = resolveBudgets({})
  for (const name of budgetNames) expect(budgets[name]).toBe(budgetTable[name].default)
  expect(resolveBudgets({ listTools: 3 }).listTools).toBe(3)
})

it.each([
  [{ listTools: 0 }, 'budgets.listTools: expected a whole number from 1 to 1000000000, got 0'],
  [{ refreshes: 1.5 }, 'budgets.refreshes: expected a whole number from 1 to 1000, got 1.5'],
  [{ argsBytes: Number.POSITIVE_INFINITY }, 'budgets.argsBytes: expected a whole number from 2'],
])('%o is refused', (given, message) => {
  expect(() => resolveBudgets(given)).toThrow(message)
})

it('refuses a name that is not in the table', () => {
  const given: object = { listTool: 3 }
  expect(() => resolveBudgets(given)).toThrow('budgets.listTool: expected one of messageBytes, ')
})

it('count what they refuse, and say which it was, how much it is and what came', () => {
  const meter = createBudgetMeter(resolveBudgets({ listTools: 3 }))
  const error = meter.exceeded('listTools', { what: 'tools/list', got: 4 })
  expect(error).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: 'tools/list: expected at most 3 tools (listTools), got 4',
  })
  meter.count('listTools')
  expect(meter.refusals).toMatchObject({ listTools: 2, listBytes: 0 })
})
