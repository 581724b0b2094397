import type { ServerId, TenantId } from '../base/ids.ts'
import type { McpInputPolicy } from '../model/input-request.ts'
import { assertContext, type CallerContext, sessionKey } from '../model/resolve-config.ts'
import type { ServerConfig, ServerRecord } from '../model/server.ts'
import type { OpenedConfig, ServerSecrets } from '../secrets/server-secrets.ts'
import { type EraTarget, eraTargetOf } from './era.ts'

/**
 * A server to dial, and the caller to dial it for. Callers with the same `key` share a session: it tells servers,
 * revisions and credentials apart.
 */
export interface DialTarget {
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly serverName: string
  readonly revision: number
  readonly key: string
  /** Its secrets sealed. */
  readonly config: ServerConfig
  /** Longest time of the dial, in ms, for any caller. */
  readonly connectMs: number
  /** What the server may ask for while it works on a call. A change of it is a new revision, and so another key. */
  readonly inputPolicy: McpInputPolicy
  /** What is known of the server's era. */
  readonly era: EraTarget
  /** Input of the credentials, beside the secrets. */
  readonly context: CallerContext
  /** The configuration with secrets in clear: opened for each dial, and not kept beyond its session. */
  open(signal: AbortSignal): Promise<OpenedConfig>
}

/** @throws INVALID_INPUT for a template variable without a value. */
export function dialTargetOf(
  tenantId: TenantId,
  server: ServerRecord,
  { variables, agentId }: CallerContext,
  secrets: ServerSecrets,
): DialTarget {
  // Only what the session needs, which outlives the caller.
  const context = { ...(variables ? { variables } : {}), ...(agentId === undefined ? {} : { agentId }) }
  const { id, name, revision, config, timeouts, inputPolicy } = server
  assertContext(config, context)
  return {
    tenantId,
    serverId: id,
    serverName: name,
    revision,
    key: sessionKey(server, context),
    config,
    connectMs: timeouts.connectMs,
    inputPolicy,
    era: eraTargetOf(server),
    context,
    open: (signal) => secrets.open(id, config, context, signal),
  }
}
