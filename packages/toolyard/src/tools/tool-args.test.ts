import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseObject } from './args-source.ts'
import type { Schema } from './schema.ts'
import { missingArgs, missingError, readPairs } from './tool-args.ts'
import { typedValue } from './typed-value.ts'

const object = (properties: Schema, more: Schema = {}): Schema => ({ type: 'object', properties, ...more })
const read = (schema: Schema, ...pairs: string[]) => readPairs(schema, pairs, {})
const typed = (schema: Schema, text: string) => typedValue(schema, schema, text)

describe('a value is what its schema says', () => {
  it('keeps every text for a string as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typed({ type: 'string' }, text)).toEqual({ value: text })
      }),
    )
  })

  it('reads every finite number back from what JavaScript writes for it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(typed({ type: 'number' }, String(value))).toEqual({ value: value === 0 ? expect.closeTo(0) : value })
      }),
    )
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(typed({ type: 'integer' }, String(value))).toEqual({ value })
      }),
    )
  })

  it('takes no number that would be sent as another one, and says which', () => {
    const refusal = (text: string) => ({ expected: expect.stringContaining(text), isRounded: true })
    const expected = refusal('the number 9007199254740993 would be rounded to 9007199254740992')
    for (const type of ['integer', 'number', undefined]) {
      expect(typed(type ? { type } : {}, '9007199254740993')).toEqual(expected)
    }
    expect(typed({ type: 'object' }, '{"a":[9007199254740993]}')).toEqual(expected)
    expect(typed({ type: 'array' }, '[9007199254740993]')).toEqual(expected)
    expect(typed({ type: 'array', items: { type: 'number' } }, '9007199254740993')).toEqual(expected)
    expect(() =>
      read(object({ ids: { type: 'array', items: { type: 'integer' } } }), 'ids=1', 'ids=9007199254740993'),
    ).toThrow('ids: expected a number that can be sent: the number 9007199254740993 would be rounded')
    expect(() => parseObject('{"a":9007199254740993}', '--args')).toThrow('--args: the number 9007199254740993 would')
    expect(typed({ type: 'number' }, '1e999')).toEqual(refusal('the number 1e999 would'))
    // What holds it, or what is a text, is taken.
    for (const text of ['9007199254740992', '1e21'])
      expect(typed({ type: 'integer' }, text)).toEqual({ value: Number(text) })
    expect(typed({ type: ['integer', 'string'] }, '9007199254740993')).toEqual({ value: '9007199254740993' })
    expect(parseObject('{"a":"9007199254740993"}', '--args')).toEqual({ a: '9007199254740993' })
  })

  it('takes no text that is not an integer', () => {
    expect(typed({ type: 'integer' }, '1.5')).toEqual({ expected: 'integer' })
    expect(typed({ type: 'number' }, '0x10')).toEqual({ expected: 'number' })
    expect(typed({ type: 'integer' }, '')).toEqual({ expected: 'integer' })
  })

  it('reads any JSON where nothing is said, and else the text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typed({}, JSON.stringify(value))).toEqual({ value: JSON.parse(JSON.stringify(value)) })
      }),
    )
    expect(typed({}, 'plain words')).toEqual({ value: 'plain words' })
  })

  it('tries the types of a union from the narrowest to the text', () => {
    const union = { type: ['string', 'integer', 'null', 'boolean'] }
    expect(['null', 'true', '5', '5.5', 'five', ''].map((text) => typed(union, text))).toEqual(
      [null, true, 5, '5.5', 'five', ''].map((value) => ({ value })),
    )
    expect(typed({ anyOf: [{ type: 'number' }, { type: 'array', items: { type: 'number' } }] }, '[1,2]')).toEqual({
      value: [1, 2],
    })
    expect(typed({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }, 'a')).toEqual({
      value: 'a',
    })
  })

  it('takes the values of an enum, whatever their types are', () => {
    const schema = { enum: ['1', 2, null, { a: 1 }] }
    expect(['1', '2', 'null', '{"a":1}'].map((text) => typed(schema, text))).toEqual(
      schema.enum.map((value) => ({ value })),
    )
    expect(typed(schema, '3')).toEqual({ expected: 'one of "1", 2, null, {"a":1}' })
    expect(typed({ anyOf: [{ const: 'auto' }, { type: 'integer' }] }, '7')).toEqual({ value: 7 })
    expect(typed({ anyOf: [{ const: 'auto' }, { type: 'integer' }] }, 'auto')).toEqual({ value: 'auto' })
  })

  it('follows references, also those that go in a circle or nowhere', () => {
    const root = {
      $defs: { count: { type: 'integer' }, again: { $ref: '#/$defs/more' }, more: { $ref: '#/$defs/again' } },
    }
    expect(typedValue(root, { $ref: '#/$defs/count' }, '5')).toEqual({ value: 5 })
    expect(typedValue(root, { $ref: '#/$defs/again' }, '5')).toEqual({ value: 5 })
    expect(typedValue(root, { $ref: '#/$defs/nowhere' }, 'x')).toEqual({ value: 'x' })
    expect(typed({ type: 'array', items: { $ref: '#' } }, 'x')).toEqual({ expected: 'array' })
    const tree: Schema = { type: 'object', properties: { child: { $ref: '#' } } }
    expect(read(tree, 'child.child.child={"child":{}}')).toEqual({ child: { child: { child: { child: {} } } } })
  })

  it('takes what any schema at all makes of any text, or says what it expects', () => {
    const schema = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 3 }, fc.constant({ type: 'integer' }), tie('composed')),
      composed: fc.record(
        {
          type: fc.oneof(fc.constantFrom('string', 'integer', 'object', 'array', 'null', 7), fc.array(fc.string())),
          enum: fc.array(fc.jsonValue(), { maxLength: 3 }),
          anyOf: fc.array(tie('any'), { maxLength: 2 }),
          items: fc.oneof(tie('any'), fc.boolean()),
          properties: fc.dictionary(fc.string(), tie('any'), { maxKeys: 2 }),
          $ref: fc.constantFrom('#', '#/anyOf/0', '#/%', '#/a~1b', 'other.json'),
        },
        { requiredKeys: [] },
      ),
    })).any
    fc.assert(
      fc.property(schema, fc.string(), (any, text) => {
        // The arbitrary makes objects only.
        const answer = typed(any as Schema, text)
        expect('value' in answer || answer.expected !== '').toBe(true)
      }),
    )
  })
})

