import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { context, type Context as TraceContext } from '@opentelemetry/api'
import { createTokenBuckets } from '@toolyard/core/budgets/token-buckets'
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
} from 'graphql'
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { unauthenticated } from '../access/authenticate.ts'
import { isOwnOrigin } from '../access/own-origin.ts'
import { inexactNumberIn } from '../errors/exact-numbers.ts'
import { withoutStatus } from '../errors/redact.ts'
import { clientGone } from '../execution/answers.ts'
import { createSlots, releaseAtEnd, tooManyAtATime } from '../limits/subscription-slots.ts'
import { traceOfMessage } from '../telemetry/trace-context.ts'
import { type Destination, deliver } from './deliver.ts'
import { type GraphQLHandler, type HandlerParts, partsOf } from './graphql-handler.ts'
import { createSocketAccess, type SocketConnection, type SocketExtra } from './socket-access.ts'
import { type SharedBySockets, SocketChannel } from './socket-channel.ts'
import { createSocketExchange, deliverHeld, type SocketExchange } from './socket-exchange.ts'

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

function formatted(errors: readonly GraphQLError[]): readonly GraphQLFormattedError[] {
  // One that ends a stream is wrapped on its way here.
  return errors.map((error) => withoutStatus(error.originalError instanceof GraphQLError ? error.originalError : error))
}

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

interface Operation {
  readonly envelope: ReturnType<HandlerParts['yoga']['getEnveloped']>
  readonly trace: TraceContext
  readonly exchange: SocketExchange
  readonly destination: Destination
}

/** An id comes back with each message of its operation, in characters. */
const maxIdLength = 200
/** A pong repeats it, in characters. */
const maxPongPayload = 1_000
/** Of graphql-transport-ws. */
const badRequest = 4400
const internalError = 4500

