import { type buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'
import { type ConnectorOptions, createCheckedLookup, createConnector } from './connector.ts'
import { endingWith } from './ending-with.ts'
import type { ResolvedProxies } from './proxy-options.ts'
import { Tunnels, toProxy } from './tunnels.ts'

/** Options that undici gives to the factories of a ProxyAgent. */
interface PoolOptions extends Omit<Pool.Options, 'connect'> {
  readonly connect: buildConnector.connector
}

/**
 * Creates a dispatcher through the proxies, except for hosts of `noProxy`. A proxy looks up the names of `http:`
 * servers itself, unless the policy has to check the address: then it is asked for a tunnel to the address, as for
 * `https:`.
 */
export function createProxyAgent(proxies: ResolvedProxies, options: ConnectorOptions, connections: number): Dispatcher {
  const { policy, timeoutMs, signal } = options
  const checkedLookup = createCheckedLookup(options)
  const isProxy = (origin: string | URL) => [proxies.httpProxy, proxies.httpsProxy].includes(String(origin))
  // undici types them as `object`, but documents them as the options of a pool.
  const poolOptions = (given: object) => given as PoolOptions
  return new EnvHttpProxyAgent({
    ...proxies,
    connections,
    connect: createConnector(options),
    connectTimeout: timeoutMs,
    proxyTunnel: !policy.isOpen,
    clientFactory(proxy, given) {
      const { connect, ...rest } = poolOptions(given)
      const pool = { ...rest, connect: toProxy(proxy, endingWith(signal, connect)), headersTimeout: timeoutMs }
      return new Tunnels(proxy, pool, { policy, checkedLookup })
    },
    factory(origin, given) {
      const { connect, ...rest } = poolOptions(given)
      return new Pool(origin instanceof URL ? origin : new URL(origin).origin, {
        ...rest,
        connections,
        connect: isProxy(origin) ? toProxy(new URL(origin), endingWith(signal, connect)) : connect,
      })
    },
  })
}
