import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../base/json.ts'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import { createArgumentChecks } from './arguments.ts'

const checker = createArgumentChecks(createBudgetMeter(resolveBudgets({}))).createChecker()
const check = (properties: JsonObject, args: JsonObject) => {
  const definition = { name: 'a', inputSchema: { type: 'object', properties } }
  return checker.check({ definition, definitionText: JSON.stringify(definition) }, args)
}
const checkText = (pattern: string, text: string) => check({ text: { type: 'string', pattern } }, { text })
const fits = { issues: [], unchecked: undefined }

describe('multipleOf', () => {
  // Each division of such a number takes far longer than one of small integers.
  it.each([1e300, 0.1])('of numbers like %d counts what the division takes', (n) => {
    const schema = { list: { type: 'array', items: { type: 'number', multipleOf: 0.1 } } }
    expect(check(schema, { list: Array(1_000).fill(n) })).toEqual(fits)
    expect(check(schema, { list: Array(20_000).fill(n) }).unchecked).toContain('checkSteps')
  })

  it('of safe integers costs no more than another keyword', () => {
    const schema = { list: { type: 'array', items: { type: 'number', multipleOf: 3 } } }
    expect(check(schema, { list: Array(20_000).fill(9) })).toEqual(fits)
  })
})

describe('a pattern of a schema', () => {
  it.each([
    ['^(a+)+$', `${'a'.repeat(40)}!`],
    ['(x+x+)+y', 'x'.repeat(500_000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(200_000)],
    ['^(.|\\n|x)*q', 'y'.repeat(500_000)],
  ])('that would take JavaScript for ever, %s, is matched in its time', { timeout: 2_000 }, (pattern, text) => {
    expect(checkText(pattern, text)).toMatchObject({
      issues: [{ pointer: '/text', keyword: 'pattern' }],
      unchecked: undefined,
    })
  })

  it('means what it means in JavaScript', () => {
    const patterns = [
      '^a+$',
      '^\\d{2,3}$',
      '^[^\\s]*$',
      '^\\p{L}+$',
      '(?<year>\\d{4})',
      '^.$',
      '\\/',
      '^\\u{1F600}',
      '^(?:a|b)*?c',
    ]
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('aaa', '12', '😀', 'aabc', '2024', '', '/', 'a\n'),
    )
    fc.assert(
      fc.property(fc.constantFrom(...patterns), texts, (pattern, text) => {
        expect(checkText(pattern, text).issues.length === 0).toBe(new RegExp(pattern, 'u').test(text))
      }),
    )
  })

  it('that cannot be matched in linear time is left to the server, which is told, and the rest is checked', () => {
    const properties = { name: { type: 'string', pattern: '^(?!admin).+$' }, age: { type: 'integer' } }
    const unchecked = expect.stringContaining('the pattern "^(?!admin).+$"')
    expect(check(properties, { name: 'admin', age: 1 })).toEqual({ issues: [], unchecked })
    expect(check(properties, { name: 'x', age: 'y' })).toMatchObject({ issues: [{ pointer: '/age' }], unchecked })
    // Known already, and skipped all the same.
    expect(check(properties, { name: 'admin' })).toEqual({ issues: [], unchecked })
  })

  it('is not one of another schema', () => {
    expect(checkText('^a$', 'a')).toEqual(fits)
    expect(checkText('^b$', 'a').issues).toHaveLength(1)
    expect(check({ a: { pattern: '^a$' }, b: { pattern: '^b$' } }, { a: 'a', b: 'b' })).toEqual(fits)
  })

  it('that is too long, or stands against too much, is not tried', () => {
    expect(checkText(`^(${'a?'.repeat(3_000)})$`, 'a').unchecked).toContain('a pattern of 6004 characters')
    const { unchecked } = checkText(`${'a?'.repeat(500)}${'a'.repeat(500)}`, 'a'.repeat(100_000))
    expect(unchecked).toContain('a text of 100000 characters')
  })

  it('that is invalid makes the schema invalid', () => {
    expect(checkText('[', 'a').unchecked).toContain('does not compile')
  })

  it('names properties too', () => {
    const definition = { name: 'a', inputSchema: { patternProperties: { '^(a+)+$': { type: 'integer' } } } }
    const tool = { definition, definitionText: JSON.stringify(definition) }
    expect(checker.check(tool, { aa: 'x' }).issues).toMatchObject([{ pointer: '/aa' }])
    expect(checker.check(tool, { [`${'a'.repeat(40)}!`]: 'x' })).toEqual(fits)
  })
})

