import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { createTokenBuckets } from '@toolyard/core/budgets/token-buckets'
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { isOwnOrigin } from '../access/own-origin.ts'
import { inexactNumberIn } from '../errors/exact-numbers.ts'
import { clientGone } from '../execution/answers.ts'
import { createSlots, type Slots } from '../limits/subscription-slots.ts'
import { type GraphQLHandler, type HandlerParts, partsOf } from './graphql-handler.ts'
import { createSocketAccess, type SocketConnection, type SocketExtra } from './socket-access.ts'
import { type SharedBySockets, SocketChannel } from './socket-channel.ts'
import { formatted, SocketOperations } from './socket-operations.ts'

export interface WebSocketOptions {
  /**
   * Whose upgrade requests are answered. Those for other paths are refused with 404, or left to the other listeners
   * where the server has some.
   */
  readonly server: Server
  /** @default '/graphql' */
  readonly path?: string
  /** Refuses an upgrade with 403 where it answers false. It must not throw. @default no page of another origin is let in */
  readonly allowRequest?: (request: IncomingMessage) => boolean
}

/** The open WebSockets of a handler. Whoever made it closes it. */
export interface WebSocketBridge {
  readonly sockets: number
  /**
   * Completes all operations, closes the sockets with 1001, and takes no more. A client that does not answer within half
   * a second is cut off. A second call answers the same promise.
   */
  close(): Promise<void>
}

const closeTimeoutMs = 500
/** Sockets close when their users wish: a guess. */
const retryAfterSeconds = 30
/** A pong repeats it, in characters. */
const maxPongPayload = 1_000
/** Of graphql-transport-ws. */
const internalError = 4500

function refuse(socket: Duplex, status: string, headers: readonly string[] = []): void {
  // Without it the other side decides how long the socket, and with it the server, stays open.
  socket.once('finish', () => socket.destroy())
  const lines = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0', ...headers]
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
}

/** As the same page could ask over HTTP. */
function isOfNoOtherPage({ headers }: IncomingMessage): boolean {
  return isOwnOrigin(headers, new Set())
}

function pongOf(payload: unknown): string {
  const text = payload === undefined ? '' : JSON.stringify(payload)
  const isRepeated = text !== '' && text.length <= maxPongPayload
  return isRepeated ? `{"type":"pong","payload":${text}}` : '{"type":"pong"}'
}

class Bridge implements WebSocketBridge {
  readonly #options: Required<WebSocketOptions>
  readonly #handler: HandlerParts
  readonly #clients: WebSocketServer
  readonly #ofAddress: Slots<string>
  readonly #shared: SharedBySockets
  readonly #protocol
  readonly #connections = new Set<SocketConnection>()
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    this.#answerUpgrade(request, socket, head)
  #lastSocket = 0
  #closing: Promise<void> | undefined

  constructor(handler: HandlerParts, options: Required<WebSocketOptions>) {
    const { meter, takeTenantTurn } = handler
    const { limits } = meter
    this.#options = options
    this.#handler = handler
    this.#clients = new WebSocketServer({
      noServer: true,
      maxPayload: limits.maxRequestBytes,
      autoPong: false,
      handleProtocols,
    })
    this.#ofAddress = createSlots<string>(limits.socketsPerAddress)
    const buckets = limits.messageRate ? createTokenBuckets(limits.messageRate) : undefined
    this.#shared = { meter, buckets, takeTurn: takeTenantTurn, held: 0 }
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
    const access = createSocketAccess(this.#handler.identify)
    const operations = new SocketOperations(this.#handler, access)
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
    // Not through URL: it throws for targets such as `//`, and nobody catches what an upgrade listener throws.
    const [pathname] = (request.url ?? '/').split('?', 1)
    if (pathname !== path && server.listenerCount('upgrade') > 1) return
    // Node.js takes its own listener off before an upgrade; a client that resets must not end the process.
    socket.on('error', () => socket.destroy())
    if (pathname !== path) {
      refuse(socket, '404 Not Found')
      return
    }
    if (!allowRequest(request)) {
      refuse(socket, '403 Forbidden')
      return
    }
    const release = this.#ofAddress.take(request.socket.remoteAddress ?? '')
    if (!release) {
      this.#handler.meter.count('socketsPerAddress')
      refuse(socket, '429 Too Many Requests', [`Retry-After: ${retryAfterSeconds}`])
      return
    }
    socket.once('close', release)
    this.#clients.handleUpgrade(request, socket, head, (client) => this.#open(client, request))
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const { mask } = this.#handler
    // A broken frame is the client's fault, and ws closes its socket.
    socket.on('error', () => undefined)
    this.#lastSocket += 1
    const name = String(this.#lastSocket)
    const channel = new SocketChannel({ socket, duplex: request.socket, shared: this.#shared, name })
    const gone = new AbortController()
    const extra: SocketExtra = { socket, request, channel, gone: gone.signal, inexactNumber: undefined }
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
      gone.abort(clientGone())
      closed(code, String(reason)).catch(mask)
    })
  }

  async #handle(text: string, extra: SocketExtra, handle: (text: string) => Promise<void>): Promise<void> {
    try {
      // Read by onSubscribe, which is called before anything is waited for.
      extra.inexactNumber = inexactNumberIn(text)
      await handle(text)
    } catch (error) {
      this.#handler.mask(error)
      extra.socket.close(internalError, 'Internal server error')
    }
  }

  async #close(): Promise<void> {
    this.#options.server.off('upgrade', this.#onUpgrade)
    const operations = [...this.#connections].flatMap(({ subscriptions }) => Object.values(subscriptions))
    await Promise.allSettled(
      operations.map((operation) => operation && 'return' in operation && operation.return(undefined)),
    )
    // In the turn in which an operation has ended, its Complete is sent.
    await new Promise((resolve) => setImmediate(resolve))
    const impatient = setTimeout(() => {
      for (const client of this.#clients.clients) client.terminate()
    }, closeTimeoutMs)
    for (const client of this.#clients.clients) client.close(1001, 'Going away')
    await new Promise((resolve) => this.#clients.close(resolve))
    clearTimeout(impatient)
  }
}

/** Serves `graphql-transport-ws` on the server's upgrades, with the schema, limits and masking of `handler`. */
export function useWebSocket(handler: GraphQLHandler, options: WebSocketOptions): WebSocketBridge {
  const { server, path = '/graphql', allowRequest = isOfNoOtherPage } = options
  return new Bridge(partsOf(handler), { server, path, allowRequest })
}
