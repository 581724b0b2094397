import type { ClientFormat, ExportedSecret, ExportedServer } from './client-format.ts'
import { membersOf } from './members.ts'
import { writeOAuthBlock } from './oauth-block.ts'
import {
  type EntryRules,
  longestSeconds,
  namedEntries,
  readServerEntry,
  toJsonText,
  writeDollarBraces,
  writeServerEntry,
} from './server-entry.ts'
import { dollarBraces } from './variable-text.ts'

const rules: EntryRules = {
  variablesIn: dollarBraces,
  // Cursor and Claude have url, Windsurf serverUrl or url.
  urls: { url: 'undetermined', serverUrl: 'undetermined', httpUrl: 'streamableHttp' },
}

/** Claude Code has the scopes in one text. */
function oauthOf({ config }: ExportedServer): { readonly oauth?: object } {
  if (config.transport === 'stdio' || !config.oauth) return {}
  const write = ({ variable }: ExportedSecret) => writeDollarBraces({ name: variable, fallback: null })
  const { scopes } = config.oauth
  const text = scopes && scopes.length > 0 ? { scopes: scopes.join(' ') } : {}
  return { oauth: { ...writeOAuthBlock(config.oauth, write), ...text } }
}

/**
 * `mcpServers`: Claude Desktop, Claude Code (`.mcp.json`, and the top of `~/.claude.json`), Cursor, Windsurf, Cline, Roo,
 * LM Studio, and most other clients.
 */
export const mcpServersJson: ClientFormat = {
  name: 'MCP_SERVERS_JSON',
  sign: 'mcpServers',
  syntax: 'JSON',
  read(document) {
    const servers = membersOf(document, []).any('mcpServers')
    const entries = namedEntries(servers, ['mcpServers'], (value, path) => readServerEntry(value, path, rules))
    return { entries, variables: new Map() }
  },
  holds: new Set(['description', 'requestMs', 'cwd', 'enabled']),
  // Claude Code knows the client's id and scopes. It ignores the rest, which toolyard reads.
  oauth: {
    members: new Set([
      'grant',
      'clientId',
      'clientSecret',
      'privateKey',
      'signingAlgorithm',
      'scopes',
      'issuer',
      'assertion',
      'idp',
      'dpop',
    ]),
    needsClientId: false,
  },
  leastRequestMs: longestSeconds,
  variablesIn: dollarBraces,
  keepsEnvNames: false,
  refusal: () => undefined,
  write(servers) {
    const entries = servers.map((server) => {
      const { transport } = server.config
      // Claude Desktop does not know `type`, which a command does not need.
      const type = transport === 'stdio' ? {} : { type: transport === 'sse' ? 'sse' : 'http' }
      const entry = writeServerEntry(server, 'url', writeDollarBraces)
      const disabled = server.enabled ? {} : { disabled: true }
      return [server.name, { ...type, ...entry, ...oauthOf(server), ...disabled }]
    })
    return toJsonText({ mcpServers: Object.fromEntries(entries) })
  },
}
