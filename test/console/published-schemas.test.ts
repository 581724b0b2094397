import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../packages/core/src/base/json.ts'
import { createBudgetMeter } from '../../packages/core/src/budgets/budget-meter.ts'
import { resolveBudgets } from '../../packages/core/src/budgets/resolve-budgets.ts'
import { createArgumentChecks } from '../../packages/core/src/runs/arguments.ts'
import { faultsOf } from '../../packages/toolyard/console/src/schema-form/faults.ts'
import { initialForm } from '../../packages/toolyard/console/src/schema-form/initial-value.ts'
import { everythingStdio, filesystemStdio, memoryStdio } from '../fixtures/mcp/everything.ts'
import { listOf } from '../fixtures/mcp/list-of.ts'
import { readPublishedSchemas } from '../fixtures/mcp/published-schemas.ts'
import { fillIn, type Zeal } from './form-answers.ts'

type Schemas = Readonly<Record<string, JsonObject>>

const published = Object.entries(readPublishedSchemas())
const checker = createArgumentChecks(createBudgetMeter(resolveBudgets({}))).createChecker()

/** What the API would find in args that a form sends. */
function issuesOf(name: string, inputSchema: JsonObject, args: unknown): readonly unknown[] {
  const definition = { name, inputSchema }
  // What a form sends is JSON.
  const sent = JSON.parse(JSON.stringify(args)) as JsonObject
  return checker.check({ definition, definitionText: JSON.stringify(definition) }, sent).issues
}

/** Fills in the form of each tool; answers those that do not send what was meant. */
function failuresOf(schemas: Schemas, zeal: Zeal): readonly unknown[] {
  return Object.entries(schemas).flatMap(([name, schema]) => {
    const root = { ...schema, type: 'object' }
    const args = fillIn(root, root, initialForm(schema), zeal)
    const faults = faultsOf(root, args, new Map())
    const issues = issuesOf(name, root, args)
    return faults.length + issues.length > 0 ? [{ name, args, faults, issues }] : []
  })
}

describe('the form of a published tool', () => {
  it.each(published)('of %s sends what was meant', (_, { tools }) => {
    expect(failuresOf(tools, 'REQUIRED')).toEqual([])
    expect(failuresOf(tools, 'ALL')).toEqual([])
  })

  it('stands for many: their names, versions, licences and sources are kept', () => {
    expect(published.length).toBeGreaterThanOrEqual(24)
    expect(published.reduce((sum, [, { tools }]) => sum + Object.keys(tools).length, 0)).toBeGreaterThanOrEqual(554)
    for (const [name, { version, license, source }] of published)
      expect([name, version, license, source]).toEqual([
        name,
        expect.stringMatching(/^\d+\.\d+/),
        expect.stringMatching(/^(MIT|Apache-2\.0|ISC|SEE LICENSE IN LICENSE)$/),
        expect.stringMatching(/^https:\/\//),
      ])
  })

  it.each([
    ['everything', everythingStdio()],
    ['filesystem', filesystemStdio('/')],
    ['memory', memoryStdio('/dev/null')],
  ])('of the installed server %s sends what was meant', async (_, { command, args }) => {
    const tools = await listOf(command, args, { PATH: process.env.PATH ?? '' })
    // As JSON-RPC carries them.
    const schemas = Object.fromEntries(tools.map(({ name, inputSchema }) => [name, inputSchema as JsonObject]))
    expect(tools.length).toBeGreaterThan(5)
    expect(failuresOf(schemas, 'REQUIRED')).toEqual([])
    expect(failuresOf(schemas, 'ALL')).toEqual([])
  })

  it('can be sent untouched if nothing is required', () => {
    const ready = published.flatMap(([, { tools }]) =>
      Object.entries(tools).filter(([, schema]) => {
        const args = initialForm(schema)
        return faultsOf({ ...schema, type: 'object' }, args, new Map()).length === 0
      }),
    )
    expect(ready.length).toBeGreaterThan(30)
    for (const [name, schema] of ready)
      expect([name, issuesOf(name, { ...schema, type: 'object' }, initialForm(schema))]).toEqual([name, []])
  })
})
