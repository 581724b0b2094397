import type { OAuthGrantRecord } from '../model/oauth.ts'
import { isGrantFor } from '../model/oauth-grant.ts'
import { toOAuthAuth } from '../model/oauth-view.ts'
import { configVariables } from '../model/resolve-config.ts'
import { hintOf, type SecretValue, secretVariables } from '../model/secret-value.ts'
import type {
  HttpConfig,
  HttpMcpServer,
  McpServer,
  McpServerBase,
  ProtocolEra,
  SecretEntry,
  ServerRecord,
  ServerState,
} from '../model/server.ts'

/** A secret as callers see it. */
export function secretEntry(name: string, value: SecretValue): SecretEntry {
  const entry = { name, isSet: true, source: value.source, reference: null, hint: null }
  if (value.source === 'ENV') return { ...entry, reference: value.name }
  if (value.source === 'PROVIDER') return { ...entry, reference: value.reference }
  return { ...entry, hint: 'sealed' in value ? value.hint : hintOf(value.plaintext.reveal(), secretVariables(value)) }
}

/** The first revision without sessions. Revisions are dates, which compare as texts. */
const firstModern = '2026-07-28'

function eraOf({ protocolVersion }: ServerState): ProtocolEra | null {
  if (protocolVersion === null) return null
  return protocolVersion >= firstModern ? 'MODERN' : 'LEGACY'
}

function freshUntil({ toolsFreshUntil = 0 }: ServerState, now: number): Date | null {
  return toolsFreshUntil > now ? new Date(toolsFreshUntil) : null
}

function authOf(
  { serverUrl, auth }: HttpConfig,
  grant: OAuthGrantRecord | undefined,
  now: number,
): HttpMcpServer['auth'] {
  if (auth?.type === 'OAUTH')
    return toOAuthAuth(auth, grant && isGrantFor(serverUrl, auth, grant) ? grant : undefined, now)
  return auth && { type: 'HEADER', header: auth.header, token: secretEntry(auth.header, auth.token) }
}

/**
 * A server as callers see it: with the names of its secrets, and not their values. `grant` is what a server with OAuth was
 * granted.
 */
export function toMcpServer(record: ServerRecord, grant: OAuthGrantRecord | undefined): McpServer {
  const { config, state } = record
  const now = Date.now()
  const base: McpServerBase = {
    id: record.id,
    name: record.name,
    description: record.description,
    enabled: record.enabled,
    labels: record.labels,
    status: state.status,
    health: state.health,
    protocolEra: eraOf(state),
    protocolEraPolicy: record.protocolEra,
    protocolVersion: state.protocolVersion,
    serverInfo: state.serverInfo,
    instructions: state.instructions,
    timeouts: record.timeouts,
    refreshIntervalMs: record.refreshIntervalMs,
    toolChangePolicy: record.toolChangePolicy,
    approvalPolicy: record.approvalPolicy,
    inputPolicy: record.inputPolicy,
    toolsFreshUntil: freshUntil(state, now),
    variables: configVariables(config),
    revision: record.revision,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  }
  if (config.transport === 'stdio') {
    const { transport, command, args, cwd } = config
    return { ...base, transport, command, args, cwd, env: config.env.map((pair) => secretEntry(pair.name, pair.value)) }
  }
  return {
    ...base,
    transport: config.transport,
    serverUrl: config.serverUrl,
    auth: authOf(config, grant, now),
    customHeaders: config.headers.map((pair) => secretEntry(pair.name, pair.value)),
  }
}
