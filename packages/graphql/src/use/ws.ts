import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type DocumentNode, type ExecutionArgs, GraphQLError } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { GraphQLHandler } from '../handler.ts'

export interface WebSocketOptions {
  /** Whose upgrade requests are answered. */
  readonly server: Server
  /** @default '/graphql' */
  readonly path?: string
  /** Refuses an upgrade with 403 where it answers false. @default every request is let in */
  readonly allowRequest?: (request: IncomingMessage) => boolean
}

/** The open WebSockets of a handler. Whoever made it closes it. */
export interface WebSocketBridge {
  readonly sockets: number
  /** Completes all operations, closes the sockets with 1001, and takes no more. */
  close(): Promise<void>
}

const maxMessageBytes = 1024 * 1024

/** Serves `graphql-transport-ws` on the server's upgrades, with the schema, limits and masking of `handler`. */
export function useWebSocket(handler: GraphQLHandler, options: WebSocketOptions): WebSocketBridge {
  const { server, path = '/graphql', allowRequest = () => true } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes })
  const bridge = useServer(
    {
      // Those of the handler, put there in onSubscribe.
      execute: (args) => enveloped(args).execute(args),
      subscribe: (args) => enveloped(args).subscribe(args),
      async onSubscribe(context, _id, params) {
        const envelope = handler.yoga.getEnveloped({ ...context, params })
        const { schema, contextFactory, parse, validate } = envelope
        let document: DocumentNode
        try {
          document = parse(params.query)
        } catch (error) {
          // A document that does not parse is the operation's error, not the socket's.
          if (error instanceof GraphQLError) return [error]
          throw error
        }
        const errors = validate(schema, document)
        if (errors.length > 0) return errors
        const args: ExecutionArgs & { rootValue: unknown } = {
          schema,
          operationName: params.operationName ?? null,
          document,
          variableValues: params.variables ?? null,
          contextValue: await contextFactory(),
          rootValue: envelope,
        }
        return args
      },
    },
    sockets,
  )

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname !== path || !allowRequest(request)) {
      socket.end(
        `HTTP/1.1 ${pathname === path ? '403 Forbidden' : '404 Not Found'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request))
  }
  server.on('upgrade', onUpgrade)
  return {
    get sockets() {
      return sockets.clients.size
    },
    async close() {
      server.off('upgrade', onUpgrade)
      await bridge.dispose()
    },
  }
}

/** The functions that go with the arguments: onSubscribe has put them into the root value, which no resolver reads. */
function enveloped(args: ExecutionArgs): ReturnType<GraphQLHandler['yoga']['getEnveloped']> {
  // Put there by onSubscribe alone.
  return args.rootValue as ReturnType<GraphQLHandler['yoga']['getEnveloped']>
}
