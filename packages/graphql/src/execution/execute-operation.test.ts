import { execute as executeTools } from '@graphql-tools/executor'
import { createRegistry } from '@toolyard/core'
import fc from 'fast-check'
import {
  buildSchema,
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeReference,
  GraphQLError,
  type GraphQLFieldResolver,
  isObjectType,
  parse,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { documents } from '../../../../test/fixtures/graphql/documents.ts'
import { anonymous } from '../access/caller.ts'
import { createContext } from '../context/context.ts'
import { schema as ownSchema } from '../schema/schema.ts'
import { executeOperation } from './execute-operation.ts'

const schema = buildSchema(/* GraphQL */ `
  interface Named { name: String! self: Named }
  enum Size { SMALL LARGE }
  type Item implements Named {
    id: ID! name: String! size: Size count: Int! ratio: Float self: Named
    other: Item sure: Item! items: [Item!] rows: [[Item]!]! texts: [String!]! things: [Thing]!
    sum(a: Int = 2, b: Int): Int! of(id: ID!): Item
  }
  type Other implements Named { name: String! isOther: Boolean! self: Named! things: [Thing!] }
  union Thing = Item | Other
  type Query { item: Item items: [Item!]! things: [Thing] named: Named! echo(text: String, sizes: [Size!]): String }
  type Mutation { first(a: Int): Item second: Item! third: [Thing!]! }
`)

/** How fields answer. */
const behaviours = ['VALUE', 'PROMISE', 'NULL', 'THROWS', 'REJECTS', 'ERROR', 'SEVERAL', 'WRONG'] as const
type Behaviour = (typeof behaviours)[number]

const examples: Readonly<Record<string, (name: string) => unknown>> = {
  ID: (name) => name,
  String: (name) => `text of ${name}`,
  Int: (name) => name.length,
  Float: () => 0.5,
  Boolean: () => true,
  Size: () => 'LARGE',
  Item: (name) => ({ __typename: 'Item', name }),
  Other: (name) => ({ __typename: 'Other', name }),
  Thing: (name) => ({ __typename: name.length % 2 === 0 ? 'Item' : 'Other' }),
  Named: (name) => ({ __typename: name.length % 2 === 1 ? 'Item' : 'Other' }),
}

/** A value of the type, such as `[Item!]`. */
function exampleOf(type: string, name: string, item: (value: () => unknown, index: number) => unknown): unknown {
  const nullable = type.replace(/!$/, '')
  if (!nullable.startsWith('[')) return examples[nullable]?.(name)
  const below = nullable.slice(1, -1)
  return [0, 1, 2].map((index) => item(() => exampleOf(below, name, item), index))
}

function failure(name: string): Error {
  return name.length % 2 === 0 ? new Error(`${name} failed`) : new GraphQLError(`${name} was refused`)
}

/** Resolvers by the behaviours of fields: the same for every execution. */
function resolving(behaviourOf: (field: string) => Behaviour): GraphQLFieldResolver<unknown, unknown> {
  return (_source, args, _context, info) => {
    const { parentType, fieldName, returnType } = info
    const name = `${parentType.name}.${fieldName}`
    const hasFailingItem = behaviourOf(`${name} items`) === 'REJECTS'
    const failingItem = async (item: () => unknown, index: number) => {
      if (index === 1) throw failure(name)
      return item()
    }
    const value = () =>
      exampleOf(
        String(returnType),
        `${fieldName}${JSON.stringify(args)}`,
        // All of them or none: what the stock executor does after some is left unhandled.
        hasFailingItem ? failingItem : (item) => item(),
      )
    switch (behaviourOf(name)) {
      case 'VALUE':
        return value()
      case 'PROMISE':
        return Promise.resolve().then(value)
      case 'NULL':
        return null
      case 'THROWS':
        throw failure(name)
      case 'REJECTS':
        return Promise.reject(failure(name))
      case 'ERROR':
        return failure(name)
      case 'SEVERAL':
        throw new AggregateError([failure(name), failure(`${name}s`)])
      case 'WRONG':
        return /^\[|Item|Other|Thing|Named/.test(String(returnType)) ? value() : Symbol('a value of no type')
    }
  }
}

/** The shortest path that leads to null in the data. */
function nulledBy({ path = [] }: GraphQLError, data: unknown): readonly (string | number)[] {
  let at: unknown = data
  for (const [index, key] of path.entries()) {
    if (at === null || at === undefined) return path.slice(0, index)
    // A path leads through objects and lists.
    at = (at as Record<string | number, unknown>)[key]
  }
  return path
}

/**
 * What clients may rely on: the data, the errors of fields that are null, and that there is an error for what is null
 * because something below it must not be. Which one, if several fail at once, is a matter of time.
 */
function comparable({ data, errors = [] }: ExecutionResult) {
  const nulled = errors.map((error) => ({ error, at: nulledBy(error, data) }))
  const own = nulled.filter(({ error, at }) => at.length === error.path?.length)
  const further = nulled.filter(({ error, at }) => at.length !== error.path?.length)
  return {
    data,
    errors: own.map(({ error }) => JSON.stringify(error)).toSorted(),
    nulled: [...new Set(further.map(({ at }) => JSON.stringify(at)))].toSorted(),
  }
}

function withResolvers(resolve: GraphQLFieldResolver<unknown, unknown>) {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) field.resolve = resolve
  }
}

