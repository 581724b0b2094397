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
/** Most costs that are kept for one operation: they are few, as page sizes are. */
const maxKnown = 100

interface Costs {
  /** The operation with all fragments and without other operations, for the computation of the cost. */
  readonly document: DocumentNode
  /** The variables on which the cost depends. */
  readonly variables: readonly string[]
  readonly known: Map<string, number>
  readonly isLong: boolean
}

/** Whether the operation selects a field whose value has no limit (long-fields.ts). */
function selectsLongFields(schema: GraphQLSchema, document: DocumentNode): boolean {
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
  return { document: own, variables: [...variables], known: new Map(), isLong: selectsLongFields(schema, own) }
}

// Parsed documents are cached, so the same operation comes again.
const costs = new WeakMap<OperationDefinitionNode, Costs>()

export interface OperationCost {
  readonly cost: number
  /** Whether the operation selects fields that may be long; their length is known only once it is executed. */
  readonly isLong: boolean
}

/**
 * Computes the highest cost of an operation. A field costs 1, a long one 10, a connection its page size times the cost of
 * an item. A list without pages costs as much as a page, introspection 1. The variables must have been checked.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): OperationCost {
  const operation = getOperationAST(document, operationName)
  // The executor reports a missing operation.
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
