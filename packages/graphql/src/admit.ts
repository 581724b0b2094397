import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLSchema } from 'graphql'
import { checkScopes, rootFieldsOf } from './access/root-scopes.ts'
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

/** `onError` hears of a refusal that could not be put on record. */
export function createAdmission(onError: (error: unknown) => void): Admit {
  function record({ document, operationName, context }: ReadyOperation): void {
    const { caller, registry } = context
    const fields = rootFieldsOf(document, operationName)
    registry.audit.record({ action: 'OPERATION', actor: caller.id, refusedWith: 'FORBIDDEN', fields }).catch(onError)
  }

  return (operation) => {
    const { schema, document, operationName, variableValues, context } = operation
    const refusals = checkScopes(context.caller, document, operationName)
    if (refusals.length > 0) {
      record(operation)
      return refusals
    }
    return checkVariables(schema, document, operationName, variableValues)
  }
}
