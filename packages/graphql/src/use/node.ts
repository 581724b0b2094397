import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Context as TraceContext } from '@opentelemetry/api'
import { createTurns, type Turns } from '@toolyard/core/budgets/turns'
import { GraphQLError } from 'graphql'
import { processRegularResult } from 'graphql-yoga'
import type { Caller } from '../access/caller.ts'
import type { Exchange } from '../context/context.ts'
import { answerError } from '../http/identify-requests.ts'
import { traceOfRequest } from '../telemetry/trace-context.ts'
import { type GraphQLHandler, type HandlerParts, partsOf } from './graphql-handler.ts'
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

class NodeListener {
  readonly #handler: HandlerParts
  readonly #maxRequestBytes: number
  readonly #countsBodies: boolean
  readonly #bodies: Turns<string>

  constructor(handler: HandlerParts) {
    const { maxRequestBytes, requestBytesPerTenant } = handler.meter.limits
    this.#handler = handler
    this.#maxRequestBytes = maxRequestBytes
    this.#countsBodies = requestBytesPerTenant !== Number.POSITIVE_INFINITY
    this.#bodies = createTurns<string>({ max: 2 * requestBytesPerTenant, share: () => 0.5 })
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const { yoga, meter, identify } = this.#handler
    const { headers } = request
    const header = (name: string) => [headers[name] ?? []].flat().join(', ') || undefined
    // Now: what is active when the body has come is not of this request.
    const trace = traceOfRequest(header)
    const exchange = createNodeExchange(response, meter)
    const onFault = (error: unknown) => this.#abandon(response, error)
    if (request.method !== 'POST') {
      // Without a body; the page of GraphiQL takes no key.
      yoga(request, response, { exchange }).then(undefined, onFault)
      return
    }
    const onIdentified = (found: Caller | GraphQLError): void => {
      if (!(found instanceof GraphQLError)) {
        this.#admit(request, response, { caller: found, trace, exchange }, onFault)
        return
      }
      this.#write(response, answerError(found, headers.accept, yoga.fetchAPI), exchange).catch(onFault)
    }
    const found = identify({ authorization: headers.authorization, transport: 'http', header })
    if (found instanceof Promise) void found.then(onIdentified)
    else onIdentified(found)
  }

  /** Reads a short body at once, and a long one only once there is room for it. */
  #admit(request: IncomingMessage, response: ServerResponse, asked: Asked, onFault: OnFault): void {
    const bytes = bodyBytes(request, this.#maxRequestBytes)
    if (bytes <= shortBody || !this.#countsBodies) this.#read(request, response, asked, onFault)
    else {
      this.#takeRoom(bytes, asked)
        .then(() => this.#read(request, response, asked, onFault))
        .catch(onFault)
    }
  }

  async #takeRoom(bytes: number, { caller, exchange }: Asked): Promise<void> {
    let release = this.#bodies.tryAcquire(caller.tenant, bytes)
    if (!release) {
      this.#handler.meter.count('requestBytesPerTenant')
      release = await this.#bodies.acquire(caller.tenant, exchange.signal, bytes)
    }
    exchange.whenSent(release)
  }

  #read(request: IncomingMessage, response: ServerResponse, asked: Asked, onFault: OnFault): void {
    const type = plainType(request, this.#handler.yoga.graphqlEndpoint, this.#maxRequestBytes)
    if (type === undefined) {
      this.#answerByYoga(request, response, asked).catch(onFault)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      this.#answerPlain(request, response, asked, type, Buffer.concat(chunks)).catch(onFault)
    })
  }

  async #answerByYoga(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
    const { yoga, takeTenantTurn } = this.#handler
    const turn = takeTenantTurn(asked.caller.tenant)
    if (turn) await turn
    await yoga(request, response, asked)
  }

  async #answerPlain(
    request: IncomingMessage,
    response: ServerResponse,
    asked: Asked,
    type: string,
    body: Buffer,
  ): Promise<void> {
    const { yoga, takeTenantTurn, executeFast } = this.#handler
    const { caller, trace, exchange } = asked
    const turn = takeTenantTurn(caller.tenant)
    if (turn) await turn
    const result = await executeFast(body, caller, trace, exchange)
    // Where the adapter finds a body that was read already.
    if (!result) await yoga(Object.assign(request, { body: Readable.from([body]) }), response, asked)
    else if (!result.errors) await writeAnswer(response, result, { type, exchange })
    // Errors may ask for a status of their own, and hold what clients are not shown.
    else await this.#write(response, processRegularResult(result, yoga.fetchAPI, type), exchange)
  }

  async #write(response: ServerResponse, answered: Response, exchange: Exchange): Promise<void> {
    const text = await answered.text()
    endAnswer(response.writeHead(answered.status, Object.fromEntries(answered.headers)), text, exchange)
  }

  #abandon(response: ServerResponse, error: unknown): void {
    // It cannot be written, as where its text is longer than a string may be: masking tells onError of it.
    if (!response.closed) this.#handler.mask(error)
    response.destroy()
  }
}

/**
 * Answers on a server of Node.js what `handler` would, with the same status, headers and body. A valid query or
 * mutation in a POST of JSON, which is nearly every request, is answered without the objects that fetch-style handlers
 * take and give: they cost several times what the execution does.
 */
export function createNodeListener(handler: GraphQLHandler): RequestListener {
  const listener = new NodeListener(partsOf(handler))
  return (request, response) => listener.answer(request, response)
}
