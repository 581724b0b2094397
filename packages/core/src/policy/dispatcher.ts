import { Agent, type Dispatcher } from 'undici'
import { type ConnectorOptions, createConnector } from './connector.ts'
import { createProxyAgent } from './proxy-agent.ts'
import type { ResolvedProxies } from './proxy-options.ts'

/** Creates a dispatcher to the hosts that the policy allows, through proxies if there are any. The caller destroys it. */
export function createDispatcher(
  options: ConnectorOptions,
  connections: number,
  proxies: ResolvedProxies | undefined,
): Dispatcher {
  return proxies
    ? createProxyAgent(proxies, options, connections)
    : new Agent({ connect: createConnector(options), connections })
}
