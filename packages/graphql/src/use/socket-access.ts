import type { IncomingMessage } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Context } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { whenAccessEnds } from '../access/access-end.ts'
import { type Identify, isExpired } from '../access/authenticate.ts'
import type { Caller } from '../access/caller.ts'
import type { SocketChannel } from './socket-channel.ts'

/** The state of a socket beside its connection. */
export interface SocketExtra {
  readonly socket: WebSocket
  /** The upgrade request. */
  readonly request: IncomingMessage
  readonly channel: SocketChannel
  /** Aborts when the socket closes. */
  readonly disconnected: AbortSignal
  /** The error of the message that is being handled, if a double would round one of its numbers. */
  inexactNumber: GraphQLError | undefined
}

export type SocketConnection = Context<Record<string, unknown> | undefined, SocketExtra>

/** Close code of graphql-transport-ws for a refused or expired key; 4401 is for operations before ConnectionInit. */
const forbidden = 4403
const internalError = 4500
/** Time that a client has to close its socket once its access has ended, in ms. */
const closeTimeoutMs = 1_000

/** The callers of all sockets. */
export interface SocketAccess {
  /** Authenticates the client. Returns false if it is refused, and closes the socket if `authenticate` failed. */
  enter(connection: SocketConnection): Promise<boolean>
  /** Returns the caller; undefined as soon as the access has ended. */
  callerOf(connection: SocketConnection): Caller | undefined
  leave(connection: SocketConnection): void
}

export function createSocketAccess(identify: Identify): SocketAccess {
  const callers = new Map<SocketConnection, Caller>()
  /** Functions that end the timers of each connection. */
  const stops = new Map<SocketConnection, () => void>()

  function end(connection: SocketConnection): void {
    // Messages arrive until the client closes too.
    callers.delete(connection)
    const { socket } = connection.extra
    socket.close(forbidden, 'Forbidden')
    const terminating = setTimeout(() => socket.terminate(), closeTimeoutMs)
    stops.set(connection, () => clearTimeout(terminating))
  }

  return {
    async enter(connection) {
      const { extra, connectionParams } = connection
      const { authorization } = connectionParams ?? {}
      const { headers } = extra.request
      const found = await identify({
        authorization: typeof authorization === 'string' ? authorization : undefined,
        transport: 'websocket',
        header: (name) => [headers[name] ?? []].flat().join(', ') || undefined,
      })
      if (found instanceof GraphQLError) {
        const { code } = found.extensions
        // `authenticate` failed; false would close the socket as refused.
        if (code !== 'UNAUTHENTICATED' && code !== 'FORBIDDEN')
          extra.socket.close(internalError, 'Internal server error')
        return false
      }
      // Closed meanwhile, the socket would never leave.
      if (extra.socket.readyState !== extra.socket.OPEN) return false
      callers.set(connection, found)
      extra.channel.tenant = found.tenant
      stops.set(
        connection,
        whenAccessEnds(found, () => end(connection)),
      )
      return true
    },
    callerOf(connection) {
      const caller = callers.get(connection)
      // Timers are late after the machine was asleep.
      return caller && !isExpired(caller) ? caller : undefined
    },
    leave(connection) {
      stops.get(connection)?.()
      stops.delete(connection)
      callers.delete(connection)
    },
  }
}
