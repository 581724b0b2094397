import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Context as TraceContext } from '@opentelemetry/api'
import { GraphQLError } from 'graphql'
import { processRegularResult } from 'graphql-yoga'
import { answerError } from '../access/http-access.ts'
import type { Caller } from '../caller.ts'
import type { GraphQLHandler } from '../handler.ts'
import { traceOfRequest } from '../telemetry/trace-context.ts'

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
  /** To answer with. */
  readonly type: string
}

/**
 * Answers on a server of Node.js what `handler` would, with the same status, headers and body. A valid query or
 * mutation in a POST of JSON, which is nearly every request, is answered without the objects that fetch-style handlers
 * take and give: they cost several times what the execution does.
 */
export function createNodeListener(handler: GraphQLHandler): RequestListener {
  const { yoga, limits } = handler

  async function write(response: ServerResponse, answered: Response): Promise<void> {
    response.writeHead(answered.status, Object.fromEntries(answered.headers)).end(await answered.text())
  }

  async function answer(request: IncomingMessage, response: ServerResponse, asked: Asked, body: Buffer): Promise<void> {
    const { caller, trace, type } = asked
    const result = await handler.executePlain(body.toString(), caller, trace)
    if (!result) {
      // Where the adapter finds a body that was read already.
      await yoga(Object.assign(request, { body: Readable.from([body]) }), response)
      return
    }
    if (!result.errors) {
      const text = JSON.stringify(result)
      const headers = { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) }
      response.writeHead(200, headers).end(text)
      return
    }
    // Errors may ask for a status of their own, and hold what clients are not shown.
    await write(response, processRegularResult(result, yoga.fetchAPI, type))
  }

  return (request, response) => {
    const type = plainType(request, yoga.graphqlEndpoint, limits.maxRequestBytes)
    if (type === undefined) {
      void yoga(request, response)
      return
    }
    const onFault = (error: unknown) => {
      // It cannot be written, as where its text is longer than a string may be: masking tells onError of it.
      handler.mask(error)
      response.destroy()
    }

    const { headers } = request
    const header = (name: string) => [headers[name] ?? []].flat().join(', ') || undefined
    // Now: what is active when the body has come is not of this request.
    const trace = traceOfRequest(header)
    const onIdentified = (found: Caller | GraphQLError): void => {
      if (found instanceof GraphQLError) {
        write(response, answerError(found, request.headers.accept, yoga.fetchAPI)).catch(onFault)
        return
      }
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        answer(request, response, { caller: found, trace, type }, Buffer.concat(chunks)).catch(onFault)
      })
    }

    const found = handler.identify({ authorization: headers.authorization, transport: 'http', header })
    if (found instanceof Promise) void found.then(onIdentified)
    else onIdentified(found)
  }
}
