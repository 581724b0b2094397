import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, createServer, type ListenOptions, type Server as SocketServer } from 'node:net'

/**
 * Node.js accepts one connection per listener in each turn of its event loop, so that a burst of connections delays all
 * clients. Eight listeners on one port accept eight.
 */
const listeners = 8

async function bind(server: SocketServer, options: ListenOptions): Promise<AddressInfo> {
  server.listen(options)
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  return server.address() as AddressInfo
}

async function end(server: SocketServer): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await closed
}

export interface Listening {
  readonly address: AddressInfo
  /** Stops accepting. Resolves when all connections have ended. */
  close(): Promise<void>
}

/** Rejects with the error of `listen` if the address cannot be bound. */
export async function listen(server: Server, port: number, host: string): Promise<Listening> {
  // Fails if another process has the port: listeners that share a port would share it with that one too.
  const first = createServer()
  const { port: free } = await bind(first, { port, host })
  await end(first)
  const shared = { port: free, host, reusePort: true }
  const all: SocketServer[] = []
  const close = async () => void (await Promise.all(all.map(end)))
  try {
    const address = await bind(server, shared)
    all.push(server)
    while (all.length < listeners) {
      const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket))
      await bind(other, shared)
      all.push(other)
    }
    return { address, close }
  } catch (error) {
    if (all.length > 0) {
      await close()
      throw error
    }
    // Only Linux and some BSDs share a port among listeners.
    return { address: await bind(server, { port: free, host }), close: () => end(server) }
  }
}
