import { buildSchema, parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { unquoteLiterals } from './unquote-literals.ts'

const schema = buildSchema(`
  enum Order { ASC DESC }
  input Both @oneOf { a: Int b: String }
  type Query { all(int: Int, text: String, order: Order, both: Both): Int }
`)

it.each([
  ['int: "marker"', 'Int cannot represent non-integer value: a string'],
  ['int: "e"', 'Int cannot represent non-integer value: a string'],
  ['int: "Int"', 'a string cannot represent non-integer value: a string'],
  ['int: """marker\nmarker"""', 'Int cannot represent non-integer value: a string'],
  ['int: 99999999999', 'Int cannot represent non 32-bit signed integer value: a number'],
  ['text: ["marker"]', 'String cannot represent a non string value: a list'],
  ['text: { a: "marker" }', 'String cannot represent a non string value: an object'],
  ['order: marker', 'Value a name does not exist in "Order" enum.'],
  ['both: { a: 1, b: "marker" }', 'OneOf Input Object "Both" must specify exactly one key.'],
])('says what is wrong with %s without it', (argument, message) => {
  const [error] = validate(schema, parse(`{ all(${argument}) }`)).map(unquoteLiterals)
  expect(error?.message).toBe(message)
  expect(error?.extensions.code).toBe('INVALID_INPUT')
})

it('leaves errors about anything else as they are', () => {
  const errors = validate(schema, parse('{ nope }'))
  expect(errors.map(unquoteLiterals)).toEqual(errors)
})
