import { type DocumentNode, GraphQLError, getOperationAST, Kind, type OperationDefinitionNode, visit } from 'graphql'
import { anonymous, type Caller } from '../access/caller.ts'
import type { IntrospectionPolicy } from './limits.ts'

function introspects(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  let found = false
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  for (const definition of [operation, ...fragments]) {
    visit(definition, {
      Field({ name }) {
        if (name.value === '__schema' || name.value === '__type') found = true
      },
    })
  }
  return found
}

// Parsed documents are cached, so the same operation comes again.
const known = new WeakMap<OperationDefinitionNode, boolean>()

/** Whether the caller may introspect the schema, and errors may name its types. */
export function maySeeTypes(policy: IntrospectionPolicy, caller: Caller): boolean {
  return policy === 'ALL' || (policy === 'AUTHENTICATED' && caller.id !== anonymous.id)
}

/** Refuses an operation that introspects the schema if the caller may not. */
export function checkIntrospection(
  policy: IntrospectionPolicy,
  caller: Caller,
  document: DocumentNode,
  operationName: string | null | undefined,
): readonly GraphQLError[] {
  if (maySeeTypes(policy, caller)) return []
  const operation = getOperationAST(document, operationName)
  if (!operation) return []
  const isIntrospection = known.get(operation) ?? introspects(document, operation)
  known.set(operation, isIntrospection)
  if (!isIntrospection) return []
  const message = 'Introspection is not allowed here; the schema is part of the documentation'
  return [new GraphQLError(message, { extensions: { code: 'FORBIDDEN', http: { status: 403 } } })]
}
