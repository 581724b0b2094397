import { fetch } from 'undici'
import { createNetworkPolicy } from './network-policy.ts'
import { createProxyAgent } from './proxy-agent.ts'
import { type ProxyOptions, resolveProxies } from './proxy-options.ts'

const connectMs = 30_000
const connections = 64

/** `fetch` through proxies; the caller disposes of it. */
export interface ProxyFetch extends AsyncDisposable {
  /** The body of the request is read as text. */
  fetch(request: Request): Promise<Response>
}

/**
 * Creates a fetch for a client of an API, without a network policy.
 * @throws INVALID_INPUT, as `createRegistry` does.
 */
export function createProxyFetch(options: ProxyOptions): ProxyFetch {
  const proxies = resolveProxies(options)
  const closing = new AbortController()
  const agent =
    proxies &&
    createProxyAgent(
      proxies,
      {
        policy: createNetworkPolicy(['*']),
        timeoutMs: connectMs,
        signal: closing.signal,
        lookupTurn: async () => () => undefined,
      },
      connections,
    )
  return {
    async fetch(request) {
      if (!agent) return globalThis.fetch(request)
      const { method, headers, signal, url } = request
      const body = await request.text()
      const asked = { method, headers: [...headers], signal, dispatcher: agent, ...(body === '' ? {} : { body }) }
      // The same class in another copy of undici.
      return (await fetch(url, asked)) as unknown as Response
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await agent?.destroy()
    },
  }
}
