import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { asksServers } from '../access/root-scopes.ts'

function methodOf(context: unknown): string | undefined {
  const request: unknown = typeof context === 'object' && context !== null ? Reflect.get(context, 'request') : undefined
  return request instanceof Request ? request.method : undefined
}

/** Refuses queries that ask an MCP server over GET: otherwise a page could cause them with a link. */
export const postOnly: Plugin = {
  onExecute({ args, setResultAndStopExecution }) {
    const { document, operationName, contextValue } = args
    if (methodOf(contextValue) !== 'GET' || !asksServers(document, operationName)) return
    const message = 'The operation asks an MCP server: send it by POST'
    const http = { status: 405, headers: { Allow: 'POST' } }
    setResultAndStopExecution({ errors: [new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http } })] })
  },
}
