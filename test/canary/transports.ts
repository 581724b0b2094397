import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { Transport } from './graphql-session.ts'
import type { LeakDetector } from './leak-detector.ts'

/** Queries and mutations as JSON, or all of it as an event stream; `send` brings a request to the API. */
export function overHttp(
  { url, send, hasProvider }: { url: string; send: (request: Request) => Promise<Response>; hasProvider: boolean },
  accept: string,
  { see }: LeakDetector,
): Transport {
  const name = accept.includes('event-stream') ? 'SSE' : 'HTTP'
  return {
    name,
    hasProvider,
    async ask(query, variables) {
      const isStream = name === 'SSE' || query.startsWith('subscription')
      const response = await send(
        new Request(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: isStream ? 'text/event-stream' : accept },
          body: JSON.stringify({ query, variables }),
        }),
      )
      const text = await response.text()
      see(`${name} headers`, JSON.stringify([...response.headers]))
      see(`${name} body`, text)
      const payloads = isStream ? text.match(/^data: ?\{.+$/gm)?.map((line) => line.replace(/^data: ?/, '')) : [text]
      return JSON.parse(payloads?.at(-1) ?? '{}')
    },
  }
}

/** All over one socket. */
export function overWebSocket(url: string, { see }: LeakDetector): Transport & AsyncDisposable {
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 })
  return {
    name: 'WebSocket',
    hasProvider: true,
    async ask(query, variables) {
      let last: { readonly data?: unknown } = {}
      for await (const payload of client.iterate({ query, variables: { ...variables } })) {
        see('WebSocket message', JSON.stringify(payload))
        last = payload
      }
      return last
    },
    async [Symbol.asyncDispose]() {
      await client.dispose()
    },
  }
}
