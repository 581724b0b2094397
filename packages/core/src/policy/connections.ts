import type { lookup } from 'node:dns'
import { Agent, type Dispatcher } from 'undici'
import type { TenantId } from '../base/ids.ts'
import type { Budgets } from '../budgets/budget-table.ts'
import { createTurns } from '../budgets/turns.ts'
import { type ConnectorOptions, createConnector } from './connector.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { createProxyAgent } from './proxy-agent.ts'
import type { ResolvedProxies } from './proxy-options.ts'

/** How long undici goes on with a connection that no request waits for any more; those that wait have deadlines of their own. */
const abandonedConnectMs = 120_000

export interface ConnectionsOptions {
  readonly policy: NetworkPolicy
  readonly budgets: Pick<Budgets, 'lookups' | 'connectionsPerOrigin'>
  /** What of them a tenant may have, from 0 to 1. */
  readonly share: () => number
  /** Undefined: all is dialled directly. */
  readonly proxies?: ResolvedProxies | undefined
  /** @default the system's */
  readonly resolve?: typeof lookup
}

/**
 * Connections over HTTP to what the policy allows. Each session has its own, so that one whose requests hang holds none
 * that another waits for; names are looked up by turns of tenants.
 */
export interface Connections {
  /** Those of one session; the caller destroys them. */
  open(tenantId: TenantId): Dispatcher
  /** Those of what a tenant reads besides. */
  of(tenantId: TenantId): Dispatcher
  /** Ends the latter, and all that are being made. */
  close(): Promise<void>
}

export function createConnections({ policy, budgets, share, proxies, resolve }: ConnectionsOptions): Connections {
  const turns = createTurns<TenantId>({ max: budgets.lookups, share })
  const closing = new AbortController()
  const agents = new Map<TenantId, Dispatcher>()

  function open(tenantId: TenantId): Dispatcher {
    const options: ConnectorOptions = {
      policy,
      timeoutMs: abandonedConnectMs,
      signal: closing.signal,
      lookupTurn: (signal) => turns.acquire(tenantId, signal),
      ...(resolve ? { resolve } : {}),
    }
    const connections = budgets.connectionsPerOrigin
    return proxies
      ? createProxyAgent(proxies, options, connections)
      : new Agent({ connect: createConnector(options), connections })
  }

  return {
    open,
    of(tenantId) {
      const agent = agents.get(tenantId) ?? open(tenantId)
      agents.set(tenantId, agent)
      return agent
    },
    async close() {
      await Promise.all(agents.values().map((agent) => agent.destroy()))
      // They leave those that are being made as they are.
      closing.abort()
    },
  }
}
