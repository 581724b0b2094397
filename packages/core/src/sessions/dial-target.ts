import type { ServerId, TenantId } from '../ids.ts'
import { type CallerContext, type ResolvedConfig, resolveConfig, sessionKey } from '../servers/resolve-config.ts'
import type { ServerRecord } from '../servers/server.ts'

/** Whom to dial, and for whom. Sessions are shared by those with the same `key`: it tells servers, revisions and credentials apart. */
export interface DialTarget {
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly key: string
  readonly config: ResolvedConfig
  /** How long the dial may take, whoever waits for it. */
  readonly connectMs: number
  /** What the credentials in `config` were made from. */
  readonly context: CallerContext
}

/** INVALID_INPUT for a template variable without a value. */
export function dialTargetOf(
  tenantId: TenantId,
  server: ServerRecord,
  { variables, agentId }: CallerContext,
): DialTarget {
  // Of what a caller brings, what its session outlives it with.
  const context = { ...(variables ? { variables } : {}), ...(agentId === undefined ? {} : { agentId }) }
  const config = resolveConfig(server.config, context)
  return {
    tenantId,
    serverId: server.id,
    key: sessionKey(server, config),
    config,
    connectMs: server.timeouts.connectMs,
    context,
  }
}