/** Serves `graphql-transport-ws` on the server's upgrades, with the schema, limits and masking of `handler`. */
export function useWebSocket(handler: GraphQLHandler, options: WebSocketOptions): WebSocketBridge {
  const { server, path = '/graphql', allowRequest = isOfNoOtherPage } = options
  const { meter, identify, takeTenantTurn, fanOutSubscriptions, resolveQuery, yoga, mask } = partsOf(handler)
  const { limits } = meter
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxRequestBytes,
    autoPong: false,
    handleProtocols,
  })
  const ofAddress = createSlots<string>(limits.socketsPerAddress)
  const ofSocket = createSlots<object>(limits.subscriptionsPerSocket)
  const connections = new Set<SocketConnection>()
  const access = createSocketAccess(identify)
  const buckets = limits.messageRate ? createTokenBuckets(limits.messageRate) : undefined
  const shared: SharedBySockets = { meter, buckets, takeTurn: takeTenantTurn, held: 0 }
  let lastSocket = 0

  const bridge = makeServer<SocketConnection['connectionParams'], SocketExtra>({
    onConnect(connection) {
      connections.add(connection)
      return access.enter(connection)
    },
    onClose(connection) {
      connections.delete(connection)
      access.leave(connection)
    },
    onNext(_context, _id, _payload, _args, { data, errors, extensions }) {
      if (!errors) return undefined
      const rest = { ...(data === undefined ? {} : { data }), ...(extensions === undefined ? {} : { extensions }) }
      return { ...rest, errors: formatted(errors) }
    },
    onError: (_context, _id, _payload, errors) => formatted(errors),
    // That of the handler, put there in onSubscribe.
    async execute(args) {
      const { envelope, trace, exchange, destination } = operationOf(args)
      const result: ExecutionResult = await context.with(trace, () => envelope.execute(args))
      return exchange.isHeld ? deliverHeld(result, exchange, destination) : result
    },
    async subscribe(args) {
      const { destination } = operationOf(args)
      const release = ofSocket.take(destination.channel)
      if (!release) return { errors: [tooManyAtATime(meter, 'subscriptionsPerSocket')] }
      const results = await fanOutSubscriptions(args)
      if (Symbol.asyncIterator in results) return releaseAtEnd(deliver(results, destination), release)
      release()
      return results
    },
    async onSubscribe(connection, id, params) {
      const { socket, channel, gone, inexactNumber } = connection.extra
      const caller = access.callerOf(connection)
      if (!caller) return [unauthenticated()]
      if (id.length > maxIdLength) {
        const message = `id: expected at most ${maxIdLength} characters, got ${id.length}`
        socket.close(badRequest, message)
        return [new GraphQLError(message)]
      }
      if (channel.operations > limits.operationsPerSocket) return [tooManyAtATime(meter, 'operationsPerSocket')]
      if (inexactNumber) return [inexactNumber]
      const query = resolveQuery(params)
      if (query instanceof GraphQLError) return [query]
      const trace = traceOfMessage(params.extensions, connection.connectionParams)
      const exchange = createSocketExchange(gone)
      const envelope = yoga.getEnveloped({ ...connection, caller, trace, exchange, params })
      const { schema, contextFactory, parse, validate } = envelope
      let document: DocumentNode
      try {
        document = parse(query ?? params.query)
      } catch (error) {
        // A document that does not parse is the operation's error, not the socket's.
        if (!(error instanceof GraphQLError)) throw error
        meter.countAnswered([error])
        return [error]
      }
      const errors = validate(schema, document)
      meter.countAnswered(errors)
      if (errors.length > 0) return errors
      if (!getOperationAST(document, params.operationName)) {
        const extensions = { code: 'OPERATION_RESOLUTION_FAILURE' }
        return [new GraphQLError('Could not determine what operation to execute.', { extensions })]
      }
      const args: ExecutionArgs & { rootValue: unknown } = {
        schema,
        operationName: params.operationName ?? null,
        document,
        variableValues: params.variables ?? null,
        contextValue: await contextFactory(),
        rootValue: { envelope, trace, exchange, destination: { channel, id } } satisfies Operation,
      }
      return args
    },
  })

  function onSocket(socket: WebSocket, request: IncomingMessage): void {
    // A broken frame is the client's fault, and ws closes its socket.
    socket.on('error', () => undefined)
    lastSocket += 1
    const channel = new SocketChannel({ socket, duplex: request.socket, shared, name: String(lastSocket) })
    const gone = new AbortController()
    const extra: SocketExtra = { socket, request, channel, gone: gone.signal, inexactNumber: undefined }
    const closed = bridge.opened(
      {
        protocol: socket.protocol,
        send: (text) => channel.send(text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          channel.receive(async (text) => {
            try {
              // Read by onSubscribe, which is called before anything is waited for.
              extra.inexactNumber = inexactNumberIn(text)
              await handle(text)
            } catch (error) {
              mask(error)
              socket.close(internalError, 'Internal server error')
            }
          }),
        onPing(payload) {
          const text = payload === undefined ? '' : JSON.stringify(payload)
          const isRepeated = text !== '' && text.length <= maxPongPayload
          return channel.send(isRepeated ? `{"type":"pong","payload":${text}}` : '{"type":"pong"}')
        },
      },
      extra,
    )
    socket.once('close', (code, reason) => {
      gone.abort(clientGone())
      closed(code, String(reason)).catch(mask)
    })
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
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
    const release = ofAddress.take(request.socket.remoteAddress ?? '')
    if (!release) {
      meter.count('socketsPerAddress')
      refuse(socket, '429 Too Many Requests', [`Retry-After: ${retryAfterSeconds}`])
      return
    }
    socket.once('close', release)
    sockets.handleUpgrade(request, socket, head, (client) => onSocket(client, request))
  }

  async function close(): Promise<void> {
    server.off('upgrade', onUpgrade)
    const operations = [...connections].flatMap(({ subscriptions }) => Object.values(subscriptions))
    await Promise.allSettled(
      operations.map((operation) => operation && 'return' in operation && operation.return(undefined)),
    )
    // In the turn in which an operation has ended, its Complete is sent.
    await new Promise((resolve) => setImmediate(resolve))
    const impatient = setTimeout(() => {
      for (const client of sockets.clients) client.terminate()
    }, closeTimeoutMs)
    for (const client of sockets.clients) client.close(1001, 'Going away')
    await new Promise((resolve) => sockets.close(resolve))
    clearTimeout(impatient)
  }

  server.on('upgrade', onUpgrade)
  let closing: Promise<void> | undefined
  return {
    get sockets() {
      return sockets.clients.size
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** What goes with the arguments: onSubscribe has put it into the root value, which no resolver reads. */
function operationOf(args: ExecutionArgs): Operation {
  // Put there by onSubscribe alone.
  return args.rootValue as Operation
}
