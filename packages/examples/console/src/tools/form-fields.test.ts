import { describe, expect, it } from 'vitest'
import { fieldsNotShown, hasFields } from './form-fields.ts'

describe('a form of a schema', () => {
  it('knows which properties it cannot show, and whether there are any', () => {
    expect(
      fieldsNotShown({ properties: { any: {}, yes: true, text: { type: 'string' }, ref: { $ref: '#/$defs/a' } } }),
    ).toEqual(['any', 'yes'])
    expect(hasFields({ type: 'object', properties: {} })).toBe(false)
    expect(hasFields({ anyOf: [{ required: ['a'] }] })).toBe(true)
  })
})
