import { GraphQLError, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { withoutArguments, withoutJson, withoutSource } from './redact.ts'

function syntaxError(document: string): GraphQLError {
  try {
    parse(document)
  } catch (error) {
    if (error instanceof GraphQLError) return error
  }
  throw new Error('expected a document that does not parse')
}

describe('withoutSource', () => {
  it.each([
    ['a string', '{ a(b: {c "marker"}) }', 'Syntax Error: Expected ":", found String.'],
    ['a block string', '{ a(b: {c """marker"""}) }', 'Syntax Error: Expected ":", found BlockString.'],
    ['a name', '{ a(b: {c marker}) }', 'Syntax Error: Expected ":", found Name.'],
    ['a number', '{ a(b: {c 424242}) }', 'Syntax Error: Expected ":", found Int.'],
    ['a broken number', '{ a(b: 42marker) }', 'Syntax Error: Invalid number, expected digit but got'],
    ['a broken escape', '{ a(b: "\\umark") }', 'Syntax Error: Invalid Unicode escape sequence'],
    ['punctuation', '{ a(b: ) }', 'Syntax Error: Unexpected ")".'],
    ['the end', '{ a', 'Syntax Error: Expected Name, found <EOF>.'],
  ])('keeps what was expected and where, and drops %s', (_, document, message) => {
    const error = syntaxError(document)
    const shown = withoutSource(error).toJSON()
    const extensions = { code: 'GRAPHQL_PARSE_FAILED', http: { spec: true, status: 400 } }
    expect(shown).toEqual({ message, locations: error.locations, extensions })
    expect(message).not.toMatch(/marker|424242/)
  })
})

describe('withoutArguments', () => {
  const document = parse('{ a(b: {c: "marker"}) }')
  const [operation] = document.definitions
  const field = operation?.kind === 'OperationDefinition' ? operation.selectionSet.selections[0] : undefined
  const value = field?.kind === 'Field' ? field.arguments?.[0]?.value : undefined

  it('drops an argument that was quoted and keeps the path', () => {
    const nodes = value ?? null
    const error = new GraphQLError('Argument "b" has invalid value {c: "marker"}.', { nodes, path: ['a'] })
    expect(JSON.stringify(withoutArguments(error))).not.toContain('marker')
    expect(withoutArguments(error)).toMatchObject({ path: ['a'], extensions: { code: 'INVALID_INPUT' } })
  })

  it('leaves every other error as it is', () => {
    const located = new GraphQLError('No run has the id x', { nodes: field ?? null, path: ['a'] })
    const unlocated = new Error('x')
    expect(withoutArguments(located)).toBe(located)
    expect(withoutArguments(unlocated)).toBe(unlocated)
  })
})

describe('withoutJson', () => {
  it('takes variables that do not parse for the fault of the client', () => {
    expect(withoutJson(new SyntaxError('"marker" is not valid JSON'))).toMatchObject({
      message: 'variables, extensions: expected JSON',
      extensions: { code: 'BAD_REQUEST' },
    })
  })
})
