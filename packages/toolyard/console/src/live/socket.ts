import { createWebSocketClient, type WebSocketClient } from '@toolyard/graphql/client'
import { authorization } from '../api/api-key.ts'
import { apiPath } from '../api/client.ts'

/** The one socket of the page, over which all subscriptions go. */
export function createSocket(): WebSocketClient {
  return createWebSocketClient({ url: new URL(apiPath, window.location.href).href, headers: authorization })
}
