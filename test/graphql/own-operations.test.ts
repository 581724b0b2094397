import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { manifestOf } from '../../packages/toolyard/scripts/own-operations.ts'

const file = new URL('../../packages/graphql/schema.graphql', import.meta.url)
const schema = buildSchema(readFileSync(file, 'utf8'))
const source = (path: string, text: string) => ({ path, text })
const open = '$' + '{'

describe('the operations of own clients', () => {
  it('have the fragments that they need, of their own client, and no other', () => {
    const refusal = source('refusal.ts', 'export const r = graphql(`fragment R on UserError { code }`)')
    const used = `graphql(
      \`mutation M($id: ID!) { deleteMcpServer(input: { id: $id }) { ...P ...R } }
      fragment P on DeleteMcpServerPayload { ...D }\`, [d])
      graphql(\`fragment D on DeleteMcpServerPayload { deletedServerId } fragment U on UserError { path }\`)`
    const other = source('other.ts', 'graphql(`fragment R on UserError { message }`)')
    const texts = Object.values(manifestOf(schema, [[refusal, source('used.ts', used)], [other]]))
    expect(texts).toEqual([
      'mutation M($id: ID!) {\n  deleteMcpServer(input: {id: $id}) {\n    ...P\n    ...R\n  }\n}\n\nfragment D on DeleteMcpServerPayload {\n  deletedServerId\n}\n\nfragment P on DeleteMcpServerPayload {\n  ...D\n}\n\nfragment R on UserError {\n  code\n}',
    ])
  })

  it.each([
    ['a document that is elsewhere', '\ngraphql(document)', 'a.ts:2: expected a template literal'],
    ['an expression', `graphql(\`{ a(b: ${open}c}) }\`)`, 'a.ts:1: expected a document without expressions'],
    ['an escape', 'graphql(`{ a(b: "\\n") }`)', 'a.ts:1: expected a document without expressions'],
    [
      'two fragments of one name',
      'graphql(`fragment F on Query { a }`) graphql(`fragment F on Query { b }`)',
      'a.ts: expected one fragment F in this client, got two',
    ],
    [
      'a fragment that is not there',
      'graphql(`query Q { ...F }`)',
      'Q: expected a fragment F in this client, got none',
    ],
    ['two operations', 'graphql(`query A { a } query B { b }`)', 'a.ts: expected one operation in a document, got 2'],
    ['what does not fit the schema', 'graphql(`query Q { nothing }`)', 'Cannot query field "nothing"'],
    ['what does not parse', 'graphql(`query Q { `)', 'Syntax Error'],
  ])('cannot be told of %s', (_, text, message) => {
    expect(() => manifestOf(schema, [[source('a.ts', text)]])).toThrow(message)
  })
})
