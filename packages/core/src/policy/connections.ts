import type { lookup } from 'node:dns'
import type { Dispatcher } from 'undici'
import type { TenantId } from '../base/ids.ts'
import type { Budgets } from '../budgets/budget-table.ts'
import { createTurns } from '../budgets/turns.ts'
import type { ConnectorOptions } from './connector.ts'
import type { NetworkPolicy } from './network-policy.ts'
import type { ResolvedProxies } from './proxy-options.ts'

/**
 * What connects over HTTP, with undici. Loaded by the first connection: undici takes some MB of memory, and a registry whose
 * servers are all children needs none of it.
 */
const loadDispatcher = () => import('./dispatcher.ts')

/**
 * Time that undici goes on with a connection after its requests were aborted, in ms; waiting requests have their own
 * deadlines.
 */
const abandonedConnectMs = 120_000

export interface ConnectionsOptions {
  readonly policy: NetworkPolicy
  readonly budgets: Pick<Budgets, 'lookups' | 'connectionsPerOrigin'>
  /** A tenant's share of the budgets, from 0 to 1. */
  readonly share: () => number
  /** Undefined if every server is dialled directly. */
  readonly proxies?: ResolvedProxies | undefined
  /** @default the system's look-up */
  readonly resolve?: typeof lookup
}

/**
 * HTTP connections to the hosts that the policy allows. Each session has its own, so that a session whose requests hang
 * holds no connection that another one waits for. Names are looked up by turns of tenants.
 */
export interface Connections {
  /** Opens the connections of one session; the caller destroys them. */
  open(tenantId: TenantId): Promise<Dispatcher>
  /** The connections of a tenant for reads outside of sessions. */
  of(tenantId: TenantId): Promise<Dispatcher>
  /** Ends the connections of tenants, and all that are being opened. */
  close(): Promise<void>
}

export function createConnections({ policy, budgets, share, proxies, resolve }: ConnectionsOptions): Connections {
  const turns = createTurns<TenantId>({ max: budgets.lookups, share })
  const closing = new AbortController()
  const agents = new Map<TenantId, Promise<Dispatcher>>()

  async function open(tenantId: TenantId): Promise<Dispatcher> {
    const options: ConnectorOptions = {
      policy,
      timeoutMs: abandonedConnectMs,
      signal: closing.signal,
      lookupTurn: (signal) => turns.acquire(tenantId, signal),
      ...(resolve ? { resolve } : {}),
    }
    const { createDispatcher } = await loadDispatcher()
    return createDispatcher(options, budgets.connectionsPerOrigin, proxies)
  }

  return {
    open,
    of(tenantId) {
      const agent = agents.get(tenantId) ?? open(tenantId)
      agents.set(tenantId, agent)
      return agent
    },
    async close() {
      await Promise.all(agents.values().map(async (agent) => (await agent).destroy()))
      // destroy() leaves connections that are being opened as they are.
      closing.abort()
    },
  }
}
