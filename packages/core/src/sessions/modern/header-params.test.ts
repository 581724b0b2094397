import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../base/json.ts'
import { headerParamsOf, paramHeaders } from './header-params.ts'

const annotated = (name: JsonValue, type: JsonValue = 'string') => ({ type, 'x-mcp-header': name })
const withProperties = (properties: JsonObject, rest: JsonObject = {}) => ({ type: 'object', properties, ...rest })

describe('headerParamsOf', () => {
  it('finds annotated properties at any depth, as "properties" lead to them', () => {
    const schema = withProperties({
      region: annotated('Region'),
      plain: { type: 'string' },
      nested: withProperties({ 'x-mcp-header': { type: 'string' }, shard: annotated('Shard', 'integer') }),
    })
    expect(headerParamsOf(schema)).toEqual({
      ok: true,
      params: [
        { path: ['region'], header: 'mcp-param-region' },
        { path: ['nested', 'shard'], header: 'mcp-param-shard' },
      ],
    })
  })

  it.each<[string, JsonObject, RegExp]>([
    ['an empty name', withProperties({ a: annotated('') }), /RFC 9110 token/],
    ['a name with a space', withProperties({ a: annotated('My Region') }), /RFC 9110 token/],
    ['a name with CR LF', withProperties({ a: annotated('A\r\nB') }), /RFC 9110 token/],
    ['a name beyond ASCII', withProperties({ a: annotated('Région') }), /RFC 9110 token/],
    ['a name that is no string', withProperties({ a: annotated(7) }), /expected a string, got a number/],
    ['a number', withProperties({ a: annotated('A', 'number') }), /got "number"/],
    ['an object', withProperties({ a: annotated('A', 'object') }), /got "object"/],
    ['no type', withProperties({ a: { 'x-mcp-header': 'A' } }), /got nothing/],
    ['a list of types', withProperties({ a: annotated('A', ['string', 'null']) }), /got a list/],
    ['names that differ by case alone', withProperties({ a: annotated('Key'), b: annotated('KEY') }), /twice/],
    ['the root', { type: 'object', 'x-mcp-header': 'A' }, /found elsewhere/],
    ['items', withProperties({ a: { type: 'array', items: annotated('A') } }), /found elsewhere/],
    ['a branch', { type: 'object', oneOf: [withProperties({ a: annotated('A') })] }, /found elsewhere/],
    ['a condition', { type: 'object', if: withProperties({ a: annotated('A') }) }, /found elsewhere/],
    ['a definition', { type: 'object', $defs: { a: annotated('A') } }, /found elsewhere/],
    ['a pattern', { type: 'object', patternProperties: { '^a': annotated('A') } }, /found elsewhere/],
  ])('makes a tool invalid for %s', (_case, schema, reason) => {
    const params = headerParamsOf(schema)
    expect(params).toEqual({ ok: false, reason: expect.stringMatching(reason) })
  })

  it('takes what is data, and no schema, for no annotation', () => {
    const schema = withProperties({ a: { type: 'object', default: annotated('A'), examples: [annotated('A')] } })
    expect(headerParamsOf(schema)).toEqual({ ok: true, params: [] })
  })

  it('answers for any JSON', () => {
    const schema = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.dictionary(
          fc.constantFrom('x-mcp-header', 'type', 'properties', 'items', 'allOf', '$defs', '__proto__', 'a'),
          tie('node'),
        ),
      ),
    })).node
    fc.assert(
      fc.property(schema, (value) => {
        expect(headerParamsOf(JSON.parse(JSON.stringify(value)) as JsonValue)).toHaveProperty('ok')
      }),
    )
  })
})

describe('paramHeaders', () => {
  const params = [
    { path: ['s'], header: 'mcp-param-s' },
    { path: ['deep', 'n'], header: 'mcp-param-n' },
  ]

  it('mirrors strings, integers and booleans', () => {
    expect(paramHeaders(params, { s: 'x', deep: { n: -7 } })).toEqual({ 'mcp-param-s': 'x', 'mcp-param-n': '-7' })
    expect(paramHeaders(params, { s: false, deep: { n: 1e21 - 1e21 } })).toEqual({
      'mcp-param-s': 'false',
      'mcp-param-n': '0',
    })
  })

  it('leaves out what is null, absent or inherited', () => {
    expect(paramHeaders(params, { s: null, deep: {} })).toEqual({})
    expect(paramHeaders([{ path: ['toString', 'name'], header: 'mcp-param-x' }], {})).toEqual({})
  })

  it.each([[1.5], [2 ** 53], [['x']], [{}]])('refuses %j, which no header stands for', (s) => {
    expect(() => paramHeaders(params, { s })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', path: ['args', 's'] }),
    )
  })
})
