import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { createTokenBuckets } from '@toolyard/core/internal/token-buckets'
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { isOwnOrigin } from '../access/own-origin.ts'
import { inexactNumberIn } from '../errors/exact-numbers.ts'
import { clientDisconnected } from '../execution/answers.ts'
import { createQuota, type Quota } from '../limits/quota.ts'
import { CollectedWrites } from './collected-writes.ts'
import { depsOf, type GraphQLHandler, type TransportDeps } from './graphql-handler.ts'
import { createSocketAccess, type SocketConnection, type SocketExtra } from './socket-access.ts'
import { type SharedBySockets, SocketChannel } from './socket-channel.ts'
import { formatted, SocketOperations } from './socket-operations.ts'

export interface WebSocketOptions {
  /**
   * The server whose upgrade requests are answered. Those for other paths are left to its other upgrade listeners; if it
   * has none, they are refused with 404.
   */
  readonly server: Server
  /** @default '/graphql' */
  readonly path?: string
  /** Refuses an upgrade with 403 by returning false. It must not throw. @default refuses pages of other origins */
  readonly allowRequest?: (request: IncomingMessage) => boolean
}

/** The open WebSockets of a handler. The caller of `useWebSocket` closes it. */
export interface WebSocketBridge {
  /** Number of open sockets. */
  readonly sockets: number
  /**
   * Completes all operations, closes the sockets with 1001, and accepts no more. Terminates a client that does not answer
   * within half a second. A second call returns the same promise.
   */
  close(): Promise<void>
}

/** Time that clients have to answer a Close, in ms: the process waits for them. */
const closeTimeoutMs = 500
/** Delay before a refused client tries again, in s: a guess, as clients close sockets when they wish. */
const retryAfterSeconds = 30
/** Longest payload of a ping that its pong repeats, in characters. */
const maxPongPayload = 1_000
/** Close code of graphql-transport-ws. */
const internalError = 4500

function refuse(socket: Duplex, status: string, headers: readonly string[] = []): void {
  // Otherwise the client decides how long the socket, and with it the server, stays open.
  socket.once('finish', () => socket.destroy())
  const lines = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0', ...headers]
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
}

/** Accepts programs and pages of the server's own origin, as over HTTP. */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  return isOwnOrigin(headers, new Set())
}

function pongOf(payload: unknown): string {
  const text = payload === undefined ? '' : JSON.stringify(payload)
  const isRepeated = text !== '' && text.length <= maxPongPayload
  return isRepeated ? `{"type":"pong","payload":${text}}` : '{"type":"pong"}'
}

class Bridge implements WebSocketBridge {
  readonly #options: Required<WebSocketOptions>
  readonly #deps: TransportDeps
  readonly #clients: WebSocketServer
  readonly #socketsByAddress: Quota<string>
  readonly #shared: SharedBySockets
  readonly #protocol
  readonly #connections = new Set<SocketConnection>()
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    this.#answerUpgrade(request, socket, head)
  #lastSocket = 0
  #closing: Promise<void> | undefined

