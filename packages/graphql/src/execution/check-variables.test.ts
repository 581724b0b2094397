import { buildSchema, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { checkVariables } from './check-variables.ts'

const schema = buildSchema(`
  scalar JSON
  enum Order { ASC DESC }
  input Pair { name: String! value: Choice! }
  input Choice @oneOf { text: String number: Int }
  input All { flag: Boolean order: Order when: Int! = 1 pairs: [Pair!] tree: [[Int!]] any: JSON self: All }
  type Query { all(input: All!): Int }
`)
const document = parse('query ($input: All!) { all(input: $input) }')

function check(input: unknown) {
  return checkVariables(schema, document, undefined, { input }).map(({ extensions }) => extensions.path)
}

const pair = (value: unknown) => ({ pairs: [{ name: 'a', value }] })

describe('checkVariables', () => {
  it.each([
    ['everything', { flag: true, order: 'ASC', when: 2, ...pair({ text: 'x' }), tree: [[1], null], any: { a: [1] } }],
    ['nothing but what is required', {}],
    ['single values for lists', { pairs: pair({ number: 1 }).pairs[0], tree: 1 }],
    ['null where it is allowed', { flag: null, pairs: null, any: null }],
  ])('finds no fault with %s', (_, input) => {
    expect(check(input)).toEqual([])
  })

  it.each([
    ['a missing variable', undefined, ['input']],
    ['null for a required field', { when: null }, ['input', 'when']],
    ['another kind of object', 'marker', ['input']],
    ['a list for an object', ['marker'], ['input']],
    ['an unknown field', { nope: 'marker' }, ['input', 'nope']],
    ['a boolean', { flag: 'marker' }, ['input', 'flag']],
    ['an enum', { order: 'marker' }, ['input', 'order']],
    ['an Int in a list of lists', { tree: [[1], [2, 'marker']] }, ['input', 'tree', '1', '1']],
    ['a missing field', { pairs: [{ name: 'marker' }] }, ['input', 'pairs', '0', 'value']],
    ['a oneOf with two members', pair({ text: 'marker', number: 1 }), ['input', 'pairs', '0', 'value']],
    ['a oneOf with none', pair({}), ['input', 'pairs', '0', 'value']],
    ['a oneOf with null', pair({ text: null }), ['input', 'pairs', '0', 'value']],
    ['a fault far down', { self: { self: { flag: 'marker' } } }, ['input', 'self', 'self', 'flag']],
  ])('names the place of %s, and quotes nothing', (_, input, path) => {
    expect(check(input)).toEqual([path])
    const [error] = checkVariables(schema, document, undefined, { input })
    expect(error?.extensions.code).toBe('INVALID_INPUT')
    expect(error?.message).not.toContain('marker')
  })

  it('does not walk into JSON', () => {
    expect(check({ any: JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) })).toEqual([])
  })

  it('takes names that every object inherits for unknown', () => {
    expect(check(JSON.parse('{"__proto__": {"flag": "marker"}, "constructor": 1}'))).toEqual([
      ['input', '__proto__'],
      ['input', 'constructor'],
    ])
  })
})

it('tells of so many faults and no more', () => {
  expect(check({ pairs: Array.from({ length: 5_000 }, () => 1) })).toHaveLength(50)
})
