import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { asksServers } from '../access/root-scopes.ts'

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

function methodOf(context: unknown): string | undefined {
  const request = memberOf(context, 'request')
  // Node.js servers have a Request that is no instance of the global one.
  const method = memberOf(request, 'method')
  return typeof method === 'string' ? method : undefined
}

/** The refusal of an operation that must not come over GET. */
function refusalOf({ document, operationName, contextValue }: ExecutionArgs): ExecutionResult | undefined {
  if (methodOf(contextValue) !== 'GET' || !asksServers(document, operationName)) return undefined
  const message = 'The operation asks an MCP server: send it by POST'
  const http = { status: 405, headers: { Allow: 'POST' } }
  return { errors: [new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http } })] }
}

/** Refuses operations that ask an MCP server over GET: otherwise a page could cause them with a link. */
export const postOnly: Plugin = {
  onExecute({ args, setResultAndStopExecution }) {
    const refusal = refusalOf(args)
    if (refusal) setResultAndStopExecution(refusal)
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const refusal = refusalOf(args)
    if (refusal) setResultAndStopExecution(refusal)
  },
}
