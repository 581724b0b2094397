import type { Context as TraceContext } from '@opentelemetry/api'
import { GraphQLError } from 'graphql'
import { isAsyncIterable, type Plugin, processRegularResult } from 'graphql-yoga'
import { readyOperation } from '../admit.ts'
import type { Caller } from '../caller.ts'
import type { Exchange } from '../context.ts'
import { traceOfRequest } from '../telemetry/trace-context.ts'
import { endWithAccess } from './access-end.ts'
import type { Identify } from './authenticate.ts'

/** What goes with a request from where its caller is known to where its context is made. */
export interface Arrival {
  caller?: Caller
  /** The trace that it is part of. */
  trace?: TraceContext
  /** Known where the transport says when an answer is sent. */
  exchange?: Exchange
}

type FetchApi = Parameters<typeof processRegularResult>[1]

/** An error before any document is read, with the status and the headers that it asks for. */
export function answerError(error: GraphQLError, accept: string | undefined, fetchApi: FetchApi): Response {
  const type = accept?.includes('application/graphql-response+json') ? 'graphql-response+json' : 'json'
  return processRegularResult({ errors: [error] }, fetchApi, `application/${type}`)
}

/** Asks who sends a request before its body is read. */
export const identifyRequests = (identify: Identify): Plugin<object, Arrival> => ({
  async onRequest({ request, serverContext, endResponse, fetchAPI }) {
    // By a transport that asked before it read the body.
    if (serverContext.caller) return
    const header = (name: string) => request.headers.get(name) ?? undefined
    serverContext.trace = traceOfRequest(header)
    const found = await identify({ authorization: header('authorization'), transport: 'http', header })
    if (found instanceof GraphQLError) endResponse(answerError(found, header('accept'), fetchAPI))
    else serverContext.caller = found
  },
})

/** Ends the event streams of those who may read no more. */
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
