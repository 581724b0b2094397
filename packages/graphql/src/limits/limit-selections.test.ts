import { buildSchema, getIntrospectionQuery, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createLimitMeter } from './limit-meter.ts'
import { limitSelections } from './limit-selections.ts'
import { defaultLimits } from './limits.ts'

const schema = buildSchema('type Query { a: Query b: Int }')
const rule = limitSelections(createLimitMeter({ ...defaultLimits, maxDepth: 4, maxAliases: 3, maxDirectives: 2 }))
const check = (document: string) => validate(schema, parse(document), [rule]).map(({ message }) => message)
const nested = (depth: number): string => (depth === 1 ? '{ b }' : `{ a ${nested(depth - 1)} }`)

describe('an operation', () => {
  it('may nest its fields so deep and no deeper, inline fragments aside', () => {
    expect(check(nested(4))).toEqual([])
    expect(check('{ a { ... { a { ... on Query { a { b } } } } } }')).toEqual([])
    expect(check(nested(5))).toEqual(['The operation has fields nested too deep: expected at most 4 (maxDepth), got 5'])
  })

  it('counts what its fragments nest and alias, each time that they are spread', () => {
    const deep = '{ a { ...F } } fragment F on Query { a { ...G } } fragment G on Query { a { a { b } } }'
    expect(check(deep)).toEqual(['The operation has fields nested too deep: expected at most 4 (maxDepth), got 5'])
    const spread = '{ ...F x: a { ...F } } fragment F on Query { y: b }'
    expect(check(spread)).toEqual([])
    expect(check(spread.replace('y: b', 'y: b z: b'))).toEqual([
      'The operation has too many aliases: expected at most 3 (maxAliases), got 5',
    ])
  })

  it('is measured in the time that it takes to read, however its fragments multiply', () => {
    const fragments = Array.from({ length: 60 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`)
    const document = `{ ...F0 } ${fragments.join(' ')} fragment F60 on Query { x: b }`
    expect(check(document)).toEqual([
      `The operation has too many aliases: expected at most 3 (maxAliases), got ${2 ** 60}`,
    ])
  })

  it('that spreads itself is left to the rule that refuses it', () => {
    expect(check('{ ...F } fragment F on Query { a { ...G } } fragment G on Query { a { ...F } }')).toEqual([])
  })

  it('may have so many directives in its document', () => {
    expect(check('{ b @skip(if: true) a @include(if: true) { b } }')).toEqual([])
    expect(check('{ b @skip(if: true) @include(if: true) a @skip(if: true) { b } }')).toEqual([
      'The operation has too many directives: expected at most 2 (maxDirectives), got 3',
    ])
  })

  it('may ask for the schema as tools do, and no deeper', () => {
    expect(check(getIntrospectionQuery())).toEqual([])
    const type = (depth: number): string => (depth === 0 ? '{ name }' : `{ fields { type ${type(depth - 1)} } }`)
    expect(check(`{ __type(name: "Query") ${type(12)} }`)).toEqual([
      'The operation has introspection nested too deep: expected at most 20, got 26',
    ])
  })
})
