import type { IncomingMessage } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Context } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { whenAccessEnds } from '../access/access-end.ts'
import { type Identify, isExpired } from '../access/authenticate.ts'
import type { Caller } from '../access/caller.ts'
import type { SocketChannel } from './socket-channel.ts'

/** What goes with each socket. */
export interface SocketExtra {
  readonly socket: WebSocket
  /** Of the upgrade. */
  readonly request: IncomingMessage
  readonly channel: SocketChannel
  /** Aborts once the socket is closed. */
  readonly gone: AbortSignal
  /** The error for the message that is handled now, if it has a number that would be rounded. */
  inexactNumber: GraphQLError | undefined
}

export type SocketConnection = Context<Record<string, unknown> | undefined, SocketExtra>

/** Forbidden, of graphql-transport-ws; its 4401 is for those who ask before they have said who they are. */
const forbidden = 4403
const internalError = 4500
/** How long a client may take to close a socket that it may use no more, in ms. */
const closeTimeoutMs = 1_000

/** Who is at the other end of each socket. */
export interface SocketAccess {
  /** False, or a closed socket, where it is refused. */
  enter(connection: SocketConnection): Promise<boolean>
  /** Undefined from the moment in which the access ends. */
  callerOf(connection: SocketConnection): Caller | undefined
  leave(connection: SocketConnection): void
}

export function createSocketAccess(identify: Identify): SocketAccess {
  const callers = new Map<SocketConnection, Caller>()
  /** What ends the timers of each. */
  const stops = new Map<SocketConnection, () => void>()

  function end(connection: SocketConnection): void {
    // Its messages come in until the other side closes too.
    callers.delete(connection)
    const { socket } = connection.extra
    socket.close(forbidden, 'Forbidden')
    const impatient = setTimeout(() => socket.terminate(), closeTimeoutMs)
    stops.set(connection, () => clearTimeout(impatient))
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
        // The hook failed; false would say that it refused.
        if (code !== 'UNAUTHENTICATED' && code !== 'FORBIDDEN')
          extra.socket.close(internalError, 'Internal server error')
        return false
      }
      // It may have been closed meanwhile, and then nobody would leave.
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
      // A timer is late where the machine was asleep.
      return caller && !isExpired(caller) ? caller : undefined
    },
    leave(connection) {
      stops.get(connection)?.()
      stops.delete(connection)
      callers.delete(connection)
    },
  }
}