describe('unique items', () => {
  const unique = { items: { type: 'array', uniqueItems: true } }
  it('are told apart by value, whatever the order of their keys, in the time that it takes to read them', () => {
    expect(check(unique, { items: [{ a: 1, b: 2 }, { a: 1 }, '1', 1, null, [1]] })).toEqual(fits)
    expect(
      check(unique, {
        items: [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      }).issues,
    ).toMatchObject([{ pointer: '/items', keyword: 'uniqueItems', message: 'must NOT have duplicate items' }])
    const many = Array.from({ length: 50_000 }, (_, n) => ({ n }))
    expect(check(unique, { items: many })).toEqual(fits)
    expect(check({ items: { uniqueItems: false } }, { items: [1, 1] })).toEqual(fits)
  })
})

describe('a reference of a schema', () => {
  it('within its document is followed, one that goes round in circles too', () => {
    const inputSchema = {
      type: 'object',
      properties: { tree: { $ref: '#/$defs/node' } },
      $defs: { node: { type: 'object', properties: { value: { type: 'number' }, next: { $ref: '#/$defs/node' } } } },
    }
    const definition = { name: 'a', inputSchema }
    const tool = { definition, definitionText: JSON.stringify(definition) }
    expect(checker.check(tool, { tree: { value: 1, next: { value: 2 } } })).toEqual(fits)
    expect(checker.check(tool, { tree: { next: { value: 'x' } } })).toMatchObject({
      issues: [{ pointer: '/tree/next/value' }],
    })
  })

  it.each([
    'http://127.0.0.1:9/schema.json',
    'https://json.schemastore.org/package.json',
    'file:///etc/passwd',
    '../other.json',
    'other.json#/x',
  ])('that leads out of it, as to %s, is left to the server, and nothing is loaded', (target) => {
    for (const schema of [{ $ref: target }, { $dynamicRef: target }, { $id: 'http://example.com/a', $ref: target }]) {
      const { issues, unchecked } = check({ a: schema, b: { type: 'number' } }, { a: 1, b: 2 })
      expect(issues).toEqual([])
      expect(unchecked).toContain('does not compile')
    }
  })
})

it('an argument named as what every object has is data like any other', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'number' }]))
  const inputSchema = JSON.parse(
    `{"type":"object","required":["constructor"],"properties":${JSON.stringify(properties)}}`,
  )
  const definition = { name: 'a', inputSchema }
  const tool = { definition, definitionText: JSON.stringify(definition) }
  expect(checker.check(tool, {}).issues).toMatchObject([{ pointer: '/constructor', keyword: 'required' }])
  expect(checker.check(tool, JSON.parse('{"constructor":1,"__proto__":2}'))).toEqual(fits)
})

describe('a format', () => {
  const ofFormat = (format: string) => ({ when: { type: 'string', format } })
  it.each([
    ['date-time', '2026-11-29T10:00:00'],
    ['date', '29.11.2026'],
    ['time', '10:00'],
    ['duration', 'a week'],
    ['uri', 'example.com'],
    ['email', 'someone'],
    ['hostname', 'a_b'],
    ['ipv4', '1.2.3'],
    ['uuid', '1'],
    ['json-pointer', 'a'],
    ['regex', '['],
  ])('%s that a text does not have is said, and is no reason to refuse it', (format, when) => {
    const unchecked = `the value at /when does not match the format "${format}", which is an annotation`
    expect(check(ofFormat(format), { when })).toEqual({ issues: [], unchecked })
  })

  it('of integers is one too', () => {
    expect(check({ when: { type: 'integer', format: 'int32' } }, { when: 2 ** 40 }).issues).toEqual([])
  })

  it('tells alternatives apart without refusing any, and is silent if one of them fits', () => {
    const [ipv4, uuid] = [{ format: 'ipv4' }, { format: 'uuid' }]
    for (const keyword of ['anyOf', 'oneOf']) {
      expect(check({ a: { [keyword]: [ipv4, uuid] } }, { a: 'x' })).toMatchObject({
        issues: [],
        unchecked: expect.stringContaining('"ipv4"'),
      })
    }
    expect(check({ a: { anyOf: [ipv4, { type: 'string' }] } }, { a: 'x' })).toEqual(fits)
    expect(check({ a: { not: ipv4 } }, { a: 'x' }).issues).toEqual([])
  })

  it('beside a fault does not hide it', () => {
    const properties = { ...ofFormat('uuid'), age: { type: 'integer' } }
    expect(check(properties, { when: 'x', age: 'y' }).issues).toMatchObject([{ pointer: '/age', keyword: 'type' }])
  })
})

