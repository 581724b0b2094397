import type { DocumentNode, ExecutionArgs, GraphQLSchema } from 'graphql'
import type { Context } from './context.ts'

/** An operation that is parsed and validated, and about to be executed. */
export interface ReadyOperation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName: string | null | undefined
  readonly variableValues: Readonly<Record<string, unknown>>
  readonly context: Context
}

/** Takes the operation from GraphQL's arguments. */
export function readyOperation(args: ExecutionArgs): ReadyOperation {
  const { schema, document, operationName, variableValues, contextValue } = args
  // The handler's own context factory made it.
  return { schema, document, operationName, variableValues: variableValues ?? {}, context: contextValue as Context }
}
