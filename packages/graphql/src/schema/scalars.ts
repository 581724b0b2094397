import { GraphQLError } from 'graphql'
import { withExactLiterals } from '../errors/exact-numbers.ts'
import { builder } from './builder.ts'
import { dateTime } from './date-time.ts'
import { json, jsonObject } from './json-scalars.ts'

builder.addScalarType('DateTime', dateTime, {
  description: 'RFC 3339 instant',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
})
builder.addScalarType('JSON', withExactLiterals(json), { description: 'Any JSON value' })
builder.addScalarType('JSONObject', withExactLiterals(jsonObject), { description: 'JSON object' })

function text(name: string) {
  return (value: unknown): string => {
    if (typeof value === 'string') return value
    throw new GraphQLError(`${name}: expected a string`)
  }
}

// Accepts any text: an invalid URL is an InputError at its path, not a failed request.
builder.scalarType('URL', { serialize: text('URL'), parseValue: text('URL') })
builder.scalarType('Cursor', {
  description: 'Opaque; compare only for equality',
  serialize: text('Cursor'),
  parseValue: text('Cursor'),
})
