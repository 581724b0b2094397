import { type Client, cacheExchange, createClient, fetchExchange } from 'urql'
import { authorization } from './api-key.ts'

export const apiPath = '/graphql'

export const apiHeaders = { accept: 'application/graphql-response+json' } as const

/** Client for queries and mutations. Subscriptions go over the WebSocket (live/). */
export function createApiClient(): Client {
  return createClient({
    url: apiPath,
    exchanges: [cacheExchange, fetchExchange],
    // Shows cached data at once, then refetches it.
    requestPolicy: 'cache-and-network',
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { ...authorization(), ...apiHeaders } }),
  })
}
