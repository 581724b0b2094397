import { createWebSocketClient, type WebSocketClient } from '@toolyard/graphql/client'
import { authorization } from '../api/api-key.ts'
import { apiPath } from '../api/client.ts'

/** Creates the page's only WebSocket, which carries all subscriptions. */
export function createSocket(): WebSocketClient {
  return createWebSocketClient({ url: new URL(apiPath, window.location.href).href, headers: authorization })
}
