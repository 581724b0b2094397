import { GraphQLError } from 'graphql'
import { isAsyncIterable, type Plugin, processRegularResult } from 'graphql-yoga'
import { endWithAccess } from '../access/access-end.ts'
import type { Identify } from '../access/authenticate.ts'
import type { Arrival } from '../context/arrival.ts'
import { readyOperation } from '../context/ready-operation.ts'
import { traceOfRequest } from '../telemetry/trace-context.ts'

type FetchApi = Parameters<typeof processRegularResult>[1]

/** Answers an error before a document is read, with the error's status and headers. */
export function answerError(error: GraphQLError, accept: string | undefined, fetchApi: FetchApi): Response {
  const type = accept?.includes('application/graphql-response+json') ? 'graphql-response+json' : 'json'
  return processRegularResult({ errors: [error] }, fetchApi, `application/${type}`)
}

/** Authenticates a request before its body is read. */
export const identifyRequests = (identify: Identify): Plugin<object, Arrival> => ({
  async onRequest({ request, serverContext, endResponse, fetchAPI }) {
    // The Node.js listener has authenticated it already.
    if (serverContext.caller) return
    const header = (name: string) => request.headers.get(name) ?? undefined
    serverContext.trace = traceOfRequest(header)
    const found = await identify({ authorization: header('authorization'), transport: 'http', header })
    if (found instanceof GraphQLError) endResponse(answerError(found, header('accept'), fetchAPI))
    else serverContext.caller = found
  },
})

/** Ends the event streams of callers whose access ends. */
export const endStreams: Plugin = {
  onSubscribe({ args }) {
    const { caller } = readyOperation(args).context
    if (caller.expiresAt === null && !caller.revoked) return undefined
    return {
      onSubscribeResult({ result, setResult }) {
        if (isAsyncIterable(result)) setResult(endWithAccess(caller, result))
      },
    }
  },
}
