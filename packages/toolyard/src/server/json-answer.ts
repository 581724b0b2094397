import type { ServerResponse } from 'node:http'

export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    .end(JSON.stringify(body))
}

/** The body of an answer that is one error, as GraphQL writes it. */
export function errorBody(message: string, code: string) {
  return { errors: [{ message, extensions: { code } }] }
}
