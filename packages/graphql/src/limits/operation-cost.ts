import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
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
}

function costsOf(document: DocumentNode, operation: OperationDefinitionNode): Costs {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  const own: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] }
  const variables = new Set<string>()
  visit(own, {
    Argument({ name, value }) {
      if (!pagingArguments.has(name.value)) return
      visit(value, { Variable: (variable) => void variables.add(variable.name.value) })
    },
  })
  return { document: own, variables: [...variables], known: new Map() }
}

// Documents are kept where they are parsed, and come again.
const costs = new WeakMap<OperationDefinitionNode, Costs>()

/**
 * What an operation may cost at most: a field 1, a connection its page size times what it asks of each item, and a list
 * of the same kind as much as a page. Introspection is 1. The variables must have been checked.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): number {
  const operation = getOperationAST(document, operationName)
  // Told by whoever executes it.
  if (!operation) return 0
  const entry = costs.get(operation) ?? costsOf(document, operation)
  costs.set(operation, entry)
  const key = entry.variables.length === 0 ? '' : JSON.stringify(entry.variables.map((name) => variables[name]))
  const known = entry.known.get(key)
  if (known !== undefined) return known
  const { complexity } = complexityFromQuery(entry.document, { schema, variables: { ...variables } })
  if (entry.known.size >= maxKnown) entry.known.clear()
  entry.known.set(key, complexity)
  return complexity
}
