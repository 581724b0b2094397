import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectAccepted } from '../../../../test/fixtures/mcp/accepted-schemas.ts'
import { propertyNames, schemas } from '../../../../test/fixtures/mcp/arbitrary-schemas.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import { resolveRef } from '../json-schema/schema-keywords.ts'
import { functionDefinition, type ModelApi } from './function-definition.ts'
import { schemaHealth } from './schema-health.ts'

const apis = ['OPENAI', 'ANTHROPIC', 'GEMINI'] as const

function define(inputSchema: JsonObject, api: ModelApi): JsonObject {
  const described = { qualifiedName: 'a__b', title: 'B', description: null }
  return functionDefinition({ ...described, inputSchema, schemaHealth: schemaHealth(inputSchema) }, api)
}

function schemaOf(definition: JsonObject): JsonObject {
  const schema = definition.parameters ?? definition.input_schema ?? definition.parametersJsonSchema
  if (!isJsonObject(schema)) throw new TypeError('expected a schema')
  return schema
}
const parameters = (inputSchema: JsonObject, api: ModelApi) => schemaOf(define(inputSchema, api))

describe('the definition of a function', () => {
  const inputSchema: JsonObject = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: { message: { type: 'string', minLength: 1 } },
    required: ['message'],
  }
  const { $schema: _, ...schema } = inputSchema

  it('has the form of each API', () => {
    expect(define(inputSchema, 'OPENAI')).toEqual({
      type: 'function',
      name: 'a__b',
      description: 'B',
      parameters: schema,
      strict: false,
    })
    expect(define(inputSchema, 'ANTHROPIC')).toEqual({ name: 'a__b', description: 'B', input_schema: schema })
    expect(define(inputSchema, 'GEMINI')).toEqual({
      name: 'a__b',
      description: 'B',
      parametersJsonSchema: {
        type: 'object',
        properties: { message: { type: 'string', description: '{"minLength":1}' } },
        required: ['message'],
      },
    })
  })

  it('has no description where the tool has none', () => {
    const tool = { qualifiedName: 'a__b', title: null, description: null, inputSchema, schemaHealth: schemaHealth({}) }
    for (const api of apis) expect(functionDefinition(tool, api)).not.toHaveProperty('description')
  })

  it('is strict for OpenAI where the schema may be', () => {
    const closed: JsonObject = { ...schema, properties: { message: { type: 'string' } }, additionalProperties: false }
    expect(define(closed, 'OPENAI')).toMatchObject({ strict: true, parameters: closed })
  })

  it('takes any schema to one that the API accepts, and leaves the tool as it was', () => {
    fc.assert(
      fc.property(schemas(1), (given) => {
        const before = structuredClone(given)
        for (const api of apis) expectAccepted(parameters(given, api), api)
        expect(given).toEqual(before)
      }),
      { numRuns: 1_000 },
    )
  })

  it('gives OpenAI a strict schema as it came', () => {
    const strictChild = fc.constantFrom<JsonObject>(
      { type: 'string' },
      { type: ['string', 'null'], enum: ['a', null] },
      { type: 'array', items: { $ref: '#' } },
      { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }] },
      { type: 'string', minLength: 1 },
      { type: 'any' },
      { $ref: '#/$defs/none' },
    )
    let strict = 0
    fc.assert(
      fc.property(fc.dictionary(propertyNames, strictChild, { maxKeys: 3 }), (properties) => {
        const given: JsonObject = {
          type: 'object',
          properties,
          required: Object.keys(properties),
          additionalProperties: false,
        }
        const definition = define(given, 'OPENAI')
        if (definition.strict !== true) return
        strict += 1
        expect(definition.parameters).toEqual(given)
      }),
    )
    expect(strict).toBeGreaterThan(5)
  })
})

