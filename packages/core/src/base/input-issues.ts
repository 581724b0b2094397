import { z } from 'zod'
import { kindOf } from './json.ts'
import { unknownName } from './known-options.ts'

const articles: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

const knownOf = (schema: unknown): readonly string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])

function options(values: readonly unknown[]): string {
  const texts = values.map(String)
  return texts.length === 1 ? `${texts[0]}` : `one of ${texts.join(', ')}`
}

/**
 * Words an issue of an input in the style of this library, for zod's `error`. Never quotes values: they may be secrets.
 * Returns undefined if a schema has its own message.
 */
export const issueInWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${articles[issue.expected] ?? issue.expected}, got ${kindOf(issue.input)}`
    case 'invalid_value':
      return `expected ${options(issue.values)}, got ${typeof issue.input === 'string' ? 'another string' : kindOf(issue.input)}`
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownName(key, knownOf(issue.inst))).join('; ')
    case 'invalid_union':
      // A union whose variants are told apart by one member.
      return Array.isArray(issue.options) ? `expected ${options(issue.options)}, got another value` : undefined
    case 'invalid_format':
      return `expected ${issue.format === 'datetime' ? 'a time such as 2026-01-31T12:00:00Z' : `text that fits ${issue.pattern ?? issue.format}`}`
    case 'too_big':
      return `expected at most ${issue.maximum}${unitOf(issue.origin)}, got more`
    case 'too_small':
      return `expected at least ${issue.minimum}${unitOf(issue.origin)}, got less`
    default:
      return undefined
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' items' : ''
}
