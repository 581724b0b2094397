import type { Plugin } from 'graphql-yoga'
import type { Arrival } from '../context/arrival.ts'
import { noExchange } from '../context/context.ts'

/** Lets resolvers set cookies if the transport has no exchange of its own: a fetch-style server. */
export function setCookies(): Plugin<object, Arrival> {
  const cookies = new WeakMap<Request, string[]>()
  return {
    onRequest({ request, serverContext }) {
      if (serverContext.exchange) return
      const ofRequest: string[] = []
      cookies.set(request, ofRequest)
      serverContext.exchange = {
        ...noExchange(),
        header: (name) => request.headers.get(name) ?? undefined,
        setCookie: (cookie) => void ofRequest.push(cookie),
      }
    },
    onResponse({ request, response }) {
      for (const cookie of cookies.get(request) ?? []) response.headers.append('set-cookie', cookie)
    },
  }
}