describe('what an API refuses', () => {
  it('has alternatives at the root as properties of one object', () => {
    const alternatives: JsonObject = {
      oneOf: [
        { properties: { kind: { const: 'a' }, id: { type: 'string' } }, required: ['kind', 'id'] },
        { $ref: '#/$defs/b' },
      ],
      $defs: { b: { properties: { kind: { const: 'b' }, n: { type: 'integer' } }, required: ['kind'] } },
    }
    expect(parameters(alternatives, 'ANTHROPIC')).toEqual({
      type: 'object',
      properties: {
        kind: { anyOf: [{ const: 'a' }, { const: 'b' }] },
        id: { type: 'string' },
        n: { type: 'integer' },
      },
      required: ['kind'],
      $defs: alternatives.$defs,
    })
  })

  it('does not forbid what one of several alternatives forbids', () => {
    const either: JsonObject = {
      type: 'object',
      oneOf: [
        { properties: { id: { type: 'string' }, name: false }, required: ['id'] },
        { properties: { name: { type: 'string' }, id: false, other: false }, required: ['name'] },
      ],
    }
    expect(parameters(either, 'OPENAI')).toEqual({
      type: 'object',
      properties: { id: { type: 'string' }, name: { type: 'string' } },
    })
  })

  it('keeps what the root itself says of a property before its parts', () => {
    const oneOfTwo: JsonObject = {
      type: 'object',
      properties: { id: { type: 'string' }, name: { type: 'string' } },
      anyOf: [{ required: ['id'] }, { required: ['name'] }],
      allOf: [{ properties: { id: { minLength: 1 }, more: {} }, required: ['more'] }],
    }
    expect(parameters(oneOfTwo, 'OPENAI')).toEqual({
      type: 'object',
      properties: { id: { type: 'string' }, name: { type: 'string' }, more: {} },
      required: ['more'],
    })
  })

  it('tells Anthropic of properties whose names it refuses', () => {
    const odata: JsonObject = {
      type: 'object',
      properties: { id: { type: 'string' }, $top: { type: 'integer' } },
      required: ['id', '$top'],
      additionalProperties: false,
    }
    expect(parameters(odata, 'ANTHROPIC')).toEqual({
      type: 'object',
      description: 'Takes these properties too, $top always: {"$top":{"type":"integer"}}',
      properties: { id: { type: 'string' } },
      required: ['id'],
    })
    expect(parameters(odata, 'OPENAI')).toEqual(odata)
  })

  it('tells Gemini in the description what it has no keyword for', () => {
    const wide: JsonObject = {
      type: 'object',
      properties: {
        url: { type: 'string', format: 'uri', description: 'Where' },
        mode: { const: 'fast' },
        count: { type: 'integer', exclusiveMinimum: 0, default: 1 },
        maybe: { enum: ['a', null] },
        ref: { allOf: [{ $ref: '#/definitions/r' }], description: 'A row' },
      },
      definitions: { r: { type: 'string' } },
    }
    expect(parameters(wide, 'GEMINI')).toEqual({
      type: 'object',
      properties: {
        url: { type: 'string', description: 'Where\n{"format":"uri"}' },
        mode: { enum: ['fast'] },
        count: { type: 'integer', description: '{"exclusiveMinimum":0,"default":1}' },
        maybe: { description: '{"enum":["a",null]}' },
        ref: { $ref: '#/$defs/r' },
      },
      $defs: { r: { type: 'string' } },
    })
  })

  it('requires nothing of Gemini that has no end', () => {
    const node: JsonObject = {
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      required: ['name', 'children'],
    }
    const tree: JsonObject = {
      type: 'object',
      properties: { root: { $ref: '#/$defs/node' } },
      required: ['root'],
      $defs: { node },
    }
    expect(parameters(tree, 'GEMINI')).toEqual({
      type: 'object',
      properties: { root: { $ref: '#/$defs/node' } },
      $defs: { node: { ...node, required: ['name'] } },
    })
  })

  it('grows no more than its schema, however its parts are put together', () => {
    const levels = Array.from({ length: 30 }, (_, level): [string, JsonObject] => [
      `l${level}`,
      level === 0
        ? { properties: { a: { const: 0 }, b: { const: 1 } } }
        : {
            anyOf: [{ $ref: `#/$defs/l${level - 1}` }, { allOf: [{ $ref: `#/$defs/l${level - 1}` }] }],
            properties: { [`p${level}`]: { allOf: [{ $ref: `#/$defs/l${level - 1}` }, { minimum: level }] } },
          },
    ])
    const given: JsonObject = { $ref: '#/$defs/l29', $defs: Object.fromEntries(levels) }
    for (const api of apis) {
      expect(JSON.stringify(parameters(given, api)).length).toBeLessThan(2 * JSON.stringify(given).length)
    }
  })

  it('keeps apart what stands under one name in definitions and $defs, whatever other names there are', () => {
    const text = { type: 'string' }
    const names = ['a', '_a', '_1_a', '_2_b']
    for (const count of [0, 1, 2, 4]) {
      const $defs = Object.fromEntries(names.slice(0, count).map((name) => [name, { type: 'number' }]))
      const given = { type: 'object', properties: { a: { $ref: '#/definitions/a' } }, definitions: { a: text }, $defs }
      const schema = parameters(given, 'GEMINI')
      expect(schema.$defs).toMatchObject($defs)
      const { a } = isJsonObject(schema.properties) ? schema.properties : {}
      const ref = isJsonObject(a) && typeof a.$ref === 'string' ? a.$ref : ''
      expect(resolveRef(schema, ref)).toEqual(text)
    }
  })

  it('takes all args that the tool takes', () => {
    const values = fc.oneof(
      fc.constantFrom<JsonValue>('a', 'b', 0, 1, 2, true, null, [], {}),
      fc.array(fc.constantFrom('a', 1)),
    )
    const args = fc.dictionary(fc.constantFrom('a', 'b', '$top', 'filter[id]'), values, { maxKeys: 3 })
    const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false, ownProperties: true })
    const thoseThatFit = (schema: JsonObject, several: readonly JsonObject[]) => {
      try {
        const fits = ajv.compile(schema)
        return several.filter((each) => fits(each))
      } catch {
        // It refers to what is not there, goes round in circles, or is of another draft.
        return []
      }
    }
    let taken = 0
    // Alternatives of the root are put into one: of a property, only what those say that speak of it. See above.
    const oneForm = ({ anyOf: _, oneOf: __, $ref: ___, allOf, ...rest }: JsonObject): JsonObject => ({
      ...rest,
      ...(Array.isArray(allOf) ? { allOf: allOf.map((each) => (isJsonObject(each) ? oneForm(each) : each)) } : {}),
    })
    const objects = schemas(0).map(({ $id: _, ...rest }): JsonObject => ({ ...oneForm(rest), type: 'object' }))
    fc.assert(
      fc.property(objects, fc.array(args, { minLength: 5, maxLength: 20 }), (given, several) => {
        const accepted = thoseThatFit(given, several)
        taken += accepted.length
        if (accepted.length === 0) return
        for (const api of apis) {
          const schema = parameters(given, api)
          const takes = ajv.compile(schema)
          for (const each of accepted) expect(takes(each), JSON.stringify({ api, each, given, schema })).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
    expect(taken).toBeGreaterThan(100)
  })
})
