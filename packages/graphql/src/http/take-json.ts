import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { inexactNumberIn } from '../errors/exact-numbers.ts'
import { answerError } from './identify-requests.ts'

const responseJson = 'application/graphql-response+json'
const mediaTypes = ['application/json', responseJson]

function mediaTypeOf(contentType: string | null): string {
  return (contentType ?? '').split(';', 1).join('').trim().toLowerCase()
}

function refusal(message: string, status: number, headers: Readonly<Record<string, string>> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, headers } } })
}

/** Parses a body. Errors quote nothing of the JSON but a number. */
function parseBody(text: string): object {
  const error = inexactNumberIn(text)
  if (error) throw error
  let params: unknown
  try {
    params = JSON.parse(text)
  } catch {
    throw refusal('POST body sent invalid JSON.', 400)
  }
  if (typeof params === 'object' && params !== null) return params
  throw refusal('Expected the body to be a JSON object', 400)
}

/**
 * Takes JSON by POST, and queries by GET. A page of another origin can send forms, text and files without asking;
 * for JSON its browser asks first, and gets no permission.
 */
export const takeJson: Plugin = {
  onRequest({ request, fetchAPI, endResponse }) {
    const { method, headers } = request
    const mediaType = mediaTypeOf(headers.get('content-type'))
    const accept = headers.get('accept') ?? undefined
    if (method !== 'GET' && method !== 'POST') {
      const error = refusal('Expected the method GET or POST', 405, { Allow: 'GET, POST' })
      endResponse(answerError(error, accept, fetchAPI))
    } else if (method === 'POST' && !mediaTypes.includes(mediaType)) {
      const error = refusal(`Expected a body of ${mediaTypes.join(' or ')}`, 415, { Accept: mediaTypes.join(', ') })
      endResponse(answerError(error, accept, fetchAPI))
    }
  },
  onRequestParse({ request, requestParser, setRequestParser }) {
    if (request.method === 'POST') setRequestParser(async (body) => parseBody(await body.text()))
    else if (requestParser) {
      setRequestParser((query) => {
        const error = inexactNumberIn(new URL(query.url).searchParams.get('variables') ?? '')
        if (error) throw error
        return requestParser(query)
      })
    }
  },
}
