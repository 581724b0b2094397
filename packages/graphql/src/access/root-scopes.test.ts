import { buildSchema, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../schema/schema.ts'
import { type Caller, type Scope, scopes } from './caller.ts'
import { assertRootScopes, checkScopes, rootScopes } from './root-scopes.ts'

const withScopes = (...granted: Scope[]): Caller => ({
  tenant: 'default',
  id: 'k',
  expiresAt: null,
  scopes: new Set(granted),
})
const check = (caller: Caller, text: string, operationName: string | null = null) =>
  checkScopes(caller, parse(text), operationName)

const operations = ['query', 'mutation', 'subscription'] as const
const fields = operations.flatMap((operation) =>
  Object.entries(rootScopes[operation]).map(([field, need]) => ({ operation, field, needs: [need].flat() })),
)

/** Queries and subscriptions that need more than to read: the audit, and what asks a server. */
const otherNeeds = new Map([
  ['auditEvents', 'admin'],
  ['completeMcpArgument', 'run'],
  ['getMcpPrompt', 'run'],
  ['mcpResourceUpdates', 'run'],
  ['readMcpResource', 'run'],
])
/** Queries that any scope is enough for. */
const forAll = new Set(['viewer'])

it('every root field of the schema has its scope, and what changes something or asks a server needs more than read', () => {
  expect(() => assertRootScopes(schema)).not.toThrow()
  expect(fields.length).toBeGreaterThan(20)
  for (const { operation, field, needs } of fields) {
    if (operation === 'mutation') expect(needs).not.toContain('read')
    else if (forAll.has(field)) expect(needs).toEqual(scopes)
    else expect(needs).toEqual([otherNeeds.get(field) ?? 'read'])
  }
})

it('a schema with a root field too many, or too few, is not served', () => {
  const added = buildSchema('type Query { anything: Int } type Mutation { cancelJob: Int }')
  expect(() => assertRootScopes(added)).toThrow(
    /query\.anything.*mutation\.setMcpTool|query\.mcpServer.*query\.anything/,
  )
})

describe.each(fields)('$operation $field', ({ operation, field, needs }) => {
  it.each(scopes)('for a caller with the scope %s alone, and with all but it', (scope) => {
    const text = `${operation} { ${field} }`
    const [error, ...others] = check(withScopes(scope), text)
    expect(others).toEqual([])
    if (needs.includes(scope)) {
      expect(error).toBeUndefined()
    } else {
      expect(error?.message).toBe(`The operation needs the scope ${needs.join(' or ')}`)
      expect(error?.extensions).toEqual({ code: 'FORBIDDEN', http: { status: 403 } })
    }
    const rest = scopes.filter((each) => each !== scope)
    const isAllowed = needs.some((need) => need !== scope)
    expect(check(withScopes(...rest), text)).toHaveLength(isAllowed ? 0 : 1)
  })
})

describe('the whole of an operation counts:', () => {
  const reader = withScopes('read')
  it.each([
    ['beside an allowed field', 'mutation { a: cancelJob b: runMcpTool createMcpServer }'],
    ['behind an alias', 'mutation { cancelJob: createMcpServer }'],
    ['left out by @skip', 'mutation { createMcpServer @skip(if: true) }'],
    ['left out by @include', 'mutation ($a: Boolean!) { createMcpServer @include(if: $a) }'],
    ['in an inline fragment', 'mutation { ... on Mutation { ... { createMcpServer } } }'],
    [
      'in fragments of fragments',
      'mutation { ...A } fragment A on Mutation { ...B } fragment B on Mutation { createMcpServer }',
    ],
    ['in a fragment spread twice', 'mutation { ...A ...A } fragment A on Mutation { createMcpServer }'],
    ['in fragments in a circle', 'mutation { ...A } fragment A on Mutation { createMcpServer ...A }'],
  ])('a field %s', (_, text) => {
    const [error] = check(reader, text)
    expect(error?.message).toContain('write')
    expect(check(withScopes('write', 'run'), text)).toEqual([])
  })

  it('but not what another operation of the document asks', () => {
    const text = 'query A { mcpServers } mutation B { createMcpServer }'
    expect(check(reader, text, 'A')).toEqual([])
    expect(check(reader, text, 'B')).toHaveLength(1)
  })

  it('names each scope that is missing once', () => {
    const [error] = check(reader, 'mutation { runMcpTool a: runMcpTool deleteMcpServer cancelJob }')
    expect(error?.message).toBe('The operation needs the scope run, and the scope run or write, and the scope write')
  })
})

it.each([
  '{ __typename }',
  '{ __schema { description } }',
  '{ __type(name: "Query") { name } }',
  'mutation { __typename }',
])('every caller may ask %s', (text) => expect(check(withScopes('admin'), text)).toEqual([]))
