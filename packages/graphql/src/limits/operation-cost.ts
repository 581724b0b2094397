import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/** The arguments of the schema on which the cost of a field depends (connections.ts). */
const pagingArguments: ReadonlySet<string> = new Set(['first', 'last', 'ids'])
/** Of one document: they are few, as page sizes are. */
const maxKnown = 100

interface Costs {
  /** The operation with its fragments, and no other operation: what the cost is worked out from. */
  readonly document: DocumentNode
  /** The variables on which the cost depends. */
  readonly variables: readonly string[]
  readonly known: Map<string, number>
  readonly isLong: boolean
}

/** Whether any field is asked for whose value may be of any length (long-fields.ts). */
function asksForLong(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema)
  let isLong = false
  visit(
    document,
    visitWithTypeInfo(types, {
      Field() {
        isLong ||= types.getFieldDef()?.extensions.isLong === true
      },
    }),
  )
  return isLong
}

function costsOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Costs {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  const own: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] }
  const variables = new Set<string>()
  visit(own, {
    Argument({ name, value }) {
      if (!pagingArguments.has(name.value)) return
      visit(value, { Variable: (variable) => void variables.add(variable.name.value) })
    },
  })
  return { document: own, variables: [...variables], known: new Map(), isLong: asksForLong(schema, own) }
}

// Documents are kept where they are parsed, and come again.
const costs = new WeakMap<OperationDefinitionNode, Costs>()

export interface OperationCost {
  readonly cost: number
  /** Whether it asks for fields that may be long: how long is known only once it is executed. */
  readonly isLong: boolean
}

/**
 * What an operation may cost at most: a field 1, one that may be long 10, a connection its page size times what it asks
 * of each item, and a list of the same kind as much as a page. Introspection is 1. The variables must have been checked.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): OperationCost {
  const operation = getOperationAST(document, operationName)
  // Told by whoever executes it.
  if (!operation) return { cost: 0, isLong: false }
  const entry = costs.get(operation) ?? costsOf(schema, document, operation)
  costs.set(operation, entry)
  const key = entry.variables.length === 0 ? '' : JSON.stringify(entry.variables.map((name) => variables[name]))
  const known = entry.known.get(key)
  if (known !== undefined) return { cost: known, isLong: entry.isLong }
  const { complexity } = complexityFromQuery(entry.document, { schema, variables: { ...variables } })
  if (entry.known.size >= maxKnown) entry.known.clear()
  entry.known.set(key, complexity)
  return { cost: complexity, isLong: entry.isLong }
}
