import { describe, expect, it } from 'vitest'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import { checkDefinition } from './definition.ts'

const meter = createBudgetMeter(resolveBudgets({}))
const tool = (more: object) => ({ name: 'a', inputSchema: { type: 'object' }, ...more })
const reasonOf = (raw: unknown) => {
  const check = checkDefinition(raw, 0, meter)
  return check.ok ? undefined : check.reason
}
const properties = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { type: 'string' }]))

describe('a definition', () => {
  it('is taken with the text that is stored and compared', () => {
    expect(checkDefinition(tool({ title: null, more: 1 }), 0, meter)).toEqual({
      ok: true,
      definition: { name: 'a', inputSchema: { type: 'object' } },
      definitionText: '{"name":"a","inputSchema":{"type":"object"}}',
    })
  })

  it('is the same with null for what may be left out', () => {
    const raw = tool({
      inputSchema: { type: 'object', properties: null, required: null, default: null },
      outputSchema: { type: 'object', $schema: null },
      annotations: { title: null, readOnlyHint: true },
    })
    const check = checkDefinition(raw, 0, meter)
    expect(check.ok && check.definition).toEqual({
      name: 'a',
      // What no member of the specification is stays as it came.
      inputSchema: { type: 'object', default: null },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: true },
    })
  })

  it('of more bytes, values or depth than it may have is refused, and says which', () => {
    expect(reasonOf(tool({ description: 'x'.repeat(1024 * 1024 - 61) }))).toBeUndefined()
    expect(reasonOf(tool({ description: 'é'.repeat(600_000) }))).toMatch(
      /^expected at most 1048576 bytes of JSON, got 12000\d\d$/,
    )
    expect(reasonOf(tool({ inputSchema: { properties: properties(4_900) } }))).toBeUndefined()
    expect(reasonOf(tool({ inputSchema: { properties: properties(5_000) } }))).toBe('more than 10000 values')
    expect(reasonOf(tool({ inputSchema: { enum: Array.from({ length: 1_000_000 }, () => 0) } }))).toBe(
      'more than 10000 values',
    )
    const deep = JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`)
    expect(reasonOf(tool({ inputSchema: deep }))).toBe('nested more than 64 deep')
  })

  it('with a name that no database can hold is refused', () => {
    expect(checkDefinition(tool({ name: 'a\0b' }), 7, meter)).toMatchObject({
      ok: false,
      reason: expect.stringMatching('^/name: '),
    })
  })

  it('keeps names such as __proto__ and constructor as data', () => {
    const raw = JSON.parse('{"name":"a","inputSchema":{"properties":{"__proto__":{"type":"string"},"constructor":{}}}}')
    const check = checkDefinition(raw, 0, meter)
    expect(check.ok && check.definitionText).toBe(JSON.stringify(raw))
  })
})
