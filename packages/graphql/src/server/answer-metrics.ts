import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Identify } from '../access/authenticate.ts'
import type { ServerMetrics } from './metrics.ts'

interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly error: GraphQLError
}

/** What is said to who may not read metrics; they are of all tenants together, so they take the scope `admin`. */
async function refusalOf(request: IncomingMessage, identify: Identify): Promise<Refusal | undefined> {
  const { headers } = request
  const header = (name: string) => [headers[name] ?? []].flat().join(', ') || undefined
  const found = await identify({ authorization: headers.authorization, transport: 'http', header })
  if (found instanceof GraphQLError) {
    const isUnknown = found.extensions.code === 'UNAUTHENTICATED'
    return { status: isUnknown ? 401 : 500, headers: isUnknown ? { 'www-authenticate': 'Bearer' } : {}, error: found }
  }
  if (found.scopes.has('admin')) return undefined
  const error = new GraphQLError('Metrics take the scope admin', { extensions: { code: 'FORBIDDEN' } })
  return { status: 403, headers: {}, error }
}

/** Answers /metrics to whoever may read it. */
export async function answerMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics, identify }: { readonly metrics: ServerMetrics; readonly identify: Identify },
): Promise<void> {
  const refusal = await refusalOf(request, identify)
  const shared = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  if (!refusal) {
    const text = await metrics.text()
    response.writeHead(200, { 'content-type': metrics.contentType, ...shared }).end(text)
    return
  }
  const { message, extensions } = refusal.error
  const body = JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] })
  const type = { 'content-type': 'application/json; charset=utf-8' }
  response.writeHead(refusal.status, { ...type, ...shared, ...refusal.headers }).end(body)
}
