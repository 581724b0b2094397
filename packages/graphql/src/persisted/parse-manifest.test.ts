import { describe, expect, it } from 'vitest'
import { parseManifest } from './parse-manifest.ts'

const apollo = (members: object) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [],
  ...members,
})

describe('a manifest of persisted operations', () => {
  it('is an object of documents, or one of Apollo', () => {
    const documents = { 'sha256:ab': '{ a }', other: 'query B { b }', format: '{ c }' }
    expect(parseManifest(JSON.stringify(documents))).toEqual(documents)
    const operations = [
      { id: 'ab', name: 'A', type: 'query', body: '{ a }' },
      { id: 'cd', name: 'B', type: 'query', body: 'query B { b }', clientName: 'web' },
    ]
    expect(parseManifest(JSON.stringify(apollo({ operations })))).toEqual({ ab: '{ a }', cd: 'query B { b }' })
    expect(parseManifest('{}')).toEqual({})
  })

  it.each([
    ['{ "a": \n nothing', 'expected JSON, got none: SyntaxError: '],
    ['[]', 'expected { id: document }, or a persisted query manifest of Apollo, got a list'],
    ['"text"', 'expected { id: document }, or a persisted query manifest of Apollo, got "text"'],
    ['null', 'expected { id: document }, or a persisted query manifest of Apollo, got null'],
    ['{ "a": 5 }', '["a"]: expected a GraphQL document, got 5'],
    ['{ "a": "" }', '["a"]: expected a GraphQL document, got ""'],
    ['{ "a": { "body": "{ a }" } }', '["a"]: expected a GraphQL document, got an object'],
    [JSON.stringify(apollo({ version: 2 })), 'version: expected 1, got 2'],
    [JSON.stringify(apollo({ operations: {} })), 'operations: expected a list, got an object'],
    ['{ "operations": [] }', 'format: expected "apollo-persisted-query-manifest", got nothing'],
    [JSON.stringify(apollo({ operations: ['x'] })), 'operations[0]: expected an object, got "x"'],
    [JSON.stringify(apollo({ operations: [{ body: '{ a }' }] })), 'operations[0].id: expected an id, got nothing'],
    [
      JSON.stringify(apollo({ operations: [{ id: 'a' }] })),
      'operations[0].body: expected a GraphQL document, got nothing',
    ],
    [
      JSON.stringify(
        apollo({
          operations: [
            { id: 'a', body: '{ a }' },
            { id: 'a', body: '{ b }' },
          ],
        }),
      ),
      'operations[1].id: expected each id once, got "a"',
    ],
  ])('is not %s', (text, message) => {
    expect(() => parseManifest(text)).toThrow(message)
  })
})
