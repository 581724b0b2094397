import type { Attributes } from '@opentelemetry/api'
import type { ServerId, TenantId } from '../base/ids.ts'
import type { McpTransport, ServerConfig } from '../model/server.ts'

/** The MCP server at the other end of a session. */
export interface Peer {
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly transport: McpTransport
  /** Attributes by OpenTelemetry's conventions for MCP; of the URL, only host and port. */
  readonly attributes: Attributes
}

export function peerOf(target: {
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly config: ServerConfig
}): Peer {
  const { tenantId, serverId, config } = target
  const { transport } = config
  if (transport === 'stdio') return { tenantId, serverId, transport, attributes: { 'network.transport': 'pipe' } }
  const { protocol, hostname, port } = new URL(config.serverUrl)
  return {
    tenantId,
    serverId,
    transport,
    attributes: {
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'server.address': hostname.replace(/^\[|\]$/g, ''),
      'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    },
  }
}
