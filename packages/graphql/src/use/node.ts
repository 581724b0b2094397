import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Context as TraceContext } from '@opentelemetry/api'
import { createTurns } from '@toolyard/core/budgets/turns'
import { GraphQLError } from 'graphql'
import { processRegularResult } from 'graphql-yoga'
import type { Caller } from '../access/caller.ts'
import type { Exchange } from '../context/context.ts'
import { answerError } from '../http/identify-requests.ts'
import { traceOfRequest } from '../telemetry/trace-context.ts'
import { type GraphQLHandler, partsOf } from './graphql-handler.ts'
import { createNodeExchange } from './node-exchange.ts'
import { endAnswer, writeAnswer } from './write-answer.ts'

type OnFault = (error: unknown) => void

/** What an answer to a query is sent as, for the first media type that the client takes. */
const answerTypes: ReadonlyMap<string, string> = new Map([
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
])

/** The media type to answer a POST of JSON with; undefined for every other request. */
function plainType(
  { method, url = '', headers }: IncomingMessage,
  path: string,
  maxRequestBytes: number,
): string | undefined {
  const length = Number(headers['content-length'])
  const isPlain =
    method === 'POST' &&
    url.split('?', 1)[0] === path &&
    headers['content-type']?.split(';', 1)[0] === 'application/json' &&
    // Of a body without a length, or a longer one, yoga counts the bytes while it reads.
    length > 0 &&
    length <= maxRequestBytes
  return isPlain ? answerTypes.get((headers.accept ?? '*/*').split(',', 1)[0] ?? '') : undefined
}

interface Asked {
  readonly caller: Caller
  readonly trace: TraceContext
  readonly exchange: Exchange
}

/** Bodies that are not counted, in bytes: they are bounded by the connections that they come over. */
const shortBody = 8_192

/** What the body of a request may come to, in bytes. */
function bodyBytes({ headers }: IncomingMessage, maxRequestBytes: number): number {
  const length = headers['content-length']
  return Math.min(length === undefined ? maxRequestBytes : Number(length) || 0, maxRequestBytes)
}

/**
 * Answers on a server of Node.js what `handler` would, with the same status, headers and body. A valid query or
 * mutation in a POST of JSON, which is nearly every request, is answered without the objects that fetch-style handlers
 * take and give: they cost several times what the execution does.
 */
export function createNodeListener(handler: GraphQLHandler): RequestListener {
  const { yoga, meter, takeTenantTurn, executeFast, identify, mask } = partsOf(handler)
  const { maxRequestBytes, requestBytesPerTenant } = meter.limits
  const bodies = createTurns<string>({ max: 2 * requestBytesPerTenant, share: () => 0.5 })

  async function write(response: ServerResponse, answered: Response, exchange: Exchange): Promise<void> {
    const text = await answered.text()
    endAnswer(response.writeHead(answered.status, Object.fromEntries(answered.headers)), text, exchange)
  }

  async function answerPlain(
    request: IncomingMessage,
    response: ServerResponse,
    asked: Asked,
    type: string,
    body: Buffer,
  ): Promise<void> {
    const { caller, trace, exchange } = asked
    const turn = takeTenantTurn(caller.tenant)
    if (turn) await turn
    const result = await executeFast(body, caller, trace, exchange)
    // Where the adapter finds a body that was read already.
    if (!result) await yoga(Object.assign(request, { body: Readable.from([body]) }), response, asked)
    else if (!result.errors) await writeAnswer(response, result, { type, exchange })
    // Errors may ask for a status of their own, and hold what clients are not shown.
    else await write(response, processRegularResult(result, yoga.fetchAPI, type), exchange)
  }

  async function answerByYoga(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
    const turn = takeTenantTurn(asked.caller.tenant)
    if (turn) await turn
    await yoga(request, response, asked)
  }

  function read(request: IncomingMessage, response: ServerResponse, asked: Asked, onFault: OnFault): void {
    const type = plainType(request, yoga.graphqlEndpoint, maxRequestBytes)
    if (type === undefined) {
      answerByYoga(request, response, asked).catch(onFault)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      answerPlain(request, response, asked, type, Buffer.concat(chunks)).catch(onFault)
    })
  }

  /** Reads a long body only once there is room for it. */
  async function readInTurn(request: IncomingMessage, response: ServerResponse, asked: Asked, onFault: OnFault) {
    const { caller, exchange } = asked
    const bytes = bodyBytes(request, maxRequestBytes)
    let release = bodies.tryAcquire(caller.tenant, bytes)
    if (!release) {
      meter.count('requestBytesPerTenant')
      release = await bodies.acquire(caller.tenant, exchange.signal, bytes)
    }
    exchange.whenSent(release)
    read(request, response, asked, onFault)
  }

  return (request, response) => {
    const { headers } = request
    const header = (name: string) => [headers[name] ?? []].flat().join(', ') || undefined
    // Now: what is active when the body has come is not of this request.
    const trace = traceOfRequest(header)
    const exchange = createNodeExchange(response, meter)
    const onFault = (error: unknown) => {
      // It cannot be written, as where its text is longer than a string may be: masking tells onError of it.
      if (!response.closed) mask(error)
      response.destroy()
    }
    if (request.method !== 'POST') {
      // Without a body; the page of GraphiQL takes no key.
      yoga(request, response, { exchange }).then(undefined, onFault)
      return
    }
    const onIdentified = (found: Caller | GraphQLError): void => {
      if (found instanceof GraphQLError) {
        write(response, answerError(found, headers.accept, yoga.fetchAPI), exchange).catch(onFault)
        return
      }
      const asked = { caller: found, trace, exchange }
      const isShort =
        bodyBytes(request, maxRequestBytes) <= shortBody || requestBytesPerTenant === Number.POSITIVE_INFINITY
      if (isShort) read(request, response, asked, onFault)
      else readInTurn(request, response, asked, onFault).catch(onFault)
    }

    const found = identify({ authorization: headers.authorization, transport: 'http', header })
    if (found instanceof Promise) void found.then(onIdentified)
    else onIdentified(found)
  }
}