describe('a null', () => {
  it('among many values is for the longer check to find', () => {
    const inputSchema = { type: 'object', properties: { list: { type: 'array' }, note: { type: 'string' } } }
    const tool = { definition: { name: 'many', inputSchema }, definitionText: JSON.stringify(inputSchema) }
    const args = { list: Array(50_000).fill({}), note: null }
    expect([checker.tryCheck(tool, args), checker.check(tool, args)]).toEqual([undefined, fits])
  })

  const checkOf = (inputSchema: JsonObject, args: JsonObject) => {
    const definition = { name: 'a', inputSchema }
    return checker.check({ definition, definitionText: JSON.stringify(definition) }, args)
  }
  const verbose = { properties: { verbose: { type: 'boolean' } } }
  it.each<[string, JsonObject, JsonObject]>([
    ['of a type', verbose, { verbose: null }],
    ['of an enum', { properties: { a: { enum: ['x', 'y'] } } }, { a: null }],
    ['of alternatives', { properties: { a: { anyOf: [{ type: 'string' }, { type: 'number' }] } } }, { a: null }],
    ['behind a reference', { $defs: { a: { type: 'string' } }, properties: { a: { $ref: '#/$defs/a' } } }, { a: null }],
    ['of a pattern of names', { patternProperties: { '^x-': { type: 'string' } } }, { 'x-a': null }],
    [
      'in a list',
      { properties: { list: { type: 'array', items: verbose } } },
      { list: [{ verbose: true }, { verbose: null }] },
    ],
    [
      'in an alternative',
      {
        anyOf: [
          { required: ['b'] },
          { properties: { verbose: { type: 'boolean' }, c: { type: 'string' } }, required: ['verbose'] },
        ],
      },
      { verbose: true, c: null },
    ],
    [
      'called like what every object has',
      { properties: JSON.parse('{"__proto__":{"type":"string"}}') },
      JSON.parse('{"__proto__":null}'),
    ],
    [
      'of each of many',
      { properties: Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, { type: 'string' }])) },
      Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, null])),
    ],
  ])('for an optional property that does not allow it is absent: %s', (_, inputSchema, args) => {
    const given = structuredClone(args)
    expect(checkOf(inputSchema, args)).toEqual(fits)
    // It is sent as it was given.
    expect(args).toEqual(given)
  })

  it.each<[string, JsonObject, JsonObject, readonly object[]]>([
    ['required', { ...verbose, required: ['verbose'] }, { verbose: null }, [{ pointer: '/verbose', keyword: 'type' }]],
    [
      'required elsewhere',
      { ...verbose, allOf: [{ required: ['verbose'] }] },
      { verbose: null },
      [{ pointer: '/verbose', keyword: 'type' }],
    ],
    [
      'asked for by another',
      { ...verbose, dependentRequired: { b: ['verbose'] } },
      { verbose: null, b: 1 },
      [{ pointer: '/verbose', keyword: 'type' }],
    ],
    [
      'unknown',
      { ...verbose, additionalProperties: false },
      { verbos: null },
      [{ pointer: '/verbos', keyword: 'additionalProperties' }],
    ],
    [
      'an item',
      { properties: { list: { items: { type: 'string' } } } },
      { list: [null] },
      [{ pointer: '/list/0', keyword: 'type' }],
    ],
    [
      'optional beside a fault',
      { properties: { ...verbose.properties, n: { type: 'integer' } } },
      { verbose: null, n: 'x' },
      [{ pointer: '/n', keyword: 'type' }],
    ],
    [
      'optional beside a required one',
      { properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['a'] },
      { a: null, b: null },
      [{ pointer: '/a', keyword: 'type' }],
    ],
    [
      'the only property where one is asked for',
      { ...verbose, minProperties: 1 },
      { verbose: null },
      [{ pointer: '', keyword: 'minProperties' }],
    ],
  ])('that is %s is refused', (_, inputSchema, args, issues) => {
    expect(checkOf(inputSchema, args).issues).toMatchObject(issues)
    expect(checkOf(inputSchema, args).issues).toHaveLength(issues.length)
  })
})
