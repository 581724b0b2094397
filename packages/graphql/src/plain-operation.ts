import { type DocumentNode, type ExecutionResult, getOperationAST } from 'graphql'
import type { GraphQLHandler } from './handler.ts'

interface Params {
  readonly query: string
  readonly operationName?: string | null
  readonly variables?: Readonly<Record<string, unknown>> | null
}

const members = ['query', 'operationName', 'variables', 'extensions']

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isParams(value: unknown): value is Readonly<Record<string, unknown>> & Params {
  if (!isObject(value) || !Object.keys(value).every((name) => members.includes(name))) return false
  const { query, operationName, variables, extensions } = value
  return (
    typeof query === 'string' &&
    typeof (operationName ?? '') === 'string' &&
    isObject(variables ?? {}) &&
    isObject(extensions ?? {})
  )
}

function parsed<Value>(parse: () => Value): Value | undefined {
  try {
    return parse()
  } catch {
    // What is wrong with it is told by whoever answers what is not plain.
    return undefined
  }
}

/**
 * Executes the query or mutation that a JSON body asks for. Answers undefined, with nothing executed, for whatever else
 * the body is: no request of GraphQL's, a document that is not valid, a subscription.
 */
export async function executePlain({ yoga, mask }: GraphQLHandler, body: string): Promise<ExecutionResult | undefined> {
  const params: unknown = parsed(() => JSON.parse(body))
  if (!isParams(params)) return undefined
  const { schema, parse, validate, contextFactory, execute } = yoga.getEnveloped({})
  const document: DocumentNode | undefined = parsed(() => parse(params.query))
  if (!document || validate(schema, document).length > 0) return undefined
  const operation = getOperationAST(document, params.operationName)?.operation
  if (operation === undefined || operation === 'subscription') return undefined
  try {
    const contextValue = await contextFactory()
    const { variables: variableValues, operationName } = params
    return await execute({ schema, document, contextValue, variableValues, operationName })
  } catch (error) {
    return { errors: [mask(error)] }
  }
}
