import type { OAuthConfig } from '../../model/oauth.ts'
import { listOAuthSecrets, mapOAuthSecrets, type OAuthSecretName, type OAuthWith } from '../../model/oauth-secrets.ts'
import type { McpServer, McpTimeouts, SecretEntry } from '../../model/server.ts'
import { secretEntry } from '../../servers/view.ts'
import type { ClientFormat, ExportedSecret, ExportedServer, OptionalMember } from '../formats/client-format.ts'
import { doubleBraces, isVariable, type VariableText } from '../formats/variable-text.ts'
import { heldOAuth } from './held-oauth.ts'
import type { NamedVariable, PlacedEntry } from './variable-names.ts'

/** A server to export. Its view does not have all of OAuth's configuration. */
export interface ExportSource {
  readonly server: McpServer
  /** OAuth with its secrets by name only. */
  readonly oauth: OAuthWith<SecretEntry> | undefined
}

/** The name of a secret of OAuth in the words of variables: `idp_client_secret`. */
const oauthSecretName = (name: OAuthSecretName) =>
  name.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export function toExportSource(server: McpServer, config: OAuthConfig | undefined): ExportSource {
  const oauth = config && mapOAuthSecrets(config, (value, name) => secretEntry(oauthSecretName(name), value))
  return { server, oauth }
}

export function secretsOf({ server, oauth }: ExportSource): readonly PlacedEntry[] {
  if (server.transport === 'stdio') return server.env.map((entry) => ({ server, entry, place: 'ENV' }))
  const headers = server.customHeaders.map((entry): PlacedEntry => ({ server, entry, place: 'HEADER' }))
  const ofOAuth = oauth
    ? listOAuthSecrets(oauth).map(({ value }): PlacedEntry => ({ server, entry: value, place: 'OAUTH' }))
    : []
  if (server.auth?.type !== 'HEADER') return [...headers, ...ofOAuth]
  return [...headers, { server, entry: server.auth.token, place: 'AUTH' }]
}

function withoutTemplate(text: string): VariableText {
  return doubleBraces(text).map((part) => (isVariable(part) ? { name: part.name, fallback: part.fallback } : part))
}

/** The server as `format` writes it. Timeouts that equal the registry's `defaults` are left out. */
export function toExported(
  source: ExportSource,
  format: ClientFormat,
  defaults: McpTimeouts,
  nameOf: (placed: PlacedEntry) => NamedVariable,
): ExportedServer {
  const { server, oauth } = source
  const { leastRequestMs = 1 } = format
  const { name, description, enabled, timeouts, serverInfo } = server
  const writtenOf = (placed: PlacedEntry): ExportedSecret => {
    const { name: variable, isEnv } = nameOf(placed)
    return { name: placed.entry.name, variable, isEnv }
  }
  const secrets = secretsOf(source).map((placed) => ({ place: placed.place, written: writtenOf(placed) }))
  const at = (place: PlacedEntry['place']) =>
    secrets.filter((each) => each.place === place).map(({ written }) => written)
  const changed = (key: 'connectMs' | 'requestMs', least = 1) =>
    timeouts[key] === defaults[key] || timeouts[key] < least ? {} : { [key]: timeouts[key] }
  const shared = {
    name,
    description,
    enabled,
    version: serverInfo?.version || '0.0.0',
    timeouts: { ...changed('connectMs'), ...changed('requestMs', leastRequestMs) },
  }
  if (server.transport === 'stdio') {
    const { command, args, cwd } = server
    return {
      ...shared,
      config: { transport: 'stdio', command, args: args.map(withoutTemplate), env: at('ENV'), cwd },
    }
  }
  const [auth = null] = at('AUTH')
  const { transport, serverUrl } = server
  const held = oauth && heldOAuth(oauth, format).held
  const written = held && mapOAuthSecrets(held, (entry) => writtenOf({ server, entry, place: 'OAUTH' }))
  return { ...shared, config: { transport, serverUrl, headers: at('HEADER'), auth, oauth: written ?? null } }
}

/** Members of the server that the format has no place for. */
export function omittedOf(
  { server, oauth }: ExportSource,
  exported: ExportedServer,
  format: ClientFormat,
  defaults: McpTimeouts,
): readonly string[] {
  const { holds, leastRequestMs = 1 } = format
  const isLost = (member: OptionalMember, isSaid: boolean) => (isSaid && !holds.has(member) ? [member] : [])
  const { requestMs } = server.timeouts
  const isTooShort = requestMs !== defaults.requestMs && requestMs < leastRequestMs
  const longerTotal = Math.max(defaults.maxTotalMs, exported.timeouts.requestMs ?? 0)
  return [
    ...isLost('description', exported.description !== null),
    ...isLost('connectMs', exported.timeouts.connectMs !== undefined),
    ...isLost('requestMs', exported.timeouts.requestMs !== undefined),
    ...(isTooShort ? ['requestMs'] : []),
    ...isLost('cwd', exported.config.transport === 'stdio' && exported.config.cwd !== null),
    ...(server.timeouts.maxTotalMs === longerTotal ? [] : ['maxTotalMs']),
    ...(server.labels.length === 0 ? [] : ['labels']),
    ...(server.refreshIntervalMs === null ? [] : ['refreshIntervalMs']),
    ...(server.toolChangePolicy === 'ACCEPT' ? [] : ['toolChangePolicy']),
    ...(oauth ? heldOAuth(oauth, format).omitted : []),
  ]
}

/** Why the format cannot hold the server; undefined if it can. */
export function refusalOf(exported: ExportedServer, format: ClientFormat): string | undefined {
  if (!exported.enabled && !format.holds.has('enabled')) return 'it is disabled, which the format cannot say'
  if (hasForeignVariable(exported, format)) return 'it has a text that the client would take for a variable'
  return format.refusal(exported)
}

/** Whether the client would take plain text of the server for a variable of its own. */
function hasForeignVariable({ config }: ExportedServer, { variablesIn }: ClientFormat): boolean {
  const texts =
    config.transport === 'stdio' ? [config.command, config.cwd ?? '', ...config.args.flat()] : [config.serverUrl]
  return texts.some((text) => typeof text === 'string' && variablesIn(text).some(isVariable))
}
