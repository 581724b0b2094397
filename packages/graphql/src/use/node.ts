import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { processRegularResult } from 'graphql-yoga'
import type { GraphQLHandler } from '../handler.ts'

const maxPlainBytes = 1024 * 1024

/** What an answer to a query is sent as, for the first media type that the client takes. */
const answerTypes: ReadonlyMap<string, string> = new Map([
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
])

/** The media type to answer a POST of JSON with; undefined for every other request. */
function plainType({ method, url = '', headers }: IncomingMessage, path: string): string | undefined {
  const length = Number(headers['content-length'])
  const isPlain =
    method === 'POST' &&
    url.split('?', 1)[0] === path &&
    headers['content-type']?.split(';', 1)[0] === 'application/json' &&
    // Of a body without a length, or a longer one, yoga counts the bytes while it reads.
    length > 0 &&
    length <= maxPlainBytes
  return isPlain ? answerTypes.get((headers.accept ?? '*/*').split(',', 1)[0] ?? '') : undefined
}

/**
 * Answers on a server of Node.js what `handler` would, with the same status, headers and body. A valid query or
 * mutation in a POST of JSON, which is nearly every request, is answered without the objects that fetch-style handlers
 * take and give: they cost several times what the execution does.
 */
export function createNodeListener(handler: GraphQLHandler): RequestListener {
  const { yoga } = handler

  async function answer(request: IncomingMessage, response: ServerResponse, type: string, body: Buffer): Promise<void> {
    const result = await handler.executePlain(body.toString())
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
    const answered = processRegularResult(result, yoga.fetchAPI, type)
    response.writeHead(answered.status, Object.fromEntries(answered.headers)).end(await answered.text())
  }

  return (request, response) => {
    const type = plainType(request, yoga.graphqlEndpoint)
    if (type === undefined) {
      void yoga(request, response)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      answer(request, response, type, Buffer.concat(chunks)).catch((error: unknown) => {
        // It cannot be written, as where its text is longer than a string may be: masking tells onError of it.
        handler.mask(error)
        response.destroy()
      })
    })
  }
}
