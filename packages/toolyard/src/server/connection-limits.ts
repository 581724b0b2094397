import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createQuota } from '@toolyard/graphql/internal'

/** Limits for clients that the server knows nothing of yet. Infinity sets no limit. */
export interface ConnectionLimits {
  /** Time for a client to send a request, in ms; then its connection ends. @default 60_000 */
  readonly requestTimeoutMs: number
  /**
   * Time for which a connection is kept between two requests, in ms. A proxy that keeps it for longer sends requests over
   * connections that have just ended: nginx and AWS keep them for 60 s, Google Cloud for 600 s. @default 75_000
   */
  readonly idleTimeoutMs: number
  /** Connections from one address at a time, WebSockets included; more are closed. @default 20_000 */
  readonly connectionsPerAddress: number
  /**
   * Requests over one connection that wait for their answers (pipelining); with more, the connection ends. @default 32
   */
  readonly requestsPerConnection: number
}

export const defaultConnectionLimits: ConnectionLimits = {
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 75_000,
  connectionsPerAddress: 20_000,
  requestsPerConnection: 32,
}

/** Interval between checks for requests that take too long, in ms. */
export const connectionsCheckingInterval = 5_000

export interface LimitedConnections {
  /** Counts since the server was created. An idle connection that ends is no refusal. */
  readonly refusals: Readonly<Record<Exclude<keyof ConnectionLimits, 'idleTimeoutMs'>, number>>
  /** Returns false if it has ended the connection instead. */
  admit(request: IncomingMessage, response: ServerResponse): boolean
}

const statuses: ReadonlyMap<unknown, string> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Payload Too Large'],
])

/** 0 means no limit to Node.js. */
const orZero = (ms: number) => (Number.isFinite(ms) ? ms : 0)

export function limitConnections(server: Server, limits: ConnectionLimits): LimitedConnections {
  const refusals = { requestTimeoutMs: 0, connectionsPerAddress: 0, requestsPerConnection: 0 }
  const ofAddress = createQuota<string>(limits.connectionsPerAddress)
  /** Requests in progress, by connection. */
  const requests = new WeakMap<Duplex, number>()
  server.requestTimeout = orZero(limits.requestTimeoutMs)
  server.headersTimeout = server.requestTimeout
  server.keepAliveTimeout = orZero(limits.idleTimeoutMs)

  server.on('connection', (socket: Socket) => {
    const release = ofAddress.take(socket.remoteAddress ?? '')
    if (release) {
      socket.once('close', () => release())
      return
    }
    refusals.connectionsPerAddress += 1
    socket.destroy()
  })
  server.on('clientError', (error: Error, socket: Duplex) => {
    const code = 'code' in error ? error.code : undefined
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT') refusals.requestTimeoutMs += 1
    // In the middle of an answer, this text would be part of it.
    if (!socket.writable || requests.get(socket)) socket.destroy()
    else
      socket.end(`HTTP/1.1 ${statuses.get(code) ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`, () =>
        socket.destroy(),
      )
  })

  return {
    refusals,
    admit({ socket }, response) {
      const underWay = (requests.get(socket) ?? 0) + 1
      if (underWay > limits.requestsPerConnection) {
        // Several such requests may arrive in one chunk.
        if (!socket.destroyed) refusals.requestsPerConnection += 1
        socket.destroy()
        return false
      }
      requests.set(socket, underWay)
      response.once('close', () => requests.set(socket, (requests.get(socket) ?? 1) - 1))
      return true
    },
  }
}
