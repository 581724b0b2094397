import { once } from 'node:events'
import { createServer } from 'node:http'
import { createNodeListener, type GraphQLHandler, useWebSocket } from '@toolyard/graphql'

export interface ServedHandler extends AsyncDisposable {
  /** Host, port and path, without a scheme: queries and event streams are at `http://`, WebSockets at `ws://`. */
  readonly url: string
}

/** Serves a handler on a free port. Close its registry first: then its subscriptions have ended. */
export async function serveHandler(handler: GraphQLHandler): Promise<ServedHandler> {
  const server = createServer(createNodeListener(handler))
  const bridge = useWebSocket(handler, { server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
  return {
    url: `127.0.0.1:${address.port}/graphql`,
    async [Symbol.asyncDispose]() {
      await bridge.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
