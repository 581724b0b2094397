import { expect, it } from 'vitest'
import { schemaHealth } from './schema-health.ts'

const strict = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }

it('is STRICT_COMPLIANT where every object is closed and requires all its properties', () => {
  expect(schemaHealth(strict)).toEqual({ status: 'STRICT_COMPLIANT', reasons: [] })
})

it('is NON_STRICT_ONLY with the reasons otherwise', () => {
  expect(
    schemaHealth({
      type: 'object',
      properties: { list: { items: { properties: { b: {} } } } },
      required: ['list'],
      additionalProperties: false,
    }),
  ).toEqual({
    status: 'NON_STRICT_ONLY',
    reasons: [
      '/properties/list/items/additionalProperties: expected false',
      '/properties/list/items/properties/b: expected it in required',
    ],
  })
})

it('is INVALID where the schema is none', () => {
  expect(schemaHealth({ ...strict, properties: { a: 'string' } }).status).toBe('INVALID')
  expect(schemaHealth({ ...strict, required: 'a' }).status).toBe('INVALID')
})
