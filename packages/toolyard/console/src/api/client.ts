import { type Client, cacheExchange, createClient, fetchExchange } from 'urql'
import { authorization } from './api-key.ts'

export const apiPath = '/graphql'

/** Queries and mutations; what is subscribed to goes over the socket (live/). */
export function createApiClient(): Client {
  return createClient({
    url: apiPath,
    exchanges: [cacheExchange, fetchExchange],
    // What is known is shown at once, and asked for again.
    requestPolicy: 'cache-and-network',
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { ...authorization(), accept: 'application/graphql-response+json' } }),
  })
}
