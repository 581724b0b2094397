import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLSchema } from 'graphql'
import { checkScopes } from './access/root-scopes.ts'
import { checkVariables } from './check-variables.ts'
import type { Context } from './context.ts'

/** An operation that is parsed and validated, and about to be executed. */
export interface ReadyOperation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName: string | null | undefined
  readonly variableValues: Readonly<Record<string, unknown>>
  readonly context: Context
}

/** Asked once before an operation is executed, over every transport: what speaks against it; nothing of it is executed then. */
export type Admit = (operation: ReadyOperation) => readonly GraphQLError[]

/** The operation of GraphQL's own arguments. */
export function readyOperation(args: ExecutionArgs): ReadyOperation {
  const { schema, document, operationName, variableValues, contextValue } = args
  // Made by the handler's own context factory.
  return { schema, document, operationName, variableValues: variableValues ?? {}, context: contextValue as Context }
}

export function createAdmission(): Admit {
  return ({ schema, document, operationName, variableValues, context }) => {
    const refusals = checkScopes(context.caller, document, operationName)
    return refusals.length > 0 ? refusals : checkVariables(schema, document, operationName, variableValues)
  }
}
