import { type Client, createClient } from 'graphql-ws'
import { authorization } from '../api/api-key.ts'
import { apiPath } from '../api/client.ts'

const pingMs = 10_000
const pongWithinMs = 5_000

/** The one socket of the page, over which all subscriptions go. It is opened by the first, and closed behind the last. */
export function createSocket(): Client {
  const url = new URL(apiPath, window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  let socket: WebSocket | undefined
  let overdue: ReturnType<typeof setTimeout> | undefined
  return createClient({
    url: url.href,
    connectionParams: authorization,
    keepAlive: pingMs,
    // Who follows a log comes back behind its cursor (follow.ts).
    retryAttempts: 0,
    shouldRetry: () => false,
    on: {
      opened(opened) {
        // In a browser it is one.
        socket = opened as WebSocket
      },
      ping(isReceived) {
        if (isReceived) return
        // A connection can die without a word, as when a laptop sleeps.
        overdue = setTimeout(() => {
          if (socket?.readyState === WebSocket.OPEN) socket.close(4499, 'no pong')
        }, pongWithinMs)
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(overdue)
      },
      closed: () => clearTimeout(overdue),
    },
  })
}
