import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IdentifyOperator } from '@toolyard/graphql/internal'
import { GraphQLError } from 'graphql'
import type { ServerMetrics } from './metrics.ts'

interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly error: GraphQLError
}

/** Answers /metrics with `body`, or with the error. */
function answer(response: ServerResponse, contentType: string, body: string, refusal?: Refusal): void {
  response
    .writeHead(refusal?.status ?? 200, {
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...refusal?.headers,
    })
    .end(body)
}

const statuses: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403 }

/** The refusal for a client that may not read metrics: they cover all tenants, so they need an operator. */
async function refusalOf(request: IncomingMessage, identify: IdentifyOperator): Promise<Refusal | undefined> {
  const { headers } = request
  const header = (name: string) => [headers[name] ?? []].flat().join(', ') || undefined
  const found = await identify({ authorization: headers.authorization, transport: 'http', header })
  if (!(found instanceof GraphQLError)) return undefined
  const status = statuses[String(found.extensions.code)] ?? 500
  return { status, headers: status === 401 ? { 'www-authenticate': 'Bearer' } : {}, error: found }
}

interface AnswerMetricsOptions {
  readonly metrics: ServerMetrics
  /** Undefined if the server asks for no API keys. */
  readonly identify: IdentifyOperator | undefined
  /** Whether no key can be valid: then none is asked for, and the answer says only that. */
  readonly areKeysClosed: boolean
}

/** Answers /metrics to operators. */
export async function answerMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics, identify, areKeysClosed }: AnswerMetricsOptions,
): Promise<void> {
  if (areKeysClosed) {
    answer(response, metrics.contentType, await metrics.keysText())
    return
  }
  const refusal = identify && (await refusalOf(request, identify))
  if (!refusal) {
    answer(response, metrics.contentType, await metrics.text())
    return
  }
  const { message, extensions } = refusal.error
  const body = JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] })
  answer(response, 'application/json; charset=utf-8', body, refusal)
}
