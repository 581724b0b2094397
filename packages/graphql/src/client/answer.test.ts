import { expect, it } from 'vitest'
import { parseAnswer, requestText } from './answer.ts'

const url = 'http://server/graphql'
const parse = (value: unknown) => parseAnswer(JSON.stringify(value), 200, url)

it('refuses variables that are nested too deep to be printed', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  expect(() => requestText('{ a }', { deep })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
})

it('answers the data', () => {
  expect(parse({ data: { a: 1 } })).toEqual({ a: 1 })
  expect(parse({ data: null })).toBeNull()
})

it.each([
  ['with data', { data: null }],
  ['without, as of an operation that was not executed', {}],
])('throws the first error of an answer %s', (_, rest) => {
  const error = { message: 'No', extensions: { code: 'FORBIDDEN' }, path: ['a', 0] }
  expect(() => parse({ errors: [error], ...rest })).toThrow(
    expect.objectContaining({ code: 'FORBIDDEN', message: 'No', path: ['a', 0] }),
  )
})

it.each([['{}'], ['[]'], ['{"errors":[]}'], ['<html>']])('takes %s for no answer of a GraphQL API', (text) => {
  expect(() => parseAnswer(text, 502, url)).toThrow(
    expect.objectContaining({
      code: 'UNREACHABLE',
      message: `${url} did not answer as a GraphQL API (HTTP 502)`,
    }),
  )
})