const failing = fc.dictionary(
  fc.constantFrom(
    ...Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type)
        ? Object.keys(type.getFields()).flatMap((field) => [`${type.name}.${field}`, `${type.name}.${field} items`])
        : [],
    ),
  ),
  fc.constantFrom(...behaviours),
  { maxKeys: 12 },
)

/** As the executor that plans stand in for answers. */
async function expectSame(args: ExecutionArgs): Promise<void> {
  expect(validate(args.schema, args.document)).toEqual([])
  const [own, tools] = [await executeOperation(args), await executeTools(args)]
  if ('initialResult' in tools) throw new Error('expected one result')
  expect(JSON.stringify(comparable(own))).toBe(JSON.stringify(comparable(tools)))
}

/** Operations whose arguments, or selections, depend on variables. */
const withVariables: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  ['given', 'query ($a: Int, $id: ID!) { item { sum(a: $a, b: $a) of(id: $id) { id } } }', { a: 3, id: 'x' }],
  ['left out', 'query ($a: Int, $b: Int = 9) { item { sum(a: $a, b: $b) } }', {}],
  ['null', 'query ($a: Int, $b: Int = 9) { item { sum(a: $a, b: $b) } }', { a: null, b: null }],
  ['null where a value is required', 'query ($id: ID! = "d") { item { of(id: $id) { id } } }', { id: null }],
  ['of another type', 'query ($a: Int) { item { sum(a: $a) } }', { a: 'three' }],
  ['a single one for a list', 'query ($sizes: [Size!]) { echo(text: "t", sizes: $sizes) }', { sizes: 'SMALL' }],
  ['inside a list', 'query ($size: Size = SMALL) { echo(sizes: [LARGE, $size]) }', {}],
  ['in directives', 'query ($is: Boolean!) { item { id @include(if: $is) name @skip(if: $is) } }', { is: true }],
  ['none, but an alias that objects give a meaning', '{ item { __proto__: id name } }', {}],
  ['none, but introspection', '{ __schema { queryType { name } } item { id } }', {}],
]

describe('an operation by its plan', () => {
  it.each(withVariables)('comes to the same as step by step with variables: %s', async (_, text, variableValues) => {
    withResolvers(resolving(() => 'VALUE'))
    await expectSame({ schema, document: parse(text), contextValue: {}, variableValues })
  })

  it('is found by its name, and answers an error for an unknown one', async () => {
    withResolvers(resolving(() => 'VALUE'))
    const document = parse('query A { item { id } } query B { item { name } }')
    for (const operationName of ['A', 'B', 'C', undefined]) {
      await expectSame({ schema, document, contextValue: {}, operationName })
    }
  })

  for (const operation of ['query', 'mutation'] as const) {
    it(`comes to the same as step by step, whatever its fields do: ${operation}`, async () => {
      await fc.assert(
        fc.asyncProperty(documents(schema, operation), failing, async (text, behaviours) => {
          withResolvers(resolving((field) => behaviours[field] ?? (field.length % 3 === 0 ? 'PROMISE' : 'VALUE')))
          await expectSame({ schema, document: parse(text), contextValue: {} })
        }),
        { numRuns: 150 },
      )
    })
  }

  it('comes to the same as the reference implementation if no field fails', async () => {
    withResolvers(resolving((field) => (field.length % 3 === 0 ? 'PROMISE' : 'VALUE')))
    await fc.assert(
      fc.asyncProperty(documents(schema, 'query', { depth: 4 }), async (text) => {
        const args = { schema, document: parse(text), contextValue: {} }
        expect(JSON.stringify(await executeOperation(args))).toBe(JSON.stringify(await executeReference(args)))
      }),
      { numRuns: 100 },
    )
  })

  it('comes to the same over the schema of the API', async () => {
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({
      name: 'one',
      config: { transport: 'stdio', command: 'none', args: [] },
      refresh: false,
    })
    const queries = documents(ownSchema, 'query', { ids: [id, 'tool_none'], depth: 4 })
    await fc.assert(
      fc.asyncProperty(queries, async (text) => {
        const document = parse(text)
        fc.pre(validate(ownSchema, document).length === 0)
        const args = () => ({ schema: ownSchema, document, contextValue: createContext(registry, anonymous) })
        const [own, tools] = [await executeOperation(args()), await executeTools(args())]
        if ('initialResult' in tools) throw new Error('expected one result')
        expect(JSON.stringify(comparable(own))).toBe(JSON.stringify(comparable(tools)))
      }),
      { numRuns: 100 },
    )
  })
})
