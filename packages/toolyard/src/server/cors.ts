import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Lets pages of the allowed origins read answers, and send keys: sets headers, and answers preflight requests. Returns
 * true if it has answered.
 */
export function allowOrigins(
  allowedOrigins: ReadonlySet<string>,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (allowedOrigins.size === 0) return false
  response.setHeader('vary', 'Origin')
  const { origin } = headers
  if (origin === undefined || !allowedOrigins.has(origin)) return false
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', 'Retry-After, WWW-Authenticate')
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false
  const permissions = {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'Authorization, Content-Type, Traceparent, Tracestate',
    'access-control-max-age': '600',
  }
  response.writeHead(204, permissions).end()
  return true
}