describe('key=value', () => {
  it('gives back the object that was written as pairs', () => {
    const keys = fc.string({ minLength: 1 }).filter((key) => !key.includes('='))
    fc.assert(
      fc.property(fc.dictionary(keys, fc.string()), (args) => {
        const schema = object(Object.fromEntries(Object.keys(args).map((key) => [key, { type: 'string' }])))
        const pairs = Object.entries(args).map(([key, value]) => `${key}=${value}`)
        expect(Object.entries(readPairs(schema, pairs, {}))).toEqual(Object.entries(args))
      }),
    )
  })

  it('makes an array of a key that is repeated, and of one value', () => {
    const schema = object({
      tags: { type: 'array', items: { type: 'string' } },
      ids: { type: 'array', items: { type: 'integer' } },
    })
    expect(read(schema, 'tags=1', 'tags=b', 'ids=[1,2]')).toEqual({ tags: ['1', 'b'], ids: [1, 2] })
    expect(read(schema, 'tags=one')).toEqual({ tags: ['one'] })
    expect(() => read(schema, 'ids=1', 'ids=x')).toThrow('ids: expected integer for each item')
    expect(() => read(object({ a: { type: 'string' } }), 'a=1', 'a=2')).toThrow('a: expected string, once')
  })

  it('reaches into objects by dots, unless the name itself has them', () => {
    const schema = object({
      where: object({ city: { type: 'string' }, zip: { type: 'integer' } }),
      'a.b': { type: 'integer' },
      a: object({ b: { type: 'string' } }),
    })
    expect(read(schema, 'where.city=Ulm', 'where.zip=5', 'a.b=7')).toEqual({ where: { city: 'Ulm', zip: 5 }, 'a.b': 7 })
    expect(readPairs(schema, ['where.zip=6'], { where: { city: 'Ulm', zip: 5 } })).toEqual({
      where: { city: 'Ulm', zip: 6 },
    })
  })

  it('names the property that was probably meant', () => {
    const schema = object({ message: { type: 'string' }, limit: { type: 'integer' } })
    expect(() => read(schema, 'mesage=x')).toThrow('the tool has no argument "mesage"; did you mean message?')
    expect(() => read(schema, 'zzz=x')).toThrow('it takes message, limit')
    expect(() => read(schema, 'no pair')).toThrow('expected key=value')
    expect(() => read(schema, 'limit=many')).toThrow('limit: expected integer')
  })

  it('takes other keys where the schema allows them', () => {
    expect(read(object({ a: {} }, { additionalProperties: true }), 'other=5')).toEqual({ other: 5 })
    expect(read(object({ a: {} }, { additionalProperties: { type: 'string' } }), 'other=5')).toEqual({ other: '5' })
    expect(read({ type: 'object' }, 'other=5')).toEqual({ other: 5 })
    expect(() => read({ type: 'object', additionalProperties: false }, 'other=5')).toThrow('it takes no args')
  })

  it('sets properties that every object has by its nature', () => {
    const args = read({ type: 'object' }, '__proto__=1', 'constructor=2', 'toString=3')
    expect(Object.entries(args)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ])
    expect(Object.getPrototypeOf(args)).toBe(Object.prototype)
    expect(missingArgs({ required: ['constructor'] }, {}).map(({ name }) => name)).toEqual(['constructor'])
  })
})

it('names all that is missing, with their types', () => {
  const schema = object(
    { a: { type: 'string' }, b: { enum: ['x', 'y'] }, c: { type: ['null', 'integer'] } },
    { required: ['a', 'b'], allOf: [{ required: ['c'] }] },
  )
  const missing = missingArgs(schema, { a: 'there' })
  expect(missingError(schema, missing).message).toContain('missing: b (one of "x", "y"), c (integer or null);')
})