  constructor(deps: TransportDeps, options: Required<WebSocketOptions>) {
    const { meter, takeTenantTurn } = deps
    const { limits } = meter
    this.#options = options
    this.#deps = deps
    this.#clients = new WebSocketServer({
      noServer: true,
      maxPayload: limits.maxRequestBytes,
      autoPong: false,
      handleProtocols,
    })
    this.#socketsByAddress = createQuota<string>(limits.socketsPerAddress)
    const buckets = limits.messageRate ? createTokenBuckets(limits.messageRate) : undefined
    this.#shared = { meter, buckets, takeTurn: takeTenantTurn, held: 0, writes: new CollectedWrites() }
    this.#protocol = this.#createProtocol()
    options.server.on('upgrade', this.#onUpgrade)
  }

  get sockets(): number {
    return this.#clients.clients.size
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #createProtocol() {
    const access = createSocketAccess(this.#deps.identify)
    const operations = new SocketOperations(this.#deps, access)
    return makeServer<SocketConnection['connectionParams'], SocketExtra>({
      onConnect: (connection) => {
        this.#connections.add(connection)
        return access.enter(connection)
      },
      onClose: (connection) => {
        this.#connections.delete(connection)
        access.leave(connection)
      },
      onNext(_context, _id, _payload, _args, { data, errors, extensions }) {
        if (!errors) return undefined
        const rest = { ...(data === undefined ? {} : { data }), ...(extensions === undefined ? {} : { extensions }) }
        return { ...rest, errors: formatted(errors) }
      },
      onError: (_context, _id, _payload, errors) => formatted(errors),
      onSubscribe: (connection, id, params) => operations.prepare(connection, id, params),
      execute: (args) => operations.execute(args),
      subscribe: (args) => operations.subscribe(args),
    })
  }

  #answerUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { server, path, allowRequest } = this.#options
    // URL throws for targets such as `//`, and an error of an upgrade listener ends the process.
    const [pathname] = (request.url ?? '/').split('?', 1)
    if (pathname !== path && server.listenerCount('upgrade') > 1) return
    // Node.js removes its own error listener before an upgrade; a reset by the client must not end the process.
    socket.on('error', () => socket.destroy())
    if (pathname !== path) {
      refuse(socket, '404 Not Found')
      return
    }
    if (!allowRequest(request)) {
      refuse(socket, '403 Forbidden')
      return
    }
    const release = this.#socketsByAddress.take(request.socket.remoteAddress ?? '')
    if (!release) {
      this.#deps.meter.count('socketsPerAddress')
      refuse(socket, '429 Too Many Requests', [`Retry-After: ${retryAfterSeconds}`])
      return
    }
    socket.once('close', release)
    this.#clients.handleUpgrade(request, socket, head, (client) => this.#open(client, request))
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const { mask } = this.#deps
    // The client sent a broken frame; ws closes its socket.
    socket.on('error', () => undefined)
    this.#lastSocket += 1
    const name = String(this.#lastSocket)
    const channel = new SocketChannel({ socket, duplex: request.socket, shared: this.#shared, name })
    const disconnected = new AbortController()
    const extra: SocketExtra = { socket, request, channel, disconnected: disconnected.signal, inexactNumber: undefined }
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => channel.send(text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => channel.receive((text) => this.#handle(text, extra, handle)),
        onPing: (payload) => channel.send(pongOf(payload)),
      },
      extra,
    )
    socket.once('close', (code, reason) => {
      disconnected.abort(clientDisconnected())
      closed(code, String(reason)).catch(mask)
    })
  }

  async #handle(text: string, extra: SocketExtra, handle: (text: string) => Promise<void>): Promise<void> {
    try {
      // `prepare` reads it in the same turn: graphql-ws calls onSubscribe before it awaits anything.
      extra.inexactNumber = inexactNumberIn(text)
      await handle(text)
    } catch (error) {
      this.#deps.mask(error)
      extra.socket.close(internalError, 'Internal server error')
    }
  }

  async #close(): Promise<void> {
    this.#options.server.off('upgrade', this.#onUpgrade)
    const operations = [...this.#connections].flatMap(({ subscriptions }) => Object.values(subscriptions))
    await Promise.allSettled(
      operations.map((operation) => operation && 'return' in operation && operation.return(undefined)),
    )
    // An operation's Complete is sent in the turn in which the operation ends.
    await new Promise((resolve) => setImmediate(resolve))
    const terminating = setTimeout(() => {
      for (const client of this.#clients.clients) client.terminate()
    }, closeTimeoutMs)
    for (const client of this.#clients.clients) client.close(1001, 'Going away')
    await new Promise((resolve) => this.#clients.close(resolve))
    clearTimeout(terminating)
  }
}

/** Serves `graphql-transport-ws` on upgrades of the server, with the schema, limits and masking of `handler`. */
export function useWebSocket(handler: GraphQLHandler, options: WebSocketOptions): WebSocketBridge {
  const { server, path = '/graphql', allowRequest = isSameOrigin } = options
  return new Bridge(depsOf(handler), { server, path, allowRequest })
}
