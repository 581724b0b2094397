import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { ResolvedHttpConfig } from '../servers/resolve-config.ts'

/** The `data` of the error that a request gets whose event stream ended without its answer. */
export class StreamCut {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

export interface HttpTransport {
  readonly transport: Transport
  /** Tells the server that the session is over, where the transport has such a message. Rejects where it fails. */
  terminate(): Promise<void>
}

type OnStreamEnd = (requestId: RequestId, cause: unknown) => void

/** The JSON-RPC id of the request that is the body of a POST, if it is one. */
function requestIdOf(init: RequestInit | undefined): RequestId | undefined {
  if (init?.method !== 'POST' || typeof init.body !== 'string') return undefined
  const message: unknown = JSON.parse(init.body)
  if (typeof message !== 'object' || message === null || !('id' in message) || !('method' in message)) return undefined
  return typeof message.id === 'string' || typeof message.id === 'number' ? message.id : undefined
}

/** Passes a stream through and tells when it ends, unless it has event ids: the SDK resumes those with Last-Event-ID. */
function watchEnd(stream: ReadableStream<Uint8Array>, onEnd: (cause: unknown) => void): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let tail = ''
  let resumable = false
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) {
          controller.close()
          if (!resumable) onEnd(undefined)
          return
        }
        if (!resumable) {
          const text = tail + decoder.decode(value, { stream: true })
          resumable = /(^|[\r\n])id:/.test(text)
          tail = text.slice(-4)
        }
        controller.enqueue(value)
      } catch (cause) {
        controller.error(cause)
        if (!resumable) onEnd(cause)
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** A `fetch` for Streamable HTTP that tells of each request whose event stream has ended. */
function watchingFetch(onRequest: (id: RequestId) => void, onStreamEnd: OnStreamEnd): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    const requestId = requestIdOf(init)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
    if (requestId === undefined || !isStream || !response.body) return response
    onRequest(requestId)
    const body = watchEnd(response.body, (cause) => onStreamEnd(requestId, cause))
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers })
  }
}

export function createHttpTransport(config: ResolvedHttpConfig): HttpTransport {
  const url = new URL(config.serverUrl)
  const requestInit = { headers: Object.fromEntries(config.headers.map(({ name, value }) => [name, value])) }
  if (config.transport === 'sse') {
    return { transport: new SSEClientTransport(url, { requestInit }), terminate: () => Promise.resolve() }
  }
  // The SDK waits for its time-out when a stream is cut; here the request that waits on it fails at once.
  const streaming = new Set<RequestId>()
  const watched = watchingFetch(
    (id) => streaming.add(id),
    (id, cause) =>
      // One turn later: an answer in the last bytes of the stream is handed over first.
      setImmediate(() => {
        if (!streaming.delete(id)) return
        const error = { code: -32000, message: 'The event stream ended without the answer', data: new StreamCut(cause) }
        http.onmessage?.({ jsonrpc: '2.0', id, error })
      }),
  )
  const http = new StreamableHTTPClientTransport(url, { requestInit, fetch: watched })
  // The SDK's client calls the handler that it finds before its own.
  http.onmessage = (message) => {
    if ('id' in message && message.id !== undefined && !('method' in message)) streaming.delete(message.id)
  }
  // The SDK's class has optional members typed without `undefined`, which exactOptionalPropertyTypes tells apart.
  return { transport: http as Transport, terminate: () => http.terminateSession() }
}
