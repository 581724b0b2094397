import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../base/json.ts'
import { schemaHealth } from './schema-health.ts'

const strict = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }
const withA = (a: JsonObject): JsonObject => ({ ...strict, properties: { a } })

describe('the health of a schema', () => {
  it('is STRICT_COMPLIANT where every object is closed and requires all its properties', () => {
    expect(schemaHealth(strict)).toEqual({ status: 'STRICT_COMPLIANT', reasons: [] })
    const nullable = { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] }
    const list = { type: 'array', items: { $ref: '#/$defs/row' }, minItems: 1 }
    expect(
      schemaHealth({
        $schema: 'http://json-schema.org/draft-07/schema#',
        ...strict,
        properties: { nullable, list },
        required: ['nullable', 'list'],
        $defs: { row: strict },
      }),
    ).toEqual({ status: 'STRICT_COMPLIANT', reasons: [] })
  })

  it('is NON_STRICT_ONLY with the reasons otherwise', () => {
    expect(
      schemaHealth({
        type: 'object',
        properties: { list: { type: 'array', items: { properties: { b: { type: 'string' } } } } },
        required: ['list'],
        additionalProperties: false,
      }),
    ).toEqual({
      status: 'NON_STRICT_ONLY',
      reasons: [
        '/properties/list/items/type: expected a type',
        '/properties/list/items/additionalProperties: expected false',
        '/properties/list/items/properties/b: expected it in required',
      ],
    })
  })

  it.each<[JsonObject, string]>([
    [{ type: 'string', minLength: 1 }, '/minLength: not taken'],
    [{ type: 'string', default: 'b' }, '/default: not taken'],
    [{ type: 'string', format: 'uri' }, '/format: not taken'],
    [{ type: 'string', pattern: '^(?=b)' }, '/pattern: look-around is not taken'],
    [{ type: 'array' }, '/items: expected a schema'],
    [{ type: 'array', items: [{ type: 'string' }] }, '/prefixItems: not taken'],
    [{ enum: ['b'] }, '/type: expected a type'],
    [{ $ref: '#/$defs/none' }, '/$ref: leads to no schema of this one'],
    [{ $ref: '#', description: 'b' }, '/$ref: expected nothing beside it'],
  ])('tells that strict mode does not take %j', (a, reason) => {
    const { status, reasons } = schemaHealth(withA(a))
    expect(status).toBe('NON_STRICT_ONLY')
    expect(reasons).toContain(`/properties/a${reason}`)
  })

  it('tells what strict mode does not take at the root, and what is too much for it', () => {
    expect(schemaHealth({ ...strict, anyOf: [strict] }).reasons).toContain('/anyOf: not taken at the root')
    const values = Array.from({ length: 1_001 }, (_, index) => index)
    expect(schemaHealth(withA({ type: 'integer', enum: values })).reasons).toEqual([
      ': expected at most 1000 enumValues, got 1001',
    ])
    const deep = Array.from({ length: 11 }).reduce<JsonObject>((inner) => withA(inner), { type: 'string' })
    expect(schemaHealth(deep).reasons).toEqual([`${'/properties/a'.repeat(11)}: nested more than 10 deep`])
  })

  it.each<[JsonObject, string]>([
    [{ ...strict, properties: { a: 'string' } }, '/properties/a: expected a schema'],
    [{ ...strict, required: 'a' }, '/required: expected a list of names'],
    [withA({ type: 'any' }), '/properties/a/type: expected a type, or a list of them'],
    [withA({ type: 'string', anyOf: [] }), '/properties/a/anyOf: expected a list of schemas'],
    [withA({ type: 'string', description: 5 }), '/properties/a/description: expected a string'],
  ])('is INVALID where a part of it is no schema: %j', (schema, reason) => {
    expect(schemaHealth(schema)).toEqual({ status: 'INVALID', reasons: [reason] })
  })

  it('reads what earlier drafts wrote otherwise', () => {
    const draft4 = { type: 'number', minimum: 1, exclusiveMinimum: true }
    expect(schemaHealth(withA(draft4))).toEqual({ status: 'STRICT_COMPLIANT', reasons: [] })
  })
})
