import type { ServerId, TenantId } from '../base/ids.ts'
import { assertContext, type CallerContext, sessionKey } from '../model/resolve-config.ts'
import type { ServerConfig, ServerRecord } from '../model/server.ts'
import type { OpenedConfig, ServerSecrets } from '../secrets/server-secrets.ts'

/** Whom to dial, and for whom. Sessions are shared by those with the same `key`: it tells servers, revisions and credentials apart. */
export interface DialTarget {
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly revision: number
  readonly key: string
  /** Its secrets sealed. */
  readonly config: ServerConfig
  /** How long the dial may take, whoever waits for it. */
  readonly connectMs: number
  /** What the credentials are made from, beside the secrets. */
  readonly context: CallerContext
  /** What to dial with, secrets in clear: asked for at each dial, and kept by nobody beyond its session. */
  open(signal: AbortSignal): Promise<OpenedConfig>
}

/** INVALID_INPUT for a template variable without a value. */
export function dialTargetOf(
  tenantId: TenantId,
  server: ServerRecord,
  { variables, agentId }: CallerContext,
  secrets: ServerSecrets,
): DialTarget {
  // Of what a caller brings, what its session outlives it with.
  const context = { ...(variables ? { variables } : {}), ...(agentId === undefined ? {} : { agentId }) }
  const { id, revision, config, timeouts } = server
  assertContext(config, context)
  return {
    tenantId,
    serverId: id,
    revision,
    key: sessionKey(server, context),
    config,
    connectMs: timeouts.connectMs,
    context,
    open: (signal) => secrets.open(id, config, context, signal),
  }
}
