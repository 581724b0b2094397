import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, createServer, type ListenOptions, type Server as SocketServer } from 'node:net'

/**
 * Node.js takes one connection from a listener in each turn of its event loop: while many connect at a time, the others
 * wait. Several listeners on one port take as many.
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
  /** Takes no more connections. Resolves once those that there were have ended. */
  close(): Promise<void>
}

/** Rejects with the error of `listen` where the address cannot be had. */
export async function listen(server: Server, port: number, host: string): Promise<Listening> {
  // A port that is shared would be shared with a second toolyard as well; this one is had alone, or not at all.
  const first = createServer()
  const { port: free } = await bind(first, { port, host })
  await end(first)
  const shared = { port: free, host, reusePort: true }
  try {
    const address = await bind(server, shared)
    const others = Array.from({ length: listeners - 1 }, () =>
      createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket)),
    )
    await Promise.all(others.map((each) => bind(each, shared)))
    return {
      address,
      close: async () => void (await Promise.all([server, ...others].map(end))),
    }
  } catch (error) {
    // Not every system can share a port.
    if (server.listening) throw error
    return { address: await bind(server, { port: free, host }), close: () => end(server) }
  }
}
