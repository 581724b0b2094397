import { describe, expect, it } from 'vitest'
import { branchOf } from './choice.ts'
import { faultsOf } from './faults.ts'
import { fieldOf } from './field-of.ts'
import { initialForm } from './initial-value.ts'
import { pointerSegments, pointerTo, type Schema } from './schema.ts'

const none = new Map<string, number>()
const ofText = { type: 'string' }
const kindOf = (schema: Schema) => fieldOf(schema, schema, undefined).kind
const wordsOf = (schema: Schema, value: unknown) =>
  faultsOf(schema, value, none).map(({ pointer, message }) => `${pointer}: ${message}`)

describe('a field of a schema', () => {
  it('is what the schema asks for, with all that it includes', () => {
    expect(kindOf({ const: 1 })).toBe('CONSTANT')
    expect(kindOf({ enum: ['a', 'b'] })).toBe('OPTIONS')
    expect(kindOf({ oneOf: [{ const: 'a', title: 'A' }, { const: 'b' }] })).toBe('OPTIONS')
    expect(kindOf({ type: 'array', items: { enum: ['a'] } })).toBe('SET')
    expect(kindOf({ type: ['string', 'number'] })).toBe('CHOICE')
    expect(kindOf({})).toBe('JSON')
    expect(kindOf({ type: 'object' })).toBe('JSON')
    expect(kindOf({ allOf: [{ $ref: '#/$defs/a' }, { minLength: 1 }], $defs: { a: ofText } })).toBe('TEXT')
    expect(fieldOf({ type: 'string', maxLength: 201 }, {}, undefined)).toMatchObject({ text: 'LINES' })
    expect(fieldOf({ type: 'string', contentEncoding: 'base64' }, {}, undefined)).toMatchObject({ text: 'FILE' })
    expect(fieldOf({ type: 'string', format: 'date-time' }, {}, undefined)).toMatchObject({ text: 'DATE_TIME' })
  })

  it('is the value itself where the alternative is null', () => {
    const field = fieldOf({ anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }], title: 'Page' }, {}, undefined)
    expect(field).toMatchObject({ kind: 'NUMBER', isNullable: true, title: 'Page', schema: { minimum: 1 } })
    expect(fieldOf({ type: ['string', 'null'] }, {}, undefined)).toMatchObject({ kind: 'TEXT', isNullable: true })
    expect(fieldOf({ enum: ['a', null] }, {}, undefined)).toMatchObject({ options: [{ value: 'a' }], isNullable: true })
  })

  it('follows if and dependentSchemas by the value', () => {
    const schema = {
      type: 'object',
      properties: { kind: { enum: ['a', 'b'] } },
      if: { properties: { kind: { const: 'b' } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { size: { type: 'number' } }, required: ['size'] },
    }
    expect(wordsOf(schema, { kind: 'a' })).toEqual([])
    expect(wordsOf(schema, { kind: 'b' })).toEqual(['/size: Required'])
  })

  it.each(['allOf', 'anyOf', 'oneOf'])('ends on schemas that double through %s, or contain themselves', (keyword) => {
    const twice = (n: number) => [{ $ref: `#/$defs/a${n}` }, { $ref: `#/$defs/a${n}`, title: 'b' }]
    const $defs = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`a${n}`, { [keyword]: twice(n + 1) }]))
    const schema = { properties: { a: { $ref: '#/$defs/a0' } }, required: ['a'], $defs: { ...$defs, a40: ofText } }
    expect(wordsOf(schema, initialForm(schema)).length).toBeLessThan(3)
    expect(kindOf({ [keyword]: [{ $ref: '#' }], title: keyword })).toBeDefined()
    const required = {
      type: 'object',
      properties: { next: { $ref: '#' }, other: { $ref: '#' } },
      required: ['next', 'other'],
    }
    expect(JSON.stringify(initialForm(required)).length).toBeLessThan(2_000)
  })
})

describe('a form', () => {
  const schema = {
    type: 'object',
    properties: {
      kind: { const: 'file' },
      name: ofText,
      count: { type: 'integer', default: 3 },
      options: {
        type: 'object',
        properties: { path: ofText, depth: { type: 'integer', default: 1 } },
        required: ['path'],
      },
      place: { type: 'object', properties: { city: ofText }, required: ['city'] },
    },
    required: ['kind', 'name', 'place'],
  }

  it('begins with constants and defaults, and without what is optional', () => {
    expect(initialForm(schema)).toEqual({ kind: 'file', count: 3, place: {} })
    expect(
      initialForm({ properties: { a: { type: 'boolean' }, b: { type: ['string', 'null'] } }, required: ['a', 'b'] }),
    ).toEqual({ a: false, b: null })
  })

  it('asks for no member of an optional object that was not touched', () => {
    expect(wordsOf(schema, initialForm(schema))).toEqual(['/name: Required', '/place/city: Required'])
    expect(wordsOf(schema, { ...initialForm(schema), name: '', place: { city: 'B' }, options: {} })).toEqual([
      '/options/path: Required',
    ])
  })

  it('says in words what is outside its limits', () => {
    const of = (property: Schema, value: unknown) =>
      wordsOf({ type: 'object', properties: { a: property } }, { a: value })
    expect(of({ type: 'number', minimum: 1 }, 0)).toEqual(['/a: At least 1'])
    expect(of({ type: 'integer' }, 1.5)).toEqual(['/a: A whole number'])
    expect(of({ enum: ['a', 'b'] }, 'c')).toEqual(['/a: One of a, b'])
    expect(of({ type: 'string', minLength: 2 }, '😀')).toEqual(['/a: At least 2 characters'])
    expect(of({ type: 'array', items: ofText, minItems: 1 }, [])).toEqual(['/a: At least 1 item'])
    expect(of({ type: 'array', items: ofText }, ['x', undefined])).toEqual(['/a/1: Required'])
    expect(of({ type: 'object', additionalProperties: { type: 'number' } }, { b: 'x' })).toEqual([
      '/a/b: Enter a number',
    ])
  })

  it('finds faults only in the branch that was chosen', () => {
    const one = { type: 'object', properties: { kind: { const: 'one' }, first: ofText }, required: ['kind', 'first'] }
    const two = { type: 'object', properties: { kind: { const: 'two' }, second: ofText }, required: ['kind', 'second'] }
    const choice = { type: 'object', properties: { of: { oneOf: [one, two] } } }
    expect(wordsOf(choice, { of: { kind: 'two' } })).toEqual(['/of/second: Required'])
    expect(faultsOf(choice, { of: { kind: 'one' } }, new Map([['/of', 0]]))).toEqual([
      { pointer: '/of/first', message: 'Required' },
    ])
    const field = fieldOf({ oneOf: [one, two] }, {}, undefined)
    expect(field).toMatchObject({ kind: 'CHOICE', branches: [{ label: 'one' }, { label: 'two' }] })
    expect(field.kind === 'CHOICE' && branchOf(field, {}, { kind: 'two', second: 'x' })).toBe(1)
  })

  it('writes and reads pointers to any name', () => {
    expect(pointerSegments('/a~1b/~0c/0')).toEqual(['a/b', '~c', '0'])
    expect(pointerTo('', 'a/b~')).toBe('/a~1b~0')
  })
})
