import { describe, expect, it } from 'vitest'
import { fieldsNotShown, fitsForm, hasFields } from './form-fields.ts'

describe('a form of a schema', () => {
  it('knows which properties it cannot show, and whether the schema has any', () => {
    expect(
      fieldsNotShown({ properties: { any: {}, yes: true, text: { type: 'string' }, ref: { $ref: '#/$defs/a' } } }),
    ).toEqual(['any', 'yes'])
    expect(hasFields({ type: 'object', properties: {} })).toBe(false)
    expect(hasFields({ anyOf: [{ required: ['a'] }] })).toBe(true)
  })
})

describe('a form is built from a schema', () => {
  const fits = (schema: Readonly<Record<string, unknown>>) => fitsForm(schema, JSON.stringify(schema).length)
  const ofText = { type: 'string' }

  it('that is ordinary, or refers to itself only through items', () => {
    const names = Array.from({ length: 300 }, (_, n) => [`p${n}`, { anyOf: [ofText, { type: 'null' }] }])
    expect(fits({ type: 'object', properties: Object.fromEntries(names.slice(0, 100)) })).toBe(true)
    const $defs = { node: { properties: { name: ofText, nodes: { items: { anyOf: [{ $ref: '#/$defs/node' }] } } } } }
    expect(fits({ properties: { tree: { $ref: '#/$defs/node' } }, $defs })).toBe(true)
  })

  it.each(['allOf', 'anyOf', 'oneOf', 'properties'])('unless it doubles through %s', (keyword) => {
    const twice = (ref: { $ref: string }) => (keyword === 'properties' ? { a: ref, b: ref } : [ref, ref])
    const defs = Array.from({ length: 28 }, (_, n) => [`a${n}`, { [keyword]: twice({ $ref: `#/$defs/a${n + 1}` }) }])
    expect(fits({ $ref: '#/$defs/a0', $defs: Object.fromEntries([...defs, ['a28', ofText]]) })).toBe(false)
  })

  it('unless it recurses without end, or is large and has many alternatives', () => {
    const $defs = { node: { properties: { next: { $ref: '#/$defs/node' } } } }
    expect(fits({ properties: { first: { $ref: '#/$defs/node' } }, $defs })).toBe(false)
    expect(fits({ properties: { list: { items: { $ref: '#/$defs/node' } } }, $defs })).toBe(false)
    expect(fits({ allOf: [{ $ref: '#' }] })).toBe(false)
    const anyOf = Array.from({ length: 300 }, (_, n) => ({ const: `${n}${'x'.repeat(500)}` }))
    expect(fits({ properties: { a: { anyOf } } })).toBe(false)
  })
})
