import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Context as TraceContext } from '@opentelemetry/api'
import { createTurns, type Turns } from '@toolyard/core/internal/turns'
import { GraphQLError } from 'graphql'
import { processRegularResult } from 'graphql-yoga'
import type { Caller } from '../access/caller.ts'
import type { Exchange } from '../context/context.ts'
import { answerError } from '../http/identify-requests.ts'
import { traceOfRequest } from '../telemetry/trace-context.ts'
import { depsOf, type GraphQLHandler, type TransportDeps } from './graphql-handler.ts'
import { createNodeExchange } from './node-exchange.ts'
import { endAnswer, writeAnswer } from './write-answer.ts'

type OnError = (error: unknown) => void

/** Media types of answers, by the first media type that the client accepts. */
const answerTypes: ReadonlyMap<string, string> = new Map([
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
])

/** Returns the media type to answer a plain POST of JSON with; undefined for every other request. */
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
    // Yoga counts the bytes of bodies without a length, and refuses longer ones.
    length > 0 &&
    length <= maxRequestBytes
  return isPlain ? answerTypes.get((headers.accept ?? '*/*').split(',', 1)[0] ?? '') : undefined
}

interface IdentifiedArrival {
  readonly caller: Caller
  readonly trace: TraceContext
  readonly exchange: Exchange
}

/** Longest body that is not counted, in bytes: the number of connections limits such bodies. */
const shortBody = 8_192

/** Returns the longest that the body of a request can be, in bytes. */
function bodyBytes({ headers }: IncomingMessage, maxRequestBytes: number): number {
  const length = headers['content-length']
  return Math.min(length === undefined ? maxRequestBytes : Number(length) || 0, maxRequestBytes)
}

class NodeListener {
  readonly #deps: TransportDeps
  readonly #maxRequestBytes: number
  readonly #countsBodies: boolean
  readonly #bodies: Turns<string>

  constructor(deps: TransportDeps) {
    const { maxRequestBytes, requestBytesPerTenant } = deps.meter.limits
    this.#deps = deps
    this.#maxRequestBytes = maxRequestBytes
    this.#countsBodies = requestBytesPerTenant !== Number.POSITIVE_INFINITY
    this.#bodies = createTurns<string>({ max: 2 * requestBytesPerTenant, share: () => 0.5 })
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const { yoga, meter, identify } = this.#deps
    const { headers } = request
    const header = (name: string) => [headers[name] ?? []].flat().join(', ') || undefined
    // Taken now: once the body has arrived, another context is active.
    const trace = traceOfRequest(header)
    const exchange = createNodeExchange(response, meter)
    const onError = (error: unknown) => this.#abandon(response, error)
    if (request.method !== 'POST') {
      // Such requests have no body, and the page of GraphiQL needs no key.
      yoga(request, response, { exchange }).then(undefined, onError)
      return
    }
    const onIdentified = (found: Caller | GraphQLError): void => {
      if (!(found instanceof GraphQLError)) {
        this.#admit(request, response, { caller: found, trace, exchange }, onError)
        return
      }
      this.#write(response, answerError(found, headers.accept, yoga.fetchAPI), exchange).catch(onError)
    }
    const found = identify({ authorization: headers.authorization, transport: 'http', header })
    if (found instanceof Promise) void found.then(onIdentified)
    else onIdentified(found)
  }

  /** Reads a short body at once, and a long one only once there is room for it. */
  #admit(request: IncomingMessage, response: ServerResponse, arrival: IdentifiedArrival, onError: OnError): void {
    const bytes = bodyBytes(request, this.#maxRequestBytes)
    if (bytes <= shortBody || !this.#countsBodies) this.#read(request, response, arrival, onError)
    else {
      this.#takeRoom(bytes, arrival)
        .then(() => this.#read(request, response, arrival, onError))
        .catch(onError)
    }
  }

  async #takeRoom(bytes: number, { caller, exchange }: IdentifiedArrival): Promise<void> {
    let release = this.#bodies.tryAcquire(caller.tenant, bytes)
    if (!release) {
      this.#deps.meter.count('requestBytesPerTenant')
      release = await this.#bodies.acquire(caller.tenant, exchange.signal, bytes)
    }
    exchange.whenSent(release)
  }

  #read(request: IncomingMessage, response: ServerResponse, arrival: IdentifiedArrival, onError: OnError): void {
    const type = plainType(request, this.#deps.yoga.graphqlEndpoint, this.#maxRequestBytes)
    if (type === undefined) {
      this.#answerByYoga(request, response, arrival).catch(onError)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      // Nearly always there is one, which needs no copy.
      const [first, second] = chunks
      const body = first && !second ? first : Buffer.concat(chunks)
      this.#answerPlain(request, response, arrival, type, body).catch(onError)
    })
  }

  async #answerByYoga(request: IncomingMessage, response: ServerResponse, arrival: IdentifiedArrival): Promise<void> {
    const { yoga, takeTenantTurn } = this.#deps
    const turn = takeTenantTurn(arrival.caller.tenant)
    if (turn) await turn
    await yoga(request, response, arrival)
  }

  async #answerPlain(
    request: IncomingMessage,
    response: ServerResponse,
    arrival: IdentifiedArrival,
    type: string,
    body: Buffer,
  ): Promise<void> {
    const { yoga, takeTenantTurn, executeFast } = this.#deps
    const { caller, trace, exchange } = arrival
    const turn = takeTenantTurn(caller.tenant)
    if (turn) await turn
    const result = await executeFast(body, caller, trace, exchange)
    // Yoga's adapter finds a body that was read already under `body`.
    if (!result) await yoga(Object.assign(request, { body: Readable.from([body]) }), response, arrival)
    else if (!result.errors) await writeAnswer(response, result, { type, exchange })
    // Errors may set the status, and carry extensions that clients must not see.
    else await this.#write(response, processRegularResult(result, yoga.fetchAPI, type), exchange)
  }

  async #write(response: ServerResponse, answered: Response, exchange: Exchange): Promise<void> {
    const text = await answered.text()
    endAnswer(response.writeHead(answered.status, Object.fromEntries(answered.headers)), text, exchange)
  }

  #abandon(response: ServerResponse, error: unknown): void {
    // The answer cannot be written, as when its text exceeds the longest string: mask passes the error to onError.
    if (!response.closed) this.#deps.mask(error)
    response.destroy()
  }
}

/**
 * Serves `handler` on a Node.js server, with the same status, headers and body. A valid query or mutation in a POST of
 * JSON, nearly every request, is answered without fetch's Request and Response: they cost several times the execution.
 */
export function createNodeListener(handler: GraphQLHandler): RequestListener {
  const listener = new NodeListener(depsOf(handler))
  return (request, response) => listener.answer(request, response)
}
